// @ts-check
/**
 * Motion documents, read and checked as motion/document/document.py does, and written as the same text. A document
 * here is complete and deeply frozen.
 */

import { equal } from "../geometry/values.mjs";
import { readJson } from "./json.mjs";
import * as kinds from "./schema.mjs";
import {
  DocumentError,
  describe,
  isNeutral,
  isObject,
  isObjectOrList,
  kindOf,
  NAMES,
  objectAt,
  read,
  refuse,
} from "./schema.mjs";

export { EASINGS } from "./schema.mjs";
export { DocumentError, isNeutral };

/** @import { JsonObject } from "./schema.mjs" */
/** @import { Kind, Motion, Path, Polygon, Region, Stroke } from "../types" */
/** @typedef {import("../types").MotionDocument} MotionDocument */

export const VERSION = 2;
const WIDTH = 100; // characters per line
const MOST_LEVELS = 32; // of lists and objects inside one another

// The defaults of each object; required members are left empty.
export const LAYER = /** @type {import("../types").Layer} */ (kinds.LAYER.value);
export const REGION = LAYER.region;
export const MOTION = LAYER.motion;
export const KEYFRAME = /** @type {import("../types").Keyframe} */ (kinds.KEYFRAME.value);
export const EMPTY = /** @type {MotionDocument} */ (kinds.DOCUMENT.value);

/** The defaults of a shape, without points. @param {Kind} kind */
const withoutPoints = ({ members = {} }) => {
  const values = Object.entries(members).map(([name, { value }]) => [name, value]);
  return /** @type {unknown} */ (Object.freeze({ ...Object.fromEntries(values), points: [] }));
};
export const STROKE = /** @type {Stroke} */ (withoutPoints(kinds.STROKE));
export const POLYGON = /** @type {Polygon} */ (withoutPoints(kinds.POLYGON));
export const PATH = /** @type {Path} */ (withoutPoints(kinds.PATH));

/** Whether a region covers nothing. @param {Region} region */
export const regionIsEmpty = ({ everything, invert, mask, polygons, strokes }) =>
  !(everything || invert || mask !== null || polygons.length || strokes.length);

/** @param {Path} path */
const pathIsStill = ({ points }) => points.every((point) => equal(point, points[0]));

/** Whether a motion moves nothing. @param {Motion} motion */
export const isStill = ({ paths, horizontal, vertical, proximity, rotation, ambient, pins, sway, hang }) =>
  !(horizontal || vertical || proximity || rotation || ambient.amount || sway.amount || hang.on) &&
  paths.every(pathIsStill) &&
  pins.every(({ move, path, rotation, scale, follow }) => {
    return scale === 1 && !(move[0] || move[1] || rotation || follow || (path && !pathIsStill(path)));
  });

/** Whether a document neither moves nor freezes anything. @param {MotionDocument} document */
export const isEmpty = ({ layers, camera }) =>
  camera.keyframes.every(isNeutral) &&
  layers.every(
    ({ visible, region, freeze, motion }) =>
      !visible || regionIsEmpty(region) || (!freeze && isStill(motion)),
  );

/** Whether the server has something to show of a document: a motion, or a region that snaps. @param {MotionDocument} document */
export const needsField = (document) => !isEmpty(document) || snaps(document);

/** Whether a region of a document snaps to the picture. @param {MotionDocument} document */
export const snaps = ({ layers }) => layers.some(({ visible, region }) => visible && region.snap);

/** The document that these parts make: checked, completed and frozen. @param {unknown} parts */
export const completeDocument = (parts) => /** @type {MotionDocument} */ (read(kinds.DOCUMENT, parts));

/** The document of a text, of older versions too; EMPTY for a blank text. @param {string} source @returns {MotionDocument} */
export function parse(source) {
  if (/^[\s\x1c-\x1f\x85]*$/.test(source) && !source.includes("\ufeff")) return EMPTY;
  if (!/\d{4300}/.test(source)) {
    try {
      return documentOf(JSON.parse(source));
    } catch {
      // The text is read again as Python reads it, to find the place of the error.
    }
  }
  return documentOf(readJson(source));
}

/** Whether lists and objects lie inside one another to more than `most` levels. @param {unknown} value @param {number} most @returns {boolean} */
const isDeeper = (value, most) =>
  isObjectOrList(value) && (!most || Object.values(value).some((inner) => isDeeper(inner, most - 1)));

/** @param {unknown} content of the JSON @returns {MotionDocument} */
function documentOf(content) {
  if (isDeeper(content, MOST_LEVELS)) refuse("", "is nested too deeply");
  const { flowbrush = "motion", version = 0, ...rest } = objectAt(content, "");
  if (flowbrush !== "motion") refuse("flowbrush", `${describe(flowbrush)} is not "motion"`);
  const number = Number(read({ type: "number", whole: true, high: 1e6 }, version, "version"));
  if (number > VERSION) refuse("version", `${version} is newer than ${VERSION}, the newest known here`);
  return completeDocument(number === 0 ? fromUnversioned(rest) : rest);
}

