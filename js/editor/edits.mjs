// @ts-check
/**
 * Edits of a motion document: pure functions document -> document that share what they do not change. What
 * is given is rounded to four decimals and brought into range. An edit that changes nothing returns the
 * same object.
 */

import {
  ambientKind,
  cameraKind,
  layerKind,
  motionKind,
  pathKind,
  polygonKind,
  regionKind,
  strokeKind,
} from "./declarations.mjs";
import { LAYER, PATH, POLYGON, REGION, regionIsEmpty, sealed, STROKE } from "./document.mjs";
import { boxOf } from "./geometry.mjs";
import { equal, fitted } from "./schema.mjs";

export * from "./path_edits.mjs";
export * from "./camera_edits.mjs";

/**
 * @typedef {import("./declarations.mjs").MotionDocument} MotionDocument
 * @typedef {import("./declarations.mjs").Layer} Layer
 * @typedef {import("./declarations.mjs").Region} Region
 * @typedef {import("./declarations.mjs").Motion} Motion
 * @typedef {import("./declarations.mjs").Path} Path
 * @typedef {Partial<Omit<Motion, "ambient">> & {ambient?: Partial<import("./declarations.mjs").Ambient>}} MotionPart
 */

/** Eight colours, apart from one another and readable on pictures. */
export const PALETTE = [
  "#ff5d5d",
  "#3fa7ff",
  "#5fd35f",
  "#ffb02e",
  "#c07cff",
  "#2fd6cf",
  "#ff7ac8",
  "#f4e04d",
];

/** The first colour that no layer has, or the one that fewest have. @param {MotionDocument} document */
export function nextColor({ layers }) {
  const uses = PALETTE.map((color) => layers.filter((layer) => layer.color === color).length);
  return PALETTE[uses.indexOf(Math.min(...uses))];
}

/** @param {MotionDocument} document */
export function nextName({ layers }) {
  let number = layers.length + 1;
  while (layers.some(({ name }) => name === `Layer ${number}`)) number++;
  return `Layer ${number}`;
}

/**
 * A list with one entry replaced, or the same list. @template T @param {readonly T[]} list
 * @param {number} index @param {T} value
 */
export const withEntry = (list, index, value) =>
  list[index] === value ? list : [...list.slice(0, index), value, ...list.slice(index + 1)];

/**
 * An object with members replaced, or the same object where they are equal. @template {object} T
 * @param {T} value @param {any} partial @returns {T}
 */
export function withMembers(value, partial) {
  const changed = Object.entries(partial).some(
    ([name, entry]) => !equal(/** @type {any} */ (value)[name], entry),
  );
  return changed ? { ...value, ...partial } : value;
}

/** @param {MotionDocument} document @param {readonly any[]} layers @returns {MotionDocument} */
const withLayers = (document, layers) =>
  layers === document.layers ? document : sealed({ ...document, layers });

/**
 * @param {MotionDocument} document @param {number} index @param {(layer: Layer) => Layer} edit
 * @returns {MotionDocument}
 */
export function editLayer(document, index, edit) {
  const layer = document.layers[index];
  return layer ? withLayers(document, withEntry(document.layers, index, edit(layer))) : document;
}

/** @param {MotionDocument} document @param {number} index @param {(region: Region) => Region} edit */
const editRegion = (document, index, edit) =>
  editLayer(document, index, (layer) => withMembers(layer, { region: edit(layer.region) }));

/** A new layer, in front or at an index, named and coloured unless told.
 * @param {MotionDocument} document @param {Partial<Layer>} [partial] @param {number} [at] */
export function addLayer(document, partial = {}, at = document.layers.length) {
  const layer = {
    ...LAYER,
    name: nextName(document),
    color: nextColor(document),
    ...fitted(layerKind, partial),
  };
  return withLayers(document, document.layers.toSpliced(at, 0, layer));
}

/** @param {MotionDocument} document @param {number} index */
export function removeLayer(document, index) {
  return document.layers[index] ? withLayers(document, document.layers.toSpliced(index, 1)) : document;
}

/**
 * A copy in front of the layer, in a colour of its own. @param {MotionDocument} document
 * @param {number} index
 */
export function duplicateLayer(document, index) {
  const layer = document.layers[index];
  if (!layer) return document;
  const stem = layer.name.replace(/ copy( \d+)?$/, "");
  let name = `${stem} copy`;
  for (let n = 2; document.layers.some((other) => other.name === name); n++) name = `${stem} copy ${n}`;
  return addLayer(document, { ...layer, name, color: nextColor(document), locked: false }, index + 1);
}

/** @param {MotionDocument} document @param {number} from @param {number} to index afterwards */
export function moveLayer(document, from, to) {
  const layer = document.layers[from];
  const at = Math.min(Math.max(to, 0), document.layers.length - 1);
  if (!layer || at === from) return document;
  return withLayers(document, document.layers.toSpliced(from, 1).toSpliced(at, 0, layer));
}

/** @param {MotionDocument} document @param {number} index @param {Partial<Layer>} partial */
export const changeLayer = (document, index, partial) =>
  editLayer(document, index, (layer) => withMembers(layer, fitted(layerKind, partial)));

