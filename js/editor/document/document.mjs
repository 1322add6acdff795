// @ts-check
/**
 * Motion documents: read and checked as Python's motion/document/document.py does, and written as its very text. A
 * document here is frozen to its last point and has every member.
 */

import { equal } from "../geometry/values.mjs";
import { readJson } from "./json.mjs";
import * as kinds from "./schema.mjs";
import {
  DocumentError,
  isNeutral,
  isObject,
  kindOf,
  NAMES,
  objectAt,
  read,
  refuse,
  shown,
} from "./schema.mjs";

export { EASINGS } from "./schema.mjs";
export { DocumentError, isNeutral };

/** @import { Kind, Motion, Path, Polygon, Region, Stroke } from "../types" */
/** @typedef {import("../types").MotionDocument} MotionDocument */

export const VERSION = 2;
const WIDTH = 100; // letters of a line

// What each object is where nothing was said; what has to be said is empty.
export const LAYER = /** @type {import("../types").Layer} */ (kinds.LAYER.value);
export const REGION = LAYER.region;
export const MOTION = LAYER.motion;
export const KEYFRAME = /** @type {import("../types").Keyframe} */ (kinds.KEYFRAME.value);
export const EMPTY = /** @type {MotionDocument} */ (kinds.DOCUMENT.value);

/** @param {Kind} kind @returns {any} */
const withoutPoints = ({ members = {} }) => {
  const values = Object.entries(members).map(([name, { value }]) => [name, value]);
  return Object.freeze({ ...Object.fromEntries(values), points: [] });
};
/** @type {Stroke} */
export const STROKE = withoutPoints(kinds.STROKE);
/** @type {Polygon} */
export const POLYGON = withoutPoints(kinds.POLYGON);
/** @type {Path} */
export const PATH = withoutPoints(kinds.PATH);

/** True when nothing at all was painted. @param {Region} region */
export const regionIsEmpty = ({ everything, invert, mask, polygons, strokes }) =>
  !(everything || invert || mask !== null || polygons.length || strokes.length);

/** True when no motion is asked for. @param {Motion} motion */
const isStill = ({ paths, horizontal, vertical, proximity, rotation, ambient }) =>
  !(horizontal || vertical || proximity || rotation || ambient.amount) &&
  paths.every(({ points }) => points.every((point) => equal(point, points[0])));

/**
 * True when nothing that would move or hold anything is painted, and the camera is still.
 * @param {MotionDocument} document
 */
export const isEmpty = ({ layers, camera }) =>
  camera.keyframes.every(isNeutral) &&
  layers.every(
    ({ visible, region, freeze, motion }) =>
      !visible || regionIsEmpty(region) || (!freeze && isStill(motion)),
  );

/**
 * A document of known and new parts, checked, completed and frozen. @param {any} parts
 * @returns {MotionDocument}
 */
export const sealed = (parts) => read(kinds.DOCUMENT, parts);

/**
 * A text's document, from older versions too; a blank text is EMPTY. @param {string} source
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
  const { flowbrush = "motion", version = 0, ...rest } = objectAt(content, "");
  if (flowbrush !== "motion") refuse("flowbrush", `${shown(flowbrush)} is not "motion"`);
  read({ type: "number", whole: true, high: 1e6 }, version, "version");
  if (version > VERSION) refuse("version", `${version} is newer than ${VERSION}, the newest known here`);
  return sealed(version === 0 ? fromUnversioned(rest) : rest);
}

/**
 * Version 0, where a layer's members and the camera's values were flat: see motion/document/migration.py.
 * @param {any} content
 */
function fromUnversioned({ layers = [], camera, ...rest }) {
  if (!Array.isArray(layers)) refuse("layers", `${shown(layers)} is not a list`);
  const result = { ...rest, layers: layers.map(nested) };
  if (isObject(camera) && !Object.hasOwn(camera, "keyframes")) {
    const { field_of_view, ...moves } = camera;
    const keyframes = Object.keys(moves).length ? [{ time: 1, ...moves }] : [];
    camera = field_of_view === undefined ? { keyframes } : { keyframes, field_of_view };
  }
  return camera === undefined ? result : { ...result, camera };
}

