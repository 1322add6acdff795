// @ts-check
/** Name, colour and order of layers, as all parts of the editor show them. */

import { isStill } from "./document.mjs";

/** @typedef {import("./document.mjs").MotionDocument} MotionDocument */

/** Eight colours that differ clearly from one another and on pictures. */
export const PALETTE = "#ff5d5d #3fa7ff #5fd35f #ffb02e #c07cff #2fd6cf #ff7ac8 #f4e04d".split(" ");

/** The colour of the palette that the fewest layers have; of several such colours, the first. @param {MotionDocument} document */
export function nextColor({ layers }) {
  const uses = PALETTE.map((color) => layers.filter((layer) => layer.color === color).length);
  return PALETTE[uses.indexOf(Math.min(...uses))];
}

/** @param {MotionDocument} document @param {number} at */
export const layerName = ({ layers }, at) => layers[at]?.name || `Layer ${at + 1}`;

/**
 * The colour #rrggbb of a layer: from the palette where the document has none, and the next one for a new layer.
 * @param {MotionDocument} document @param {number} at
 */
export function layerColor(document, at) {
  const layer = document.layers[at];
  if (!layer) return nextColor(document);
  return /^#[0-9a-f]{6}$/i.test(layer.color) ? layer.color.toLowerCase() : PALETTE[at % PALETTE.length];
}

/** Whether a layer has any motion, or a path or pin that has yet to move. @param {import("../types").Layer} layer */
export const moves = ({ motion }) => motion.paths.length + motion.pins.length > 0 || !isStill(motion);