/**
 * @param {MotionDocument} document @param {number} index
 * @param {Partial<import("./declarations.mjs").Stroke>} stroke
 */
export const addStroke = (document, index, stroke) =>
  editRegion(document, index, (region) => ({
    ...region,
    strokes: [...region.strokes, { ...STROKE, ...fitted(strokeKind, stroke) }],
  }));

/**
 * @param {MotionDocument} document @param {number} index
 * @param {Partial<import("./declarations.mjs").Polygon>} polygon
 */
export const addPolygon = (document, index, polygon) =>
  editRegion(document, index, (region) => ({
    ...region,
    polygons: [...region.polygons, { ...POLYGON, ...fitted(polygonKind, polygon) }],
  }));

/** @param {MotionDocument} document @param {number} index @param {Partial<Region>} partial */
export const changeRegion = (document, index, partial) =>
  editRegion(document, index, (region) => withMembers(region, fitted(regionKind, partial)));

/**
 * Nothing painted any more; the edge's width stays. @param {MotionDocument} document
 * @param {number} index
 */
export const clearRegion = (document, index) =>
  editRegion(document, index, (region) => withMembers(region, { ...REGION, feather: region.feather }));

/** Region, paths and pivot moved together. @param {MotionDocument} document @param {number} index
 * @param {number} dx fraction of the width @param {number} dy fraction of the height */
export function translateLayer(document, index, dx, dy) {
  if (!dx && !dy) return document;
  return editLayer(document, index, (layer) => {
    const shape = (/** @type {any} */ kind) => (/** @type {any} */ each) => fitted(kind, moved(each, dx, dy));
    const { strokes, polygons } = layer.region;
    const region = withMembers(layer.region, {
      strokes: strokes.map(shape(strokeKind)),
      polygons: polygons.map(shape(polygonKind)),
    });
    return withMembers(layer, { region, motion: movedMotion(layer.motion, dx, dy) });
  });
}

/**
 * @template {{points: readonly (readonly number[])[]}} T @param {T} shape @param {number} dx
 * @param {number} dy @returns {T}
 */
const moved = (shape, dx, dy) => ({
  ...shape,
  points: shape.points.map(([x, y, ...more]) => [x + dx, y + dy, ...more]),
});

/** @param {Motion} motion @param {number} dx @param {number} dy @returns {Motion} */
function movedMotion(motion, dx, dy) {
  const paths = motion.paths.map((path) => fitted(pathKind, moved(path, dx, dy)));
  const pivot = motion.pivot && motionKind.members.pivot.fit([motion.pivot[0] + dx, motion.pivot[1] + dy]);
  return withMembers(motion, { paths, pivot });
}

/** Start and end stay apart: the one that is given pushes the other. @param {MotionDocument} document
 * @param {number} index @param {MotionPart} partial */
export const changeMotion = (document, index, partial) =>
  editLayer(document, index, (layer) => {
    const { motion } = layer;
    const given = { ...fitted(motionKind, partial) };
    if (partial.ambient) given.ambient = withMembers(motion.ambient, fitted(ambientKind, partial.ambient));
    if (partial.paths) given.paths = partial.paths.map((path) => ({ ...PATH, ...fitted(pathKind, path) }));
    const next = { ...motion, ...given };
    if (next.end - next.start < SHORTEST) {
      if ("start" in given) next.start = Math.min(next.start, 1 - SHORTEST);
      next.end = Math.max(next.end, SHORTEST);
      if ("start" in given) next.end = Math.max(next.end, next.start + SHORTEST);
      else next.start = Math.min(next.start, next.end - SHORTEST);
      Object.assign(given, fitted(motionKind, { start: next.start, end: next.end }));
    }
    return withMembers(layer, { motion: withMembers(motion, given) });
  });

const SHORTEST = 0.01; // of the clip

/**
 * The motion of one layer for another as well; where both are painted, paths and pivot come along to its
 * place. @param {MotionDocument} document @param {number} from @param {number} to
 */
export function copyMotion(document, from, to) {
  const source = document.layers[from];
  return source ? pasteMotion(document, to, source) : document;
}

/**
 * A layer's motion, kept from anywhere, for a layer of this document. @param {MotionDocument} document
 * @param {number} to @param {{motion: Motion, region: Region}} source
 */
export function pasteMotion(document, to, source) {
  return editLayer(document, to, (layer) => {
    const a = centre(source.region),
      b = centre(layer.region);
    const motion = a && b ? movedMotion(source.motion, b[0] - a[0], b[1] - a[1]) : source.motion;
    return withMembers(layer, { motion });
  });
}

/** The middle of what was painted, or null where it is not known. @param {Region} region */
function centre(region) {
  if (regionIsEmpty(region) || region.everything || region.invert || region.mask !== null) return null;
  const painted = [...region.polygons, ...region.strokes].filter(({ mode }) => mode === "paint");
  const box = boxOf(painted.flatMap(({ points }) => points));
  return box && [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
}

/** A camera's lens, or keyframes as a whole. @param {MotionDocument} document
 * @param {Partial<import("./declarations.mjs").Camera>} partial */
export function changeCamera(document, partial) {
  const camera = withMembers(document.camera, fitted(cameraKind, partial));
  return camera === document.camera ? document : sealed({ ...document, camera });
}
