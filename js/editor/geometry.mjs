// @ts-check
/**
 * Geometry on the picture. *Units*: the short side of the picture is 1. *Document coordinates*: fractions
 * of its sides.
 */

/** @typedef {readonly number[]} Point */

/**
 * Width and height of a picture in units. @param {number} aspect width / height
 * @returns {[number, number]}
 */
export const extent = (aspect) => [Math.max(aspect, 1), Math.max(1 / aspect, 1)];

/** @param {Point} point document coordinates @param {number} aspect @returns {number[]} */
export function toUnits(point, aspect) {
  const [width, height] = extent(aspect);
  return [point[0] * width, point[1] * height, ...point.slice(2)];
}

/** @param {Point} point units @param {number} aspect @returns {number[]} */
export function fromUnits(point, aspect) {
  const [width, height] = extent(aspect);
  return [point[0] / width, point[1] / height, ...point.slice(2)];
}

/** @param {Point} a @param {Point} b */
export const distance = (a, b) => Math.hypot(b[0] - a[0], b[1] - a[1]);

/** @param {Point} a @param {Point} b @param {number} t */
export const mix = (a, b, t) => [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t];

/**
 * Share of the segment ab, 0..1, at which it is nearest to p. @param {Point} p @param {Point} a
 * @param {Point} b
 */
export function nearestShare(p, a, b) {
  const dx = b[0] - a[0],
    dy = b[1] - a[1];
  const squared = dx * dx + dy * dy;
  return squared ? Math.min(Math.max(((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / squared, 0), 1) : 0;
}

/** @param {Point} p @param {Point} a @param {Point} b */
export const distanceToSegment = (p, a, b) => distance(p, mix(a, b, nearestShare(p, a, b)));

/** @param {Point} point @param {readonly Point[]} line */
export function distanceToPolyline(point, line) {
  let nearest = distance(point, line[0]);
  for (let i = 1; i < line.length; i++)
    nearest = Math.min(nearest, distanceToSegment(point, line[i - 1], line[i]));
  return nearest;
}

/** Even-odd. @param {Point} point @param {readonly Point[]} polygon */
export function isInside([x, y], polygon) {
  let inside = false;
  polygon.forEach(([bx, by], i) => {
    const [ax, ay] = polygon.at(i - 1) ?? [0, 0];
    if (ay <= y !== by <= y && x < ax + ((y - ay) * (bx - ax)) / (by - ay)) inside = !inside;
  });
  return inside;
}

/** Box [left, top, right, bottom] of points, or null of none. @param {readonly Point[]} points */
export function boxOf(points) {
  if (!points.length) return null;
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of points) {
    if (x < box[0]) box[0] = x;
    if (y < box[1]) box[1] = y;
    if (x > box[2]) box[2] = x;
    if (y > box[3]) box[3] = y;
  }
  return box;
}

/**
 * Ramer-Douglas-Peucker: those of the points [x,y] or [x,y,pressure] that keep the line within
 * `tolerance`, and the pressure within 0.05. @template {Point} P @param {readonly P[]} points
 * @param {number} tolerance @returns {P[]}
 */
export function simplify(points, tolerance) {
  return keptIndices(points, (point, a, b) => {
    const share = nearestShare(point, a, b);
    const pressure = point.length > 2 ? Math.abs(point[2] - a[2] - (b[2] - a[2]) * share) / 0.05 : 0;
    return Math.max(distance(point, mix(a, b, share)) / tolerance, pressure);
  }).map((index) => points[index]);
}

/**
 * Indices of the points to keep so that each left out is off the line between its kept neighbours by at
 * most 1. @template P @param {readonly P[]} points @param {(point: P, a: P, b: P) => number} off
 * @returns {number[]}
 */
export function keptIndices(points, off) {
  if (points.length < 3) return points.map((_, index) => index);
  const kept = new Set([0, points.length - 1]);
  const open = [[0, points.length - 1]];
  for (let range = open.pop(); range; range = open.pop()) {
    const [first, last] = range;
    let worst = 1,
      at = -1;
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
 * A stroke's points [x,y,pressure] (document) thinned as far as nobody sees it.
 * @param {readonly Point[]} points @param {number} radius @param {number} aspect
 */
export function simplifyStroke(points, radius, aspect) {
  const [width, height] = extent(aspect);
  const thinned = simplify(
    points.map(([x, y, p = 1]) => [x * width, y * height, p]),
    Math.min(radius * 0.03, 0.0015),
  );
  return thinned.map(([x, y, p]) => [x / width, y / height, p]);
}

export { fitSpline } from "./fitting.mjs";
