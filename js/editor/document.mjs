// @ts-check
/**
 * Motion documents: read, checked and written as Python's motion/document.py does, with the same verdicts,
 * places and text. A document here is frozen to its last point and has every member.
 */

import * as declared from "./declarations.mjs";
import { documentKind, isNeutral, motionKind, regionKind } from "./declarations.mjs";
import { DocumentError, inOrder, laidOut, objectLayout, readJson, scalarLayout } from "./json.mjs";
import { integer, isObject, layout, read, shown } from "./schema.mjs";

export { DocumentError, isNeutral };
export { EASINGS } from "./declarations.mjs";

/**
 * @typedef {import("./declarations.mjs").MotionDocument} MotionDocument
 * @typedef {import("./declarations.mjs").Region} Region
 * @typedef {import("./declarations.mjs").Motion} Motion
 */

export const VERSION = 2;

// What each object is where nothing was said; what has to be said is empty.
/** @type {import("./declarations.mjs").Layer} */
export const LAYER = read(declared.layerKind, {}, "");
export const REGION = LAYER.region;
export const MOTION = LAYER.motion;
export const AMBIENT = MOTION.ambient;
/** @type {import("./declarations.mjs").Keyframe} */
export const KEYFRAME = read(declared.keyframeKind, {}, "");
/** @type {import("./declarations.mjs").Stroke} */
export const STROKE = withoutPoints(declared.strokeKind);
/** @type {import("./declarations.mjs").Polygon} */
export const POLYGON = withoutPoints(declared.polygonKind);
/** @type {import("./declarations.mjs").Path} */
export const PATH = withoutPoints(declared.pathKind);

/** @type {MotionDocument} */
export const EMPTY = read(documentKind, {}, "");
export const CAMERA = EMPTY.camera;

/** @param {import("./schema.mjs").Declared} kind @returns {any} */
function withoutPoints({ members }) {
  const named = Object.entries(members).map(([name, { value }]) => [
    name,
    value ?? (name === "points" ? [] : null),
  ]);
  return Object.freeze(Object.fromEntries(named));
}

/** True when nothing at all was painted. @param {Region} region */
export const regionIsEmpty = (region) =>
  !(
    region.everything ||
    region.invert ||
    region.mask !== null ||
    region.polygons.length ||
    region.strokes.length
  );

/** True when no motion is asked for. @param {Motion} motion */
export const motionIsStill = (motion) =>
  !(motion.horizontal || motion.vertical || motion.proximity || motion.rotation || motion.ambient.amount) &&
  motion.paths.every(({ points }) => points.every(([x, y]) => x === points[0][0] && y === points[0][1]));

/**
 * True when nothing that would move or hold anything is painted, and the camera is still.
 * @param {MotionDocument} document
 */
export const isEmpty = (document) =>
  document.camera.keyframes.every(isNeutral) &&
  !document.layers.some(
    ({ visible, region, freeze, motion }) =>
      visible && !regionIsEmpty(region) && (freeze || !motionIsStill(motion)),
  );

/**
 * A document put together of known and new parts, checked, completed and frozen. @param {any} parts
 * @returns {MotionDocument}
 */
export const sealed = (parts) => read(documentKind, parts, "");

/**
 * Read a motion document, migrating older versions; a blank text is EMPTY. @param {string} source
 * @returns {MotionDocument}
 */
export function parse(source) {
  if (/^[\s\x1c-\x1f\x85]*$/.test(source) && !source.includes("\ufeff")) return EMPTY;
  if (!/\d{4300}/.test(source)) {
    try {
      return interpreted(JSON.parse(source));
    } catch {
      // Read again with Python's eyes, to say where.
    }
  }
  return interpreted(readJson(source));
}

/** @param {any} content @returns {MotionDocument} */
function interpreted(content) {
  if (!isObject(content))
    throw new DocumentError("", `${shown(content)} is not an object with named members`);
  const { flowbrush = "motion", version: given = 0, ...rest } = content;
  if (flowbrush !== "motion") {
    throw new DocumentError("flowbrush", `${shown(flowbrush)} is not a motion document; expected 'motion'`);
  }
  const version = integer(0, 1e6).read(given, "version");
  if (version > VERSION) {
    throw new DocumentError(
      "version",
      `${version} is newer than ${VERSION}, the newest this Flowbrush can read`,
    );
  }
  return sealed(inOrder(content, version === 0 ? fromUnversioned(rest) : rest));
}

/** Version 0, the flat form: see migration.py. @param {any} content */
function fromUnversioned(content) {
  const { layers = [], camera } = content;
  if (!Array.isArray(layers)) throw new DocumentError("layers", `${shown(layers)} is not a list`);
  const result = { ...content, layers: layers.map(nestedLayer) };
  if (isObject(camera) && !Object.hasOwn(camera, "keyframes")) {
    const { field_of_view, ...moves } = camera;
    result.camera = Object.keys(moves).length ? { keyframes: [{ time: 1, ...moves }] } : {};
    if (field_of_view !== undefined) result.camera.field_of_view = field_of_view;
  }
  return result;
}

/** @param {any} layer @param {number} index */
function nestedLayer(layer, index) {
  const place = `layers[${index}]`;
  if (!isObject(layer)) throw new DocumentError(place, `${shown(layer)} is not an object with named members`);
  /** @type {Record<string, any>} */
  const result = { region: {}, motion: {} };
  /** @param {"region" | "motion"} part @param {string} name @param {any} value */
  const put = (part, name, value) => {
    if (!isObject(result[part]))
      throw new DocumentError(`${place}.${part}`, "is not an object with named members");
    result[part] = { ...result[part], [name]: value };
  };
  for (const [name, value] of Object.entries(layer)) {
    if (name === "path") put("motion", "paths", [{ points: value }]);
    else if (name in regionKind.members) put("region", name, value);
    else if (name in motionKind.members) put("motion", name, value);
    else result[name] = value;
  }
  return result;
}

/** Readable text of a document, the same for equal documents, byte for byte Python's `dump`; EMPTY is "".
 * @param {MotionDocument} document */
export function dump(document) {
  const { names = [], entries = [] } = layout(document);
  if (!names.length) return "";
  const head = [scalarLayout("motion"), scalarLayout(VERSION)];
  return `${laidOut(objectLayout(["flowbrush", "version", ...names], [...head, ...entries]))}\n`;
}