/** @param {any} layer @param {number} index */
function nested(layer, index) {
  const place = `layers[${index}]`;
  /** @type {any} */
  const result = { __proto__: null, [NAMES]: objectAt(layer, place)[NAMES], region: {}, motion: {} };
  const { hasOwn } = Object;
  for (const [name, value] of Object.entries(layer)) {
    if (hasOwn(REGION, name)) result.region = { ...result.region, [name]: value };
    else if (hasOwn(MOTION, name)) result.motion = { ...result.motion, [name]: value };
    else if (name === "path") result.motion = { ...result.motion, paths: [{ points: value }] };
    else if (name in result) result[name] = { ...result[name], ...objectAt(value, `${place}.${name}`) };
    else result[name] = value;
  }
  return result;
}

/**
 * Readable text, the same for equal documents, byte for byte Python's `dump`; EMPTY is "".
 * @param {MotionDocument} document
 */
export function dump(document) {
  const members = said(document);
  if (!members.length) return "";
  return `${laidOut({ flowbrush: "motion", version: VERSION, ...Object.fromEntries(members) }, 0)}\n`;
}

/** The members of an object that are not at their defaults. @param {any} value */
function said(value) {
  const { members = {} } = kindOf(value) ?? {};
  return Object.entries(value).filter(([name, entry]) => !equal(entry, members[name]?.value));
}

/** Texts of shapes, on a line and laid out: they stay as they are; what holds them changes with every edit.
 * @type {WeakMap<object, {line: string, laid?: string}>} */
const shapes = new WeakMap();

/** @param {any} value @returns {string} */
function onLine(value) {
  if (typeof value === "number") return numberText(value);
  if (Array.isArray(value)) return `[${value.map(onLine).join(", ")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const known = shapes.get(value);
  if (known) return known.line;
  const line = `{${said(value)
    .map(([name, entry]) => `"${name}": ${onLine(entry)}`)
    .join(", ")}}`;
  if ("points" in value) shapes.set(value, { line });
  return line;
}

/** JSON that keeps short values on one line and breaks longer ones: `laid_out` of motion/document/schema.py.
 * @param {any} value @param {number} indent @returns {string} */
function laidOut(value, indent) {
  const line = onLine(value);
  const room = WIDTH - indent;
  // Python counts a letter of two UTF-16 units as one.
  if (typeof value !== "object" || !value || line.length <= room) return line;
  if (line.length <= 2 * room && [...line].length <= room) return line;
  const shape = shapes.get(value);
  if (shape?.laid) return shape.laid;
  const inner = " ".repeat(indent + 2);
  const isList = Array.isArray(value);
  const rows = isList
    ? value.map((entry) => laidOut(entry, indent + 2))
    : said(value).map(([name, entry]) => `"${name}": ${laidOut(entry, indent + 2)}`);
  const body = isList && Array.isArray(value[0]) ? packed(rows, inner) : inner + rows.join(`,\n${inner}`);
  const laid = `${isList ? "[" : "{"}\n${body}\n${" ".repeat(indent)}${isList ? "]" : "}"}`;
  if (shape) shape.laid = laid; // shapes are always as deep
  return laid;
}

/** Points, as many on a line as fit. @param {string[]} points @param {string} inner */
function packed(points, inner) {
  /** @type {string[]} */
  const lines = [];
  let line = inner;
  points.forEach((point, k) => {
    const text = k < points.length - 1 ? `${point},` : point;
    if (line.length > inner.length && line.length + text.length > WIDTH) {
      lines.push(line.trimEnd());
      line = inner;
    }
    line += `${text} `;
  });
  return [...lines, line.trimEnd()].join("\n");
}

/** A number as Python prints it: with an exponent below 1e-4, of two digits. @param {number} value */
const numberText = (value) =>
  Math.abs(value) >= 1e-4 || value === 0 ? String(value) : value.toExponential().replace(/e-(\d)$/, "e-0$1");
