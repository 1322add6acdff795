// @ts-check
/**
 * Strokes and polygons to coverage on a grid of cells, by the `soft` rule of motion/region.py: S(0.5 - (d
 * + s/2)/(w + s)). A capsule's cells are found row by row: those surely inside are filled, only those in
 * its soft edge are computed.
 */

import { extent } from "./geometry.mjs";

/** @typedef {import("./declarations.mjs").Region} Region */
/** @typedef {import("./raster.mjs").Box} Box */

const STEPS = 1024;
/** S(t) x 255 at t = i / STEPS */
const SMOOTH = Float32Array.from(
  { length: STEPS + 1 },
  (_, i) => 255 * (i / STEPS) ** 2 * (3 - (2 * i) / STEPS),
);

export class Painter {
  /** @type {number[]} left and right of a capsule's row, filled by #span */ #at = [0, 0];

  /** @param {number} width cells @param {number} height @param {number} aspect */
  constructor(width, height, aspect) {
    this.width = width;
    this.height = height;
    this.extent = extent(aspect);
    this.cellX = this.extent[0] / width;
    this.cellY = this.extent[1] / height;
  }

  /** Width of the soft edge in units. @param {Region} region */
  edge({ feather }) {
    return Math.max(feather, this.cellX, this.cellY);
  }

  /** By how much a shape grows. @param {Region} region @param {string} mode */
  growth({ grow, invert }, mode) {
    return (mode === "erase") === invert ? grow : -grow;
  }

  /** @param {Uint8ClampedArray} target @param {Box} box */
  clear(target, [left, top, right, bottom]) {
    for (let row = top; row < bottom; row++)
      target.fill(0, row * this.width + left, row * this.width + right);
  }

