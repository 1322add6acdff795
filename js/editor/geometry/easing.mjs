// @ts-check
/**
 * Timing, as in motion/field/easing.py: from the clip's time to a layer's progress, and from progress to eased
 * progress.
 */

import { Curve } from "./curve.mjs";
import { argumentAt, monotone } from "./monotone.mjs";

/** @import { Ease, Motion, Path, Point } from "../types" */

/** @type {Record<string, (s: number) => number>} */
const NAMED = {
  linear: (s) => s,
  ease_in: (s) => s * s,
  ease_out: (s) => s * (2 - s),
  ease_in_out: (s) => s * s * (3 - 2 * s),
};

/**
 * Progress 0..1 of a motion from `start` to `end`. @param {number} time @param {number} start
 * @param {number} end
 * @param {string} loop "none" holds, "repeat" begins again, "pingpong" runs back and forth
 */
export function progress(time, start, end, loop) {
  const rounds = Math.max((time - start) / (end - start), 0);
  // After a whole number of rounds the motion has arrived, so that the clip's last frame shows its end.
  if (loop === "repeat") return rounds && Math.min(Math.max(rounds - Math.ceil(rounds - 1e-9) + 1, 0), 1);
  if (loop === "pingpong") return 1 - Math.abs(1 - (rounds % 2));
  return Math.min(rounds, 1);
}

/**
 * Progress 0..1 of a motion in a seamless loop, 0 at both ends of the clip, as `seamless_progress` in easing.py. @param {number} time
 * @param {number} start @param {number} end @param {string} loop
 */
export function seamlessProgress(time, start, end, loop) {
  if (loop === "none") return pendulum(Math.min(Math.max((time - start) / (end - start), 0), 1));
  const there = loop === "pingpong" ? 2 : 1;
  const rounds = Math.max(1, Math.floor((1 - start) / (end - start) / there + 0.5));
  let at = Math.min(Math.max((time - start) / (1 - start), 0), 1) * rounds;
  if (Math.abs(at - Math.round(at)) < 1e-9) at = Math.round(at);
  return there === 1 ? at % 1 : 1 - Math.abs(1 - ((2 * at) % 2));
}

/** From 0 to 1 and back while the time runs from 0 to 1. @param {number} time */
export const pendulum = (time) => (1 - Math.cos(2 * Math.PI * time)) / 2;

/** The eased progress of a motion at a time of the clip. @param {Motion} motion @param {number} time @param {boolean} seamless */
export const easedProgress = ({ start, end, loop, ease: easing }, time, seamless) =>
  ease(easing, (seamless ? seamlessProgress : progress)(time, start, end, loop));

/**
 * Eased progress: a name, a CSS Bezier [x1,y1,x2,y2] or a monotone curve [[time,value],…]. @param {Ease} kind
 * @param {number} s
 */
export function ease(kind, s) {
  if (typeof kind === "string") return NAMED[kind](s);
  if (typeof kind[0] === "number") return cubicBezier(/** @type {Point} */ (kind), s);
  const curve = /** @type {readonly Point[]} */ (kind);
  return monotone(
    curve.map(([time]) => time),
    curve.map(([, value]) => value),
    s,
  );
}

/** @param {Point} bezier @param {number} s */
function cubicBezier([x1, y1, x2, y2], s) {
  if (s <= 0 || s >= 1) return s <= 0 ? 0 : 1;
  const along = (/** @type {number} */ a, /** @type {number} */ b, /** @type {number} */ u) =>
    u * (3 * a * (1 - u) ** 2 + u * (3 * b * (1 - u) + u));
  return along(
    y1,
    y2,
    argumentAt((u) => along(x1, x2, u), s),
  );
}

/**
 * The position [length][x,y] on a path in every frame of a clip, so that its speed can be drawn.
 * @param {{motion: Motion}} layer @param {Path} path @param {number} length frames @param {number} aspect
 * @param {boolean} [seamless] whether the clip is a seamless loop
 */
export function pathTicks({ motion }, path, length, aspect, seamless = false) {
  const curve = new Curve(path.points, path.corners, path.times, aspect);
  return Array.from({ length }, (_, frame) => {
    const time = frame / Math.max(seamless ? length : length - 1, 1);
    return curve.position(easedProgress(motion, time, seamless));
  });
}
