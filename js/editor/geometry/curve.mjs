// @ts-check
/**
 * Paths: centripetal Catmull-Rom curves through an artist's points, followed at constant speed, as in
 * motion/field/path.py.
 */

import { distance, distanceToSegment, mix, nearestShare } from "./geometry.mjs";
import { argumentAt, monotone } from "./monotone.mjs";
import { extent, fromUnits } from "./units.mjs";

/** @import { Point } from "../types" */

const SAMPLES = 64; // samples of a segment between two points

/** A path as a curve. Points are given and returned in document coordinates; lengths and distances are in units. */
export class Curve {
  /** @type {Point[]} points of the curve in units, SAMPLES for each segment between distinct points */ #samples;
  /** @type {number[]} length of the curve up to each sample */ #arc;
  /** @type {number[]} index of the distinct point that equals each given point */ #distinct;
  // The share of the length that is argumentAt at a progress; null without times, where both are equal.
  /** @type {((progress: number) => number) | null} */ #share = null;

  /**
   * @param {readonly Point[]} points @param {Point} [corners] @param {Point | null} [times]
   * @param {number} [aspect]
   */
  constructor(points, corners = [], times = null, aspect = 1) {
    this.aspect = aspect;
    const [width, height] = extent(aspect);
    const given = points.map(([x, y]) => [x * width, y * height]);
    /** @type {Point[]} */
    const knots = [];
    this.#distinct = given.map((point, k) => {
      // As in Python, a point is compared with the given point before it, not with the last distinct one.
      if (!k || distance(given[k - 1], point) > 1e-9) knots.push(point);
      return knots.length - 1;
    });
    this.#samples = sampledSpline(knots, new Set(corners.map((corner) => this.#distinct[corner])));
    let along = 0;
    this.#arc = this.#samples.map((sample, i) => (along += i && distance(this.#samples[i - 1], sample)));
    this.length = along;
    if (!times || !along) return;
    const values = points.map((_, k) => this.share(k));
    this.#share = (progress) => monotone(times, values, Math.min(Math.max(progress, 0), 1));
  }

  /** Share of the length at which a given point lies. @param {number} index */
  share(index) {
    return this.length && this.#arc[this.#distinct[index] * SAMPLES] / this.length;
  }

  /** The position [x,y] at an eased progress. Below 0 and above 1 the curve continues as a straight line. @param {number} progress */
  position(progress) {
    return this.#at((this.#share?.(progress) ?? progress) * this.length);
  }

  /** Evenly spaced positions [n][x,y] along the curve, or all samples. @param {number} [count] */
  polyline(count) {
    if (!count || !this.length) return this.#samples.map((sample) => fromUnits(sample, this.aspect));
    return Array.from({ length: count }, (_, k) => this.#at((k / Math.max(count - 1, 1)) * this.length));
  }

  /**
   * The place of the curve that is nearest to a point: its progress (0..1), the index of the given point where its
   * segment begins, and the distance in units. @param {Point} point
   */
  nearest([x, y]) {
    const [width, height] = extent(this.aspect);
    const point = [x * width, y * height];
    const samples = this.#samples;
    let nearest = distance(point, samples[0]);
    let along = 0;
    let sample = 0;
    for (let i = 0; i + 1 < samples.length; i++) {
      const here = distanceToSegment(point, samples[i], samples[i + 1]);
      if (here >= nearest) continue;
      nearest = here;
      sample = i;
      const share = nearestShare(point, samples[i], samples[i + 1]);
      along = this.#arc[i] + share * (this.#arc[i + 1] - this.#arc[i]);
    }
    const share = this.length && along / this.length;
    const segment = Math.max(this.#distinct.lastIndexOf(Math.floor(sample / SAMPLES)), 0);
    return { progress: this.#share ? argumentAt(this.#share, share) : share, segment, distance: nearest };
  }

  /** The position at a length from the beginning. @param {number} along */
  #at(along) {
    const samples = this.#samples;
    const arc = this.#arc;
    let low = 0;
    let high = arc.length - 2;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (arc[middle] <= along) low = middle;
      else high = middle - 1;
    }
    const share = this.length && (along - arc[low]) / (arc[low + 1] - arc[low] || 1);
    return fromUnits(this.length ? mix(samples[low], samples[low + 1], share) : samples[0], this.aspect);
  }
}

/**
 * Samples of the centripetal Catmull-Rom spline (Yuksel et al. 2011): knots are spaced by the square root of
 * the distance; at the ends and at corners the tangent is that of the straight line to the neighbour.
 * @param {Point[]} points distinct, in units @param {Set<number>} corners @returns {Point[]}
 */
function sampledSpline(points, corners) {
  const last = points.length - 1;
  const axes = [0, 1];
  const knots = points.slice(1).map((point, i) => Math.sqrt(distance(points[i], point)));
  const speed = knots.map((knot, i) => axes.map((axis) => (points[i + 1][axis] - points[i][axis]) / knot));
  const tangents = points.map((_, i) => {
    if (i === 0 || i === last || corners.has(i)) return null;
    // Derivative of the quadratic through three neighbours.
    const across = (/** @type {number} */ axis) =>
      (points[i + 1][axis] - points[i - 1][axis]) / (knots[i - 1] + knots[i]);
    return axes.map((axis) => speed[i - 1][axis] - across(axis) + speed[i][axis]);
  });
  return points.flatMap((point, i) => {
    if (i === last) return [point];
    const next = points[i + 1];
    const leaving = tangents[i] ?? speed[i];
    const arriving = tangents[i + 1] ?? speed[i];
    return Array.from({ length: SAMPLES }, (_, k) => {
      const u = k / SAMPLES;
      const v = 1 - u;
      const bent = knots[i] * u * v;
      return axes.map(
        (axis) =>
          (1 + 2 * u) * v * v * point[axis] +
          u * u * (3 - 2 * u) * next[axis] +
          bent * (v * leaving[axis] - u * arriving[axis]),
      );
    });
  });
}
