// @ts-check
/** Presets: named documents, how they are written in a file, and how one is applied to a document. Loaded when they are shown. */

import { completeDocument, EMPTY, parse, regionIsEmpty } from "./document.mjs";
import { pasteMotion } from "./motion_edits.mjs";
import { isObject, refuse } from "./schema.mjs";

/** @import { Edit, Layer, LayerEdit, MotionDocument } from "../types" */
/** @typedef {{name: string, about: string, document: MotionDocument}} Preset */

const LONGEST_NAME = 80;
const MOST_PRESETS = 500;

/**
 * The presets of a text {"flowbrush": "presets", "presets": [{"name", "about", "document"}, …]}; raises DocumentError
 * where it is wrong. @param {string} text @returns {Preset[]}
 */
export function parsePresets(text) {
  const content = JSON.parse(text);
  if (!isObject(content) || content.flowbrush !== "presets" || !Array.isArray(content.presets))
    refuse("", "is not a file of presets");
  if (content.presets.length > MOST_PRESETS) refuse("presets", `holds more than ${MOST_PRESETS} presets`);
  return content.presets.map((entry, k) => {
    const place = `presets[${k}]`;
    if (!isObject(entry)) refuse(place, "is not an object with named members");
    const { name, about = "", document } = entry;
    if (typeof name !== "string" || !name.trim()) refuse(`${place}.name`, "is not a name");
    if (typeof about !== "string") refuse(`${place}.about`, "is not a text");
    return { name: name.slice(0, LONGEST_NAME), about, document: parse(JSON.stringify(document)) };
  });
}

/** The text of presets, as `parsePresets` reads it. @param {readonly Preset[]} presets */
export const presetsText = (presets) =>
  JSON.stringify({
    flowbrush: "presets",
    presets: presets.map(({ name, about, document }) => ({
      name,
      about,
      document: { flowbrush: "motion", version: 2, ...document },
    })),
  });

/** The presets with further ones, which take the places of those with the same names. @param {readonly Preset[]} presets @param {readonly Preset[]} more */
export function withPresets(presets, more) {
  const names = new Map(more.map((preset) => [preset.name, preset]));
  return [...presets.filter(({ name }) => !names.has(name)), ...names.values()];
}

/** What the layers of presets do, to recognize them. @param {Layer} layer */
const contentOf = ({ region, motion, freeze }) => JSON.stringify([region, motion, freeze]);

/**
 * The document with a preset for the whole picture: its layers come behind those of the artist, its camera and its
 * loop replace the present ones. Layers that another preset has put there, and that were not changed since, go.
 * @type {Edit<[preset: Preset, known: readonly Preset[]]>}
 */
export function withPreset(document, { document: given }, known) {
  const earlier = new Set(known.flatMap((preset) => preset.document.layers.map(contentOf)));
  const own = document.layers.filter((layer) => !earlier.has(contentOf(layer)));
  const { frame } = document;
  return completeDocument({ ...EMPTY, ...given, frame, layers: [...given.layers, ...own] });
}

/** The layer of a preset whose motion a region can take: the first that is not frozen; null where only the camera moves. @param {Preset} preset */
export const movingLayer = ({ document }) => document.layers.find(({ freeze }) => !freeze) ?? null;

/**
 * Gives a layer the motion of a preset; its region stays. Where nothing else moves, the clip loops as the preset does.
 * @type {LayerEdit<[preset: Preset]>}
 */
export function withPresetMotion(document, at, preset) {
  const source = movingLayer(preset);
  if (!source) return document;
  const moved = pasteMotion(document, at, source);
  const alone = document.layers.length === 1 && !document.camera.keyframes.length;
  return alone ? completeDocument({ ...moved, loop: preset.document.loop }) : moved;
}

/** Whether a layer has a region that a preset's motion can move. @param {Layer | null} layer */
export const takesMotion = (layer) =>
  layer !== null && !layer.freeze && !layer.locked && !regionIsEmpty(layer.region);