  /**
   * Draw a stroke's capsules by their maximum, from the point `first` on. Returns the box of what may have
   * been drawn. @param {Uint8ClampedArray} target @param {import("./declarations.mjs").Stroke} stroke
   * @param {Region} region @returns {Box}
   */
  stroke(target, { points, radius, hardness, mode }, region, first = 0) {
    const [unitsX, unitsY] = this.extent;
    const shape = { grow: this.growth(region, mode), softness: 1 - hardness, edge: this.edge(region) };
    /** @type {Box} */
    const box = [this.width, this.height, 0, 0];
    for (let i = first; i < Math.max(points.length - 1, first + 1); i++) {
      const a = points[i],
        b = points[Math.min(i + 1, points.length - 1)];
      this.#capsule(
        target,
        a[0] * unitsX,
        a[1] * unitsY,
        a[2] * radius,
        b[0] * unitsX,
        b[1] * unitsY,
        b[2] * radius,
        shape,
        box,
      );
    }
    return box[0] < box[2] ? box : [0, 0, 0, 0];
  }

  /**
   * @param {Uint8ClampedArray} target @param {number} ax units @param {number} ay @param {number} ar radius
   * @param {number} bx @param {number} by @param {number} br
   * @param {{grow: number, softness: number, edge: number}} shape @param {Box} box grows by what is drawn
   */
  #capsule(target, ax, ay, ar, bx, by, br, { grow, softness, edge }, box) {
    const { width, height, cellX, cellY } = this;
    const outer = Math.max(ar, br) + grow + edge / 2; // farther out the coverage is 0, and
    const inner = Math.min(ar, br) * (1 - softness) + grow - edge / 2; // farther in it is 1
    if (outer <= 0) return;
    const dx = bx - ax,
      dy = by - ay,
      dr = br - ar;
    const scale = 1 / Math.max(dx * dx + dy * dy, 1e-12);
    const top = Math.max(Math.ceil((Math.min(ay, by) - outer) / cellY - 0.5), 0);
    const bottom = Math.min(Math.floor((Math.max(ay, by) + outer) / cellY - 0.5), height - 1);
    const at = this.#at;
    for (let row = top; row <= bottom; row++) {
      const y = (row + 0.5) * cellY;
      if (!this.#span(ax, ay, bx, by, outer, y)) continue;
      const left = Math.max(Math.ceil(at[0] / cellX - 0.5), 0);
      const right = Math.min(Math.floor(at[1] / cellX - 0.5), width - 1);
      if (left > right) continue;
      let full = right + 1,
        past = right + 1;
      if (inner > 0 && this.#span(ax, ay, bx, by, inner, y)) {
        full = Math.min(Math.max(Math.ceil(at[0] / cellX - 0.5), left), right + 1);
        past = Math.max(Math.min(Math.floor(at[1] / cellX - 0.5), right) + 1, full);
        target.fill(255, row * width + full, row * width + past);
      }
      const py = y - ay;
      for (let column = left; column <= right; column++) {
        if (column === full && (column = past) > right) break;
        const i = row * width + column;
        if (target[i] === 255) continue;
        const px = (column + 0.5) * cellX - ax;
        let t = (px * dx + py * dy) * scale;
        t = t < 0 ? 0 : t > 1 ? 1 : t;
        const ox = px - t * dx,
          oy = py - t * dy;
        const r = ar + t * dr,
          s = softness * r;
        const level = 0.5 - (Math.sqrt(ox * ox + oy * oy) - r - grow + s / 2) / (edge + s);
        if (level <= 0) continue;
        const cover = level >= 1 ? 255 : SMOOTH[(level * STEPS + 0.5) | 0];
        if (cover > target[i]) target[i] = cover;
      }
      if (left < box[0]) box[0] = left;
      if (right >= box[2]) box[2] = right + 1;
      if (row < box[1]) box[1] = row;
      if (row >= box[3]) box[3] = row + 1;
    }
  }

  /**
   * Whether the row at y meets what lies within `reach` of the segment ab; from where to where is put in
   * #at. @param {number} ax @param {number} ay @param {number} bx @param {number} by
   * @param {number} reach @param {number} y
   */
  #span(ax, ay, bx, by, reach, y) {
    let left = Infinity,
      right = -Infinity;
    const squared = reach * reach;
    const fromA = squared - (y - ay) * (y - ay),
      fromB = squared - (y - by) * (y - by);
    if (fromA >= 0) {
      const half = Math.sqrt(fromA);
      left = ax - half;
      right = ax + half;
    }
    if (fromB >= 0) {
      const half = Math.sqrt(fromB);
      if (bx - half < left) left = bx - half;
      if (bx + half > right) right = bx + half;
    }
    const length = Math.sqrt((bx - ax) * (bx - ax) + (by - ay) * (by - ay));
    if (length > 0) {
      const nx = ((ay - by) / length) * reach,
        ny = ((bx - ax) / length) * reach;
      for (let side = -1; side <= 1; side += 2) {
        const t = by === ay ? -1 : (y - ay - side * ny) / (by - ay); // a level side adds nothing to the ends
        if (t < 0 || t > 1) continue;
        const x = ax + side * nx + t * (bx - ax);
        if (x < left) left = x;
        if (x > right) right = x;
      }
    }
    this.#at[0] = left;
    this.#at[1] = right;
    return left <= right;
  }

  /**
   * Draw a polygon, inside by the even-odd rule, into a clear box. Returns the box.
   * @param {Uint8ClampedArray} target @param {import("./declarations.mjs").Polygon} polygon
   * @param {Region} region @returns {Box}
   */
  polygon(target, { points, mode }, region) {
    const { width, height, cellX, cellY } = this;
    const grow = this.growth(region, mode),
      edge = this.edge(region);
    const corners = points.map(([x, y]) => [x * this.extent[0], y * this.extent[1]]);
    const reach = Math.abs(grow) + edge / 2;
    const box = this.#around(corners, reach);
    const [left, top, right, bottom] = box;
    const columns = right - left,
      rows = bottom - top;
    if (columns <= 0 || rows <= 0) return [0, 0, 0, 0];
    const flips = new Uint8Array((columns + 1) * rows); // an edge turns inside and outside for all cells left of it
    const squared = new Float32Array(columns * rows).fill(reach * reach * 4 + 1); // squared distance to the outline
    corners.forEach(([bx, by], k) => {
      const [ax, ay] = corners.at(k - 1) ?? [bx, by];
      // A row more at both ends: a corner may lie exactly on a row, and its two edges must see the same row.
      const first = Math.max(Math.ceil(Math.min(ay, by) / cellY - 1.5), top);
      const last = Math.min(Math.floor(Math.max(ay, by) / cellY + 0.5), bottom - 1);
      for (let row = first; row <= last; row++) {
        const y = (row + 0.5) * cellY;
        if (ay <= y === by <= y) continue;
        const x = ax + (y - ay) * ((bx - ax) / (by - ay));
        const column = Math.min(Math.max(Math.ceil(x / cellX - 0.5), left), right) - left;
        flips[(row - top) * (columns + 1) + column] ^= 1;
      }
      this.#near(squared, box, ax, ay, bx, by, reach);
    });
    for (let row = 0; row < rows; row++) {
      let inside = 0;
      for (let column = columns - 1; column >= 0; column--) {
        inside ^= flips[row * (columns + 1) + column + 1];
        const distance = Math.sqrt(squared[row * columns + column]);
        const level = 0.5 - ((inside ? -distance : distance) - grow) / edge;
        if (level <= 0) continue;
        target[(row + top) * width + column + left] = level >= 1 ? 255 : SMOOTH[(level * STEPS + 0.5) | 0];
      }
    }
    return [left, top, Math.min(right, width), Math.min(bottom, height)];
  }

  /**
   * Squared distances to a segment where it is nearer than what is known. @param {Float32Array} squared
   * @param {Box} box @param {number} ax @param {number} ay @param {number} bx @param {number} by
   * @param {number} reach
   */
  #near(squared, [left, top, right, bottom], ax, ay, bx, by, reach) {
    const { cellX, cellY } = this;
    const dx = bx - ax,
      dy = by - ay;
    const scale = 1 / Math.max(dx * dx + dy * dy, 1e-12);
    const first = Math.max(Math.ceil((Math.min(ay, by) - reach) / cellY - 0.5), top);
    const last = Math.min(Math.floor((Math.max(ay, by) + reach) / cellY - 0.5), bottom - 1);
    for (let row = first; row <= last; row++) {
      const y = (row + 0.5) * cellY;
      if (!this.#span(ax, ay, bx, by, reach, y)) continue;
      const from = Math.max(Math.ceil(this.#at[0] / cellX - 0.5), left);
      const to = Math.min(Math.floor(this.#at[1] / cellX - 0.5), right - 1);
      const py = y - ay;
      for (let column = from; column <= to; column++) {
        const px = (column + 0.5) * cellX - ax;
        let t = (px * dx + py * dy) * scale;
        t = t < 0 ? 0 : t > 1 ? 1 : t;
        const ox = px - t * dx,
          oy = py - t * dy;
        const here = ox * ox + oy * oy;
        const i = (row - top) * (right - left) + column - left;
        if (here < squared[i]) squared[i] = here;
      }
    }
  }

  /**
   * @param {number[][]} points units @param {number} reach
   * @returns {Box} cells whose centres may lie within reach
   */
  #around(points, reach) {
    const xs = points.map(([x]) => x),
      ys = points.map(([, y]) => y);
    const clip = (/** @type {number} */ value, /** @type {number} */ most) =>
      Math.min(Math.max(value, 0), most);
    return [
      clip(Math.floor((Math.min(...xs) - reach) / this.cellX - 0.5), this.width),
      clip(Math.floor((Math.min(...ys) - reach) / this.cellY - 0.5), this.height),
      clip(Math.ceil((Math.max(...xs) + reach) / this.cellX + 0.5), this.width),
      clip(Math.ceil((Math.max(...ys) + reach) / this.cellY + 0.5), this.height),
    ];
  }
}
