// @ts-check
/**
 * The schema of motion documents: kinds with defaults and ranges, as motion/document/document.py declares them. What
 * `read` returns is frozen and complete, and its kind is remembered, so that reading it again costs nothing.
 */

/** @import { Camera, Keyframe, Kind, Motion, Path, Point } from "../types" */

/** The error of a wrong motion document. `place` is where it is wrong, such as `layers[1].motion.paths[0]`. */
export class DocumentError extends Error {
  /** @param {string} place @param {string} sentence */
  constructor(place, sentence) {
    super(`${place || "document"}: ${sentence}`);
    this.place = place;
    this.sentence = sentence;
  }
}

const { freeze, hasOwn } = Object;
/** Limits of a list without a limit of its own, and of the shapes of a region. */
const MOST_ENTRIES = 20_000;
const MOST_SHAPES = 2000;
const HALF_A_PAIR = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
/** @type {WeakMap<object, Kind>} */
const known = new WeakMap();

/** The kind that an object or list was read as. @param {object} value */
export const kindOf = (value) => known.get(value);

/** @typedef {Record<string, unknown> & {[NAMES]?: string[]}} JsonObject */

/** @param {unknown} value @returns {value is JsonObject} */
export const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** The names of an object in the order of the text: JavaScript puts "1" first. @type {unique symbol} */
export const NAMES = Symbol("names");

/** A value as an error message names it. @param {unknown} value */
export function describe(value) {
  if (typeof value === "object" && value) return Array.isArray(value) ? "a list" : "an object";
  return typeof value === "string" ? `"${value.slice(0, 60)}"` : String(value);
}

/** @param {string} place @param {string} sentence @returns {never} */
export function refuse(place, sentence) {
  throw new DocumentError(place, sentence);
}

/** The value, which must be an object. @param {unknown} value @param {string} place @returns {JsonObject} */
export const objectAt = (value, place) =>
  isObject(value) ? value : refuse(place, `${describe(value)} is not an object with named members`);

/** The value, which must be a list. @param {unknown} value @param {string} place @returns {unknown[]} */
const listAt = (value, place) =>
  Array.isArray(value) ? value : refuse(place, `${describe(value)} is not a list`);

/** @param {unknown} value @returns {value is object} */
export const isObjectOrList = (value) => typeof value === "object" && value !== null;

/** @param {string} place @param {string} name */
const inside = (place, name) => (place && name && name[0] !== "[" ? `${place}.${name}` : place + name);

/** The value as its kind reads it. @param {Kind} kind @param {unknown} given @returns {unknown} */
export function read(kind, given, place = "") {
  if (kind.type === "number" && typeof given === "number") return readNumber(kind, given, place);
  if (isObjectOrList(given) && known.get(given) === kind) return given;
  if (given === null && kind.optional) return given;
  const { list, tuple, members, words, type } = kind;
  if (kind.among) return read(kind.among(given), given, place);
  if (words && !words.includes(/** @type {string} */ (given)))
    refuse(place, `${describe(given)} is not one of ${words.join(", ")}`);
  if (type && typeof given !== type) refuse(place, `${describe(given)} is not a ${type}`);
  if (type === "string" && HALF_A_PAIR.test(String(given)))
    refuse(place, "holds half of a surrogate pair, which is not a character");
  if (words || type) return given;
  if (tuple) return readTuple(tuple, listAt(given, place), place);
  const result = list
    ? readList(list, kind, listAt(given, place), place)
    : readMembers(members ?? {}, objectAt(given, place), place);
  const problem = kind.problem?.(result);
  if (problem) refuse(inside(place, problem[0]), problem[1]);
  known.set(freeze(result), kind);
  return result;
}

/** @param {Kind} kind @param {number} given @param {string} place */
function readNumber({ whole, low = 0, high = 0 }, given, place) {
  if (!Number.isFinite(given)) refuse(place, `${given} is not a finite number`);
  if (whole && !Number.isInteger(given)) refuse(place, `${given} is not a whole number`);
  if (given < low || given > high) refuse(place, `${given} is not from ${low} to ${high}`);
  return given || 0;
}

/** @param {Kind[]} kinds @param {unknown[]} given @param {string} place */
function readTuple(kinds, given, place) {
  const { length } = given;
  if (length > kinds.length || (length < kinds.length && kinds[length].value === undefined))
    refuse(place, `holds ${length} numbers, not ${kinds.length}`);
  return freeze(kinds.map((kind, k) => read(kind, k < length ? given[k] : kind.value, `${place}[${k}]`)));
}

/** @param {Kind} kind of each entry @param {Kind} limits @param {unknown[]} given @param {string} place */
function readList(kind, { least = 0, most = MOST_ENTRIES }, given, place) {
  const { length } = given;
  if (length < least) refuse(place, `holds ${length} entries; at least ${least} are needed`);
  if (length > most) refuse(place, `holds ${length} entries; at most ${most} are allowed`);
  return given.map((entry, k) => read(kind, entry, `${place}[${k}]`));
}

