// @ts-check
/** Distances to lines, and lines with fewer points. */

import { fromUnits, toUnits } from "./units.mjs";

/** @import { Point } from "../types" */

/** @param {Point} a @param {Point} b */
export const distance = (a, b) => Math.hypot(b[0] - a[0], b[1] - a[1]);

/** @param {Point} a @param {Point} b @param {number} t */
export const mix = (a, b, t) => [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t];

/**
 * Share of the segment ab, 0..1, at which it is nearest to p. @param {Point} p @param {Point} a
 * @param {Point} b
 */
export function nearestShare(p, a, b) {
  const dx = b[0] - a[0];
  const dy = b[1] - a[1];
  const along = ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / (dx * dx + dy * dy || 1);
  return Math.min(Math.max(along, 0), 1);
}

/** @param {Point} p @param {Point} a @param {Point} b */
export const distanceToSegment = (p, a, b) => distance(p, mix(a, b, nearestShare(p, a, b)));

/**
 * Ramer-Douglas-Peucker: those of the points [x,y] or [x,y,pressure] that keep the line within `tolerance`,
 * and the pressure within 0.05. @template {Point} P @param {readonly P[]} points @param {number} tolerance
 * @returns {P[]}
 */
export const simplify = (points, tolerance) =>
  keptIndices(points, (point, a, b) => {
    const share = nearestShare(point, a, b);
    const pressure = point.length > 2 ? Math.abs(point[2] - a[2] - (b[2] - a[2]) * share) / 0.05 : 0;
    return Math.max(distance(point, mix(a, b, share)) / tolerance, pressure);
  }).map((index) => points[index]);

/**
 * Indices of the points to keep so that each left out is `off` the line between its kept neighbours by at
 * most 1.
 * @template P @param {readonly P[]} points @param {(point: P, a: P, b: P) => number} off
 */
export function keptIndices(points, off) {
  const end = points.length - 1;
  const kept = new Set(points.length ? [0, end] : []);
  const open = [[0, end]];
  for (let range = open.pop(); range; range = open.pop()) {
    const [first, last] = range;
    let worst = 1;
    let at = -1;
    for (let i = first + 1; i < last; i++) {
      const error = off(points[i], points[first], points[last]);
      if (error > worst) [worst, at] = [error, i];
    }
    if (at < 0) continue;
    kept.add(at);
    open.push([first, at], [at, last]);
  }
  return [...kept].sort((a, b) => a - b);
}

/**
 * The points [x,y,pressure] (document) of a stroke, without those that make no visible difference.
 * @param {readonly Point[]} points @param {number} radius @param {number} aspect
 */
export function simplifyStroke(points, radius, aspect) {
  const track = points.map(([x, y, pressure = 1]) => toUnits([x, y, pressure], aspect));
  return simplify(track, Math.min(radius * 0.03, 0.0015)).map((point) => fromUnits(point, aspect));
}
