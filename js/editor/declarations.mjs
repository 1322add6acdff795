// @ts-check
/** The members of a motion document, declared as in motion/document.py, which explains them. */

import { DocumentError } from "./json.mjs";
import { boolean, choice, integer, many, nested, number, numbers, optional, shown, text } from "./schema.mjs";

/**
 * @typedef {readonly number[]} Point
 * @typedef {string | Point | readonly Point[]} Ease
 * @typedef {{points: readonly Point[], radius: number, hardness: number, mode: string}} Stroke
 * @typedef {{points: readonly Point[], mode: string}} Polygon
 * @typedef {{everything: boolean, mask: number | null, polygons: readonly Polygon[], strokes: readonly Stroke[],
 *   invert: boolean, grow: number, feather: number}} Region
 * @typedef {{points: readonly Point[], corners: readonly number[], times: Point | null}} Path
 * @typedef {{amount: number, speed: number, seed: number}} Ambient
 * @typedef {{paths: readonly Path[], horizontal: number, vertical: number, proximity: number, rotation: number,
 *   pivot: Point | null, ambient: Ambient, ease: Ease, start: number, end: number,
 *   loop: "none" | "repeat" | "pingpong", fit: "rigid" | "similarity"}} Motion
 * @typedef {{name: string, visible: boolean, locked: boolean, color: string, region: Region, motion: Motion,
 *   freeze: boolean, order: number}} Layer
 * @typedef {{time: number, pan: number, tilt: number, truck: number, pedestal: number, dolly: number, zoom: number,
 *   roll: number, ease: Ease}} Keyframe
 * @typedef {{keyframes: readonly Keyframe[], field_of_view: number}} Camera
 * @typedef {{layers: readonly Layer[], camera: Camera}} MotionDocument
 */

export const EASINGS = ["linear", "ease_in", "ease_out", "ease_in_out"];
/** @type {[number, number]} strokes may run over the edge */ const ON_CANVAS = [-1, 2];
/** @type {[number, number]} paths may leave the picture */ const OFF_CANVAS = [-4, 5];

const strokePoint = numbers(ON_CANVAS, ON_CANVAS, [0, 1]);
const withPressure = (/** @type {any} */ point) =>
  Array.isArray(point) && point.length === 2 ? [...point, 1] : point;
const pressedPoint = {
  read: (/** @type {any} */ point, /** @type {string} */ place) =>
    strokePoint.read(withPressure(point), place),
  /** Two decimals of pressure do. @param {any} point */
  fit(point) {
    if (!Array.isArray(point)) return point;
    const [x, y, pressure] = strokePoint.fit(withPressure(point));
    return [x, y, Math.round(pressure * 100) / 100];
  },
};
const pathPoint = numbers(OFF_CANVAS, OFF_CANVAS);

const easeName = choice(...EASINGS);
const bezier = numbers([0, 1], [-2, 3], [0, 1], [-2, 3]);
const easeCurve = many(numbers([0, 1], [-2, 3]), 2);
const easeKind = {
  value: "linear",
  /** @param {any} value @param {string} place */
  read(value, place) {
    if (typeof value === "string") return easeName.read(value, place);
    if (!Array.isArray(value)) {
      throw new DocumentError(place, `${shown(value)} is not an easing name, a Bezier or a curve`);
    }
    if (value.length && !Array.isArray(value[0])) return bezier.read(value, place);
    const curve = easeCurve.read(value, place);
    const times = curve.map((/** @type {Point} */ point) => point[0]);
    if (times[0] !== 0 || times.at(-1) !== 1 || !rises(times)) {
      throw new DocumentError(place, "the times of a curve must rise from 0 to 1");
    }
    if (curve[0][1] !== 0)
      throw new DocumentError(`${place}[0]`, `a curve begins at value 0, not ${curve[0][1]}`);
    return curve;
  },
  fit: (/** @type {any} */ value) =>
    (Array.isArray(value?.[0]) ? easeCurve : Array.isArray(value) ? bezier : easeName).fit(value),
};

/** @param {readonly number[]} times */
const rises = (times) => times.every((time, index) => !index || time > times[index - 1]);

