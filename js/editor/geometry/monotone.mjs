// @ts-check
/** @import { Point } from "../types" */

/**
 * Cubic through (times, values) that does not overshoot between points and stays flat where two are equal:
 * Fritsch and Carlson, "Monotone piecewise cubic interpolation" (1980), with Butland's harmonic-mean slopes,
 * as in easing.py.
 * @param {Point} times @param {Point} values @param {number} s
 */
export function monotone(times, values, s) {
  let i = 0;
  while (i < times.length - 2 && times[i + 1] <= s) i++;
  const h = times[i + 1] - times[i];
  const u = Math.min(Math.max((s - times[i]) / h, 0), 1);
  const v = 1 - u;
  const bend = slope(times, values, i) * v - slope(times, values, i + 1) * u;
  return values[i] * (1 + 2 * u) * v * v + values[i + 1] * u * u * (3 - 2 * u) + h * u * v * bend;
}

/** @param {Point} times @param {Point} values @param {number} i */
function slope(times, values, i) {
  const secant = (/** @type {number} */ k) => (values[k + 1] - values[k]) / (times[k + 1] - times[k]);
  if (i === 0 || i === times.length - 1) return secant(Math.max(i - 1, 0));
  const left = secant(i - 1);
  const right = secant(i);
  if (!(left * right > 0)) return 0;
  const before = times[i] - times[i - 1];
  const after = times[i + 1] - times[i];
  const w1 = 2 * after + before;
  const w2 = after + 2 * before;
  return ((w1 + w2) * left * right) / (w1 * right + w2 * left);
}

/**
 * The argument at which a function that rises from 0 to 1 has a value, found by bisection.
 * @param {(at: number) => number} rising @param {number} value
 */
export function argumentAt(rising, value) {
  let low = 0;
  let high = 1;
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2;
    if (rising(middle) < value) low = middle;
    else high = middle;
  }
  return high;
}
