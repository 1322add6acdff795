// @ts-check
/**
 * Timing, as motion/easing.py: from the clip's time to a layer's progress, and from progress to eased
 * progress.
 */

import { Curve } from "./curve.mjs";
import { monotone } from "./monotone.mjs";

/** @typedef {import("./declarations.mjs").Ease} Ease */

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
  if (loop === "repeat") {
    // A whole number of rounds counts as arrived: the last frame of the clip is the end of the motion.
    return rounds > 0 ? Math.min(Math.max(rounds - Math.ceil(rounds - 1e-9) + 1, 0), 1) : 0;
  }
  if (loop === "pingpong") return 1 - Math.abs(1 - (rounds % 2));
  return Math.min(rounds, 1);
}

/** Eased progress: a name, a CSS Bezier [x1,y1,x2,y2] or a monotone curve [[time,value],…].
 * @param {Ease} kind @param {number} s @returns {number} */
export function ease(kind, s) {
  if (typeof kind === "string") return NAMED[kind](s);
  if (typeof kind[0] === "number") return cubicBezier(/** @type {readonly number[]} */ (kind), s);
  const curve = /** @type {readonly (readonly number[])[]} */ (kind);
  return monotone(
    curve.map(([time]) => time),
    curve.map(([, value]) => value),
    s,
  );
}

/** CSS cubic-bezier timing, found by bisection. @param {readonly number[]} bezier @param {number} s */
function cubicBezier([x1, y1, x2, y2], s) {
  if (s <= 0) return 0;
  if (s >= 1) return 1;
  const along = (/** @type {number} */ a, /** @type {number} */ b, /** @type {number} */ u) =>
    u * (3 * a * (1 - u) ** 2 + u * (3 * b * (1 - u) + u));
  let low = 0,
    high = 1;
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2;
    if (along(x1, x2, middle) < s) low = middle;
    else high = middle;
  }
  return along(y1, y2, (low + high) / 2);
}

/**
 * Where a path is in every frame of a clip, so that its speed can be seen: [length][x,y].
 * @param {{motion: import("./declarations.mjs").Motion}} layer
 * @param {import("./declarations.mjs").Path} path @param {number} length frames @param {number} aspect
 */
export function pathTicks({ motion }, path, length, aspect) {
  const curve = new Curve(path.points, path.corners, path.times, aspect);
  return Array.from({ length }, (_, frame) => {
    const time = length > 1 ? frame / (length - 1) : 0;
    return curve.position(ease(motion.ease, progress(time, motion.start, motion.end, motion.loop)));
  });
}