export const strokeKind = {
  members: {
    points: many(pressedPoint, 1),
    radius: number(0.0005, 2, 0.05),
    hardness: number(0, 1, 1),
    mode: choice("paint", "erase"),
  },
};

export const polygonKind = {
  members: { points: many(numbers(ON_CANVAS, ON_CANVAS), 3), mode: choice("paint", "erase") },
};

export const regionKind = {
  members: {
    everything: boolean(),
    mask: optional(integer(0, 1000)),
    polygons: many(nested(polygonKind, true)),
    strokes: many(nested(strokeKind, true)),
    invert: boolean(),
    grow: number(-0.5, 0.5, 0),
    feather: number(0, 1, 0.01),
  },
};

export const pathKind = {
  members: {
    points: many(pathPoint, 2),
    corners: many(integer(0, 100_000)),
    times: optional(many(number(0, 1))),
  },
  /** @param {Path} path @returns {[string, string] | undefined} */
  problem({ points, corners, times }) {
    const wrong = corners.findIndex((corner) => corner >= points.length);
    if (wrong >= 0)
      return [`corners[${wrong}]`, `${corners[wrong]} is not a point of this path of ${points.length}`];
    if (times && times.length !== points.length) {
      return ["times", `holds ${times.length} times for ${points.length} points`];
    }
    if (times && (times[0] !== 0 || !rises(times))) return ["times", "must rise from 0"];
  },
};

export const ambientKind = {
  members: { amount: number(0, 0.5, 0), speed: number(0, 20, 1), seed: integer(0, 2 ** 31 - 1, 0) },
};

export const motionKind = {
  members: {
    paths: many(nested(pathKind, true)),
    horizontal: number(-4, 4, 0),
    vertical: number(-4, 4, 0),
    proximity: number(-8, 8, 0),
    rotation: number(-3600, 3600, 0),
    pivot: optional(pathPoint),
    ambient: nested(ambientKind),
    ease: easeKind,
    start: number(0, 1, 0),
    end: number(0, 1, 1),
    loop: choice("none", "repeat", "pingpong"),
    fit: choice("rigid", "similarity"),
  },
  /** @param {Motion} motion @returns {[string, string] | undefined} */
  problem({ start, end }) {
    if (end <= start) return ["end", `${end} must be later than start, ${start}`];
  },
};

export const layerKind = {
  members: {
    name: text(),
    visible: boolean(true),
    locked: boolean(),
    color: text(),
    region: nested(regionKind),
    motion: nested(motionKind),
    freeze: boolean(),
    order: integer(-1000, 1000, 0),
  },
};

export const keyframeKind = {
  members: {
    time: number(0, 1, 0),
    pan: number(-80, 80, 0),
    tilt: number(-80, 80, 0),
    truck: number(-10, 10, 0),
    pedestal: number(-10, 10, 0),
    dolly: number(-20, 0.9, 0),
    zoom: number(0.05, 20, 1),
    roll: number(-3600, 3600, 0),
    ease: easeKind,
  },
};

export const cameraKind = {
  members: { keyframes: many(nested(keyframeKind, true)), field_of_view: number(5, 150, 50) },
  /** @param {Camera} camera @returns {[string, string] | undefined} */
  problem({ keyframes }) {
    const wrong = keyframes.findIndex((key, index) => index && key.time <= keyframes[index - 1].time);
    if (wrong > 0) {
      return [
        `keyframes[${wrong}].time`,
        `${keyframes[wrong].time} is not later than the keyframe before it`,
      ];
    }
    if (keyframes[0]?.time === 0 && !isNeutral(keyframes[0])) {
      return ["keyframes[0]", "the camera at time 0 is where the picture was taken; it cannot be moved"];
    }
  },
};

export const documentKind = {
  members: { layers: many(nested(layerKind, true)), camera: nested(cameraKind) },
};

/** @param {Keyframe} key @returns {boolean} */
export const isNeutral = (key) =>
  key.zoom === 1 && !(key.pan || key.tilt || key.truck || key.pedestal || key.dolly || key.roll);