/** @param {Record<string, Kind>} members @param {JsonObject} given @param {string} place */
function readMembers(members, given, place) {
  /** @type {string[]} */
  const names = given[NAMES] ?? Object.keys(given);
  const listed = Object.keys(members).join(", ");
  const wrong = names.find((name) => hasOwn(given, name) && !hasOwn(members, name));
  if (wrong !== undefined) refuse(inside(place, wrong), `is not known here; known are ${listed}`);
  /** @type {Record<string, unknown>} */
  const result = {};
  for (const name in members) {
    const at = inside(place, name);
    const value = hasOwn(given, name) ? given[name] : members[name].value;
    result[name] = value === undefined ? refuse(at, "is missing") : read(members[name], value, at);
  }
  return result;
}

/** @param {number | undefined} value the default @param {number} low @param {number} high @returns {Kind} */
const number = (value, low, high, digits = 1e4) => ({ type: "number", value, low, high, digits });
/** @param {number | undefined} value @param {number} low @param {number} high @returns {Kind} */
const whole = (value, low, high) => ({ ...number(value, low, high, 1), whole: true });
/** @param {...string} words the first is the default @returns {Kind} */
const choice = (...words) => ({ value: words[0], words });
/** @param {Kind} kind @returns {Kind} */
const optional = (kind) => ({ ...kind, value: null, optional: true });
/** @param {Kind} kind @param {number} [most] @returns {Kind} */
const list = (kind, most) => withDefault({ list: kind, most });
/** The kind with its default value, in which every member has its own default. @param {Kind} kind @returns {Kind} */
const withDefault = (kind) => Object.assign(kind, { value: read(kind, kind.list ? [] : {}) });
/** An object whose members have defaults. @param {Record<string, Kind>} members @param {Kind["problem"]} [problem] */
const object = (members, problem) => withDefault({ members, problem });
/** @param {Kind["type"]} type @param {unknown} value @returns {Kind} */
const plain = (type, value) => ({ type, value });
const TEXT = plain("string", "");
const NO = plain("boolean", false);
const YES = plain("boolean", true);

const NEAR = number(undefined, -1, 2); // strokes may run over the picture's edge
const FAR = number(undefined, -4, 5); // paths may leave it
const PLACE = { tuple: [FAR, FAR] };
const SEED = whole(0, 0, 2 ** 31 - 1);
const SHARE = number(undefined, 0, 1);
const LEVEL = number(undefined, -2, 3);
const MODE = choice("paint", "erase");

/** @param {readonly number[]} times */
const rises = (times) => times.every((time, k) => !k || time > times[k - 1]);

export const EASINGS = ["linear", "ease_in", "ease_out", "ease_in_out"];
const BEZIER = { tuple: [SHARE, LEVEL, SHARE, LEVEL] };
/** @type {Kind} */
const DRIVE = {
  list: { tuple: [SHARE, LEVEL] },
  least: 2,
  problem(/** @type {Point[]} */ points) {
    const times = points.map(([time]) => time);
    if (times[0] || times.at(-1) !== 1 || !rises(times))
      return ["", "the times of a curve must rise from 0 to 1"];
  },
};
/** @type {Kind} */
const CURVE = {
  ...DRIVE,
  problem: (/** @type {Point[]} */ points) =>
    DRIVE.problem?.(points) || (points[0][1] !== 0 && ["[0]", "a curve begins at value 0"]),
};
const EASE_NAME = choice(...EASINGS);
/** @type {Kind} */
const EASE = {
  value: "linear",
  among(given) {
    if (!Array.isArray(given)) return EASE_NAME;
    return given.length && !Array.isArray(given[0]) ? BEZIER : CURVE;
  },
};

