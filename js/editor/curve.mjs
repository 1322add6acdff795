// @ts-check
/**
 * Paths: centripetal Catmull-Rom curves through an artist's points, run through at constant speed, as
 * motion/path.py. Points come and go in document coordinates; lengths and distances are in units (short
 * side = 1).
 */

import { extent } from "./geometry.mjs";
import { monotone } from "./monotone.mjs";

/** @typedef {readonly number[]} Point */

const SAMPLES = 64; // a segment

export class Curve {
  /** @type {Point[]} in units, 64 a segment between distinct points */ #samples;
  /** @type {Float64Array} length up to each sample */ #arc;
  /** @type {number[]} distinct point of each given point */ #distinct;
  /** @type {{times: Point, values: number[]} | null} */ #schedule = null;

  /**
   * @param {readonly Point[]} points @param {Point} [corners] @param {Point | null} [times]
   * @param {number} [aspect]
   */
  constructor(points, corners = [], times = null, aspect = 1) {
    this.extent = extent(aspect);
    const [width, height] = this.extent;
    /** @type {Point[]} */
    const knots = [];
    this.#distinct = points.map(([px, py], k) => {
      const point = [px * width, py * height];
      // Compared with the neighbour that was given, not with the last that was kept: so does Python.
      const before = k ? [points[k - 1][0] * width, points[k - 1][1] * height] : null;
      if (!before || Math.hypot(point[0] - before[0], point[1] - before[1]) > 1e-9) knots.push(point);
      return knots.length - 1;
    });
    this.#samples = sampledSpline(knots, new Set(corners.map((corner) => this.#distinct[corner])));
    this.#arc = new Float64Array(this.#samples.length);
    for (let i = 1; i < this.#arc.length; i++) {
      this.#arc[i] = this.#arc[i - 1] + apart(this.#samples[i - 1], this.#samples[i]);
    }
    this.length = this.#arc[this.#arc.length - 1];
    if (times && this.length > 0) this.#schedule = { times, values: points.map((_, k) => this.share(k)) };
  }

  /** Share of the length at which a given point lies. @param {number} index */
  share(index) {
    return this.length ? this.#arc[this.#distinct[index] * SAMPLES] / this.length : 0;
  }

  /**
   * Position [x,y] at eased progress; beyond 0 and 1 it goes on straight. @param {number} progress
   * @returns {number[]}
   */
  position(progress) {
    const samples = this.#samples;
    if (this.length === 0) return this.#document(samples[0]);
    if (this.#schedule) {
      const { times, values } = this.#schedule;
      progress = monotone(times, values, Math.min(Math.max(progress, 0), 1));
    }
    const along = progress * this.length;
    if (along <= 0) return this.#document(beyond(samples[1], samples[0], -along));
    const last = samples.length - 1;
    if (along >= this.length)
      return this.#document(beyond(samples[last - 1], samples[last], along - this.length));
    const i = this.#sampleBefore(along);
    return this.#document(
      mixed(samples[i], samples[i + 1], (along - this.#arc[i]) / (this.#arc[i + 1] - this.#arc[i])),
    );
  }

  /** Evenly spaced positions [n][x,y] along the curve, or all samples. @param {number} [count] */
  polyline(count) {
    if (!count || this.length === 0) return this.#samples.map((sample) => this.#document(sample));
    return Array.from({ length: count }, (_, k) => {
      const along = count > 1 ? (k / (count - 1)) * this.length : 0;
      const i = this.#sampleBefore(along);
      const step = this.#arc[i + 1] - this.#arc[i];
      return this.#document(
        mixed(this.#samples[i], this.#samples[i + 1], step ? (along - this.#arc[i]) / step : 0),
      );
    });
  }

  /**
   * The place of the curve nearest to a point: the progress at which it is passed (0..1), the given point
   * that begins its segment, and the distance in units. @param {Point} point
   */
  nearest([px, py]) {
    const x = px * this.extent[0],
      y = py * this.extent[1];
    const samples = this.#samples;
    let distance = Math.hypot(x - samples[0][0], y - samples[0][1]),
      along = 0,
      sample = 0;
    for (let i = 0; i + 1 < samples.length; i++) {
      const [ax, ay] = samples[i];
      const dx = samples[i + 1][0] - ax,
        dy = samples[i + 1][1] - ay;
      const t = Math.min(Math.max(((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1), 0), 1);
      const here = Math.hypot(x - ax - t * dx, y - ay - t * dy);
      if (here >= distance) continue;
      [distance, along, sample] = [here, this.#arc[i] + t * (this.#arc[i + 1] - this.#arc[i]), i];
    }
    const segment = Math.max(this.#distinct.lastIndexOf(Math.floor(sample / SAMPLES)), 0);
    return { progress: this.#passedAt(this.length ? along / this.length : 0), segment, distance };
  }

  /** @param {number} share of the length @returns {number} the progress at which it is reached */
  #passedAt(share) {
    if (!this.#schedule) return share;
    const { times, values } = this.#schedule;
    let low = 0,
      high = 1;
    for (let i = 0; i < 40; i++) {
      const middle = (low + high) / 2;
      if (monotone(times, values, middle) < share) low = middle;
      else high = middle;
    }
    return high;
  }

  /** @param {number} along */
  #sampleBefore(along) {
    let low = 0,
      high = this.#arc.length - 2;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#arc[middle] <= along) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** @param {Point} units */
  #document([x, y]) {
    return [x / this.extent[0], y / this.extent[1]];
  }
}

/** @param {Point} a @param {Point} b */
const apart = (a, b) => Math.hypot(b[0] - a[0], b[1] - a[1]);

/** @param {Point} a @param {Point} b @param {number} t */
const mixed = (a, b, t) => [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t];

/**
 * The point at a distance beyond b, coming from a. @param {Point} a @param {Point} b
 * @param {number} distance
 */
function beyond(a, b, distance) {
  const length = Math.max(apart(a, b), 1e-12);
  return [b[0] + ((b[0] - a[0]) * distance) / length, b[1] + ((b[1] - a[1]) * distance) / length];
}

/**
 * Samples of the centripetal Catmull-Rom spline (Yuksel et al. 2011): knots are spaced by the square root
 * of the distance; at the ends and at corners the tangent is that of the straight line to the neighbour.
 * @param {Point[]} points distinct, in units @param {Set<number>} corners @returns {Point[]}
 */
function sampledSpline(points, corners) {
  const last = points.length - 1;
  if (!last) return points;
  const knots = points.slice(1).map((point, i) => Math.sqrt(apart(points[i], point)));
  const speed = knots.map((knot, i) => [0, 1].map((axis) => (points[i + 1][axis] - points[i][axis]) / knot));
  // Derivative of the quadratic through three neighbours.
  const smooth = (/** @type {number} */ i) =>
    [0, 1].map(
      (axis) =>
        speed[i - 1][axis] -
        (points[i + 1][axis] - points[i - 1][axis]) / (knots[i - 1] + knots[i]) +
        speed[i][axis],
    );
  const tangents = points.map((_, i) => (i === 0 || i === last || corners.has(i) ? null : smooth(i)));
  const samples = [];
  for (let i = 0; i < last; i++) {
    const p = points[i],
      q = points[i + 1];
    const leaving = tangents[i] ?? speed[i],
      arriving = tangents[i + 1] ?? speed[i];
    for (let k = 0; k < SAMPLES; k++) {
      const u = k / SAMPLES,
        v = 1 - u;
      const atP = (1 + 2 * u) * v * v,
        atQ = u * u * (3 - 2 * u);
      const out = knots[i] * u * v * v,
        into = knots[i] * u * u * v;
      samples.push([
        p[0] * atP + q[0] * atQ + leaving[0] * out - arriving[0] * into,
        p[1] * atP + q[1] * atQ + leaving[1] * out - arriving[1] * into,
      ]);
    }
  }
  samples.push(points[last]);
  return samples;
}
