// @ts-check
/** What every part shows of a layer. */

import { nextColor, PALETTE } from "./edits.mjs";

/** @typedef {import("./document.mjs").MotionDocument} MotionDocument */

/** @param {MotionDocument} document @param {number} at */
export const layerName = ({ layers }, at) => layers[at]?.name || `Layer ${at + 1}`;

/**
 * #rrggbb; one from the palette where the document gives none, and the next one for a layer that is to come.
 * @param {MotionDocument} document @param {number} at
 */
export function layerColor(document, at) {
  const layer = document.layers[at];
  if (!layer) return nextColor(document);
  return /^#[0-9a-f]{6}$/i.test(layer.color) ? layer.color.toLowerCase() : PALETTE[at % PALETTE.length];
}

/**
 * Indices of the layers from back to front: by `order`, the later in front. @param {MotionDocument} document
 */
export function drawOrder({ layers }) {
  return [...layers.keys()].sort((a, b) => layers[a].order - layers[b].order || a - b);
}

/**
 * The front layer that covers a place, or -1; a preferred one first if it covers it at all.
 * @param {MotionDocument} document @param {(layer: number) => number} coverage there
 * @param {number} [preferred]
 */
export function hitRegion(document, coverage, preferred = -1) {
  const covers = (/** @type {number} */ layer) => document.layers[layer]?.visible && coverage(layer) >= 0.5;
  return covers(preferred) ? preferred : (drawOrder(document).reverse().find(covers) ?? -1);
}

/** Whether a layer has any motion. @param {import("./types").Layer} layer */
export const moves = ({ motion: { paths, horizontal, vertical, proximity, rotation, ambient } }) =>
  Boolean(paths.length || horizontal || vertical || proximity || rotation || ambient.amount);