/** @type {Kind} */
export const STROKE = {
  members: {
    points: { list: { tuple: [NEAR, NEAR, number(1, 0, 1, 100)] }, least: 1 },
    radius: number(0.05, 0.0005, 2),
    hardness: number(1, 0, 1),
    mode: MODE,
  },
};
/** @type {Kind} */
export const POLYGON = { members: { points: { list: { tuple: [NEAR, NEAR] }, least: 3 }, mode: MODE } };
export const REGION = object({
  everything: NO,
  mask: optional(whole(0, 0, 1000)),
  polygons: list(POLYGON, MOST_SHAPES),
  strokes: list(STROKE, MOST_SHAPES),
  invert: NO,
  grow: number(0, -0.5, 0.5),
  feather: number(0.01, 0, 1),
  snap: NO,
});
/** @type {Kind} */
export const PATH = {
  members: {
    points: { list: PLACE, least: 2 },
    corners: list(whole(undefined, 0, 100_000)),
    times: optional({ list: SHARE }),
  },
  problem(/** @type {Path} */ { points: { length }, corners, times }) {
    const wrong = corners.findIndex((corner) => corner >= length);
    if (wrong >= 0) return [`corners[${wrong}]`, `${corners[wrong]} is not one of ${length} points`];
    if (!times) return;
    if (times.length !== length) return ["times", `holds ${times.length} times for ${length} points`];
    if (times[0] || !rises(times)) return ["times", "must rise from 0"];
  },
};
const AMBIENT = object({
  amount: number(0, 0, 0.5),
  speed: number(1, 0, 20),
  seed: SEED,
});
const FLOW = object({
  speed: number(0, -10, 10),
  reach: number(0.08, 0.005, 0.5),
  hold: number(0.03, 0, 0.5),
});
const SWAY = object({
  kind: choice("wind", "release", "pendulum", "breathe", "jelly"),
  amount: number(0, 0, 0.5),
  speed: number(3, 0, 50),
  damping: number(0.1, 0, 1),
  gust: number(0.5, 0, 1),
  anchor: optional(PLACE),
  seed: SEED,
  bend: choice("beam", "region"),
  heading: optional(number(undefined, -360, 360)),
});
const HANG = object({
  on: TEXT,
  speed: number(4, 0.1, 50),
  damping: number(0.2, 0.01, 1),
  anchor: optional(PLACE),
});
const STEP = number(undefined, -4, 4);
/** @type {Kind} */
export const PIN = {
  members: {
    at: PLACE,
    move: { tuple: [STEP, STEP], value: [0, 0] },
    path: optional(PATH),
    rotation: number(0, -3600, 3600),
    scale: number(1, 0.05, 20),
    reach: number(0.05, 0.001, 1),
    stiffness: number(1, 0.01, 100),
    follow: TEXT,
  },
};
const PIN_NUMBER = whole(undefined, 0, 1000);
export const MOTION = object(
  {
    paths: list(PATH, 1000),
    horizontal: number(0, -4, 4),
    vertical: number(0, -4, 4),
    proximity: number(0, -8, 8),
    rotation: number(0, -3600, 3600),
    pivot: optional(PLACE),
    ambient: AMBIENT,
    ease: EASE,
    start: number(0, 0, 1),
    end: number(1, 0, 1),
    loop: choice("none", "repeat", "pingpong"),
    fit: choice("rigid", "similarity", "elastic"),
    flow: FLOW,
    pins: list(PIN, 1000),
    sway: SWAY,
    bones: list({ list: PIN_NUMBER, least: 2, most: 2 }, 1000),
    hang: HANG,
    drive: optional(DRIVE),
  },
  (/** @type {Motion} */ { start, end, bones, pins }) => {
    if (end <= start) return ["end", `${end} is not later than start, ${start}`];
    const ends = bones.map((bone) => bone[1]);
    const wrong = bones.findIndex(([a, b], k) => a >= b || b >= pins.length || ends.indexOf(b) < k);
    return wrong >= 0 && [`bones[${wrong}]`, "must lead to a later pin that no other bone leads to"];
  },
);
export const LAYER = object({
  name: TEXT,
  visible: YES,
  locked: NO,
  color: TEXT,
  region: REGION,
  motion: MOTION,
  freeze: NO,
  strength: number(1, 0, 1),
  order: whole(0, -1000, 1000),
});
export const KEYFRAME = object({
  time: number(0, 0, 1),
  pan: number(0, -80, 80),
  tilt: number(0, -80, 80),
  truck: number(0, -10, 10),
  pedestal: number(0, -10, 10),
  dolly: number(0, -20, 0.9),
  zoom: number(1, 0.05, 20),
  roll: number(0, -3600, 3600),
  ease: EASE,
});
/** @param {Keyframe} key */
export const isNeutral = ({ pan, tilt, truck, pedestal, dolly, zoom, roll }) =>
  zoom === 1 && !(pan || tilt || truck || pedestal || dolly || roll);
export const CAMERA = withDefault({
  members: { keyframes: list(KEYFRAME, MOST_SHAPES), field_of_view: number(50, 5, 150) },
  problem(/** @type {Camera} */ { keyframes }) {
    const wrong = keyframes.findIndex((key, k) => k && key.time <= keyframes[k - 1].time);
    if (wrong > 0) return [`keyframes[${wrong}].time`, "is not later than the keyframe before it"];
    if (keyframes[0]?.time === 0 && !isNeutral(keyframes[0]))
      return ["keyframes[0]", "the camera at time 0 is where the picture was taken; it cannot be moved"];
  },
});
export const DOCUMENT = object({
  layers: list(LAYER, 200),
  camera: CAMERA,
  loop: choice("none", "seamless"),
  frame: whole(0, 0, 100_000),
});