/**
 * Converts version 0, in which the members of a layer and the values of the camera were flat, to the present form, as
 * motion/document/migration.py does. @param {JsonObject} content
 */
function fromUnversioned({ layers = [], camera, ...rest }) {
  if (!Array.isArray(layers)) refuse("layers", `${describe(layers)} is not a list`);
  const result = { ...rest, layers: layers.map(nestedLayer) };
  return camera === undefined ? result : { ...result, camera: withKeyframes(camera) };
}

/** A camera of version 0 with a keyframe at the end of the clip. @param {unknown} camera */
function withKeyframes(camera) {
  if (!isObject(camera) || Object.hasOwn(camera, "keyframes")) return camera;
  const { field_of_view, ...moves } = camera;
  const keyframes = Object.keys(moves).length ? [{ time: 1, ...moves }] : [];
  return field_of_view === undefined ? { keyframes } : { keyframes, field_of_view };
}

/** A layer of version 0 with its members in `region` and `motion`. @param {unknown} layer @param {number} index */
function nestedLayer(layer, index) {
  const place = `layers[${index}]`;
  const given = objectAt(layer, place);
  /** @type {import("./schema.mjs").JsonObject} */
  const result = Object.assign(Object.create(null), { [NAMES]: given[NAMES], region: {}, motion: {} });
  const { hasOwn } = Object;
  for (const [name, value] of Object.entries(given)) {
    if (hasOwn(REGION, name)) result.region = { ...objectAt(result.region, place), [name]: value };
    else if (hasOwn(MOTION, name)) result.motion = { ...objectAt(result.motion, place), [name]: value };
    else if (name === "path")
      result.motion = { ...objectAt(result.motion, place), paths: [{ points: value }] };
    else if (name === "region" || name === "motion")
      result[name] = { ...objectAt(result[name], place), ...objectAt(value, `${place}.${name}`) };
    else result[name] = value;
  }
  return result;
}

/** The text of a document, byte for byte as Python's `dump` writes it; "" for EMPTY. @param {MotionDocument} document */
export function dump(document) {
  const members = changedMembers(document);
  if (!members.length) return "";
  return `${layOut({ flowbrush: "motion", version: VERSION, ...Object.fromEntries(members) }, 0)}\n`;
}

/** The members of an object that differ from their defaults. @param {object} value @returns {[string, unknown][]} */
function changedMembers(value) {
  const { members = {} } = kindOf(value) ?? {};
  return Object.entries(value).filter(([name, entry]) => !equal(entry, members[name]?.value));
}

/** The texts of strokes, polygons and paths, which most edits do not change: on one line, and broken into several.
 * @type {WeakMap<object, {line: string, lines?: string}>} */
const shapes = new WeakMap();

/** The text of a value on one line. @param {unknown} value @returns {string} */
function onLine(value) {
  if (typeof value === "number") return numberText(value);
  if (Array.isArray(value)) return `[${value.map(onLine).join(", ")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const known = shapes.get(value);
  if (known) return known.line;
  const line = `{${changedMembers(value)
    .map(([name, entry]) => `"${name}": ${onLine(entry)}`)
    .join(", ")}}`;
  if ("points" in value) shapes.set(value, { line });
  return line;
}

/** JSON that keeps short values on one line and breaks longer ones, as motion/document/schema.py does. @param {unknown} value @param {number} indent @returns {string} */
function layOut(value, indent) {
  const line = onLine(value);
  const room = WIDTH - indent;
  // Python counts a character of two UTF-16 units as one.
  if (typeof value !== "object" || !value || line.length <= room) return line;
  if (line.length <= 2 * room && [...line].length <= room) return line;
  const shape = shapes.get(value);
  if (shape?.lines) return shape.lines;
  const inner = " ".repeat(indent + 2);
  const isList = Array.isArray(value);
  const rows = isList
    ? value.map((entry) => layOut(entry, indent + 2))
    : changedMembers(value).map(([name, entry]) => `"${name}": ${layOut(entry, indent + 2)}`);
  const body = isList && Array.isArray(value[0]) ? packPoints(rows, inner) : inner + rows.join(`,\n${inner}`);
  const lines = `${isList ? "[" : "{"}\n${body}\n${" ".repeat(indent)}${isList ? "]" : "}"}`;
  if (shape) shape.lines = lines; // the indent of a shape never differs
  return lines;
}

/** Lines with as many points as fit. @param {string[]} points @param {string} inner the indent */
function packPoints(points, inner) {
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

/** A number as Python prints it: below 1e-4 with an exponent of two digits. @param {number} value */
const numberText = (value) =>
  Math.abs(value) >= 1e-4 || value === 0 ? String(value) : value.toExponential().replace(/e-(\d)$/, "e-0$1");
