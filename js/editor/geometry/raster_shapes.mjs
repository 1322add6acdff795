// @ts-check
/**
 * Strokes and polygons on a grid of cells, with the soft edge of motion/field/region.py: S(0.5 - (d + s/2)/(w + s)).
 */

import { extent } from "./units.mjs";

/** @import { Box, Cells, Point, Polygon, Region, Stroke } from "../types" */

/** @param {number} t */
const smooth = (t) => t * t * (3 - 2 * t);
const STEPS = 1024;
/** S(t) x 255 at t = i / STEPS */
const SMOOTH = Float32Array.from({ length: STEPS + 1 }, (_, i) => 255 * smooth(i / STEPS));

/** @param {Box} a @param {Box} b @returns {Box} */
export const boxAroundBoth = (a, b) => [
  Math.min(a[0], b[0]),
  Math.min(a[1], b[1]),
  Math.max(a[2], b[2]),
  Math.max(a[3], b[3]),
];

export class Painter {
  /** @param {number} width cells @param {number} height @param {number} aspect */
  constructor(width, height, aspect) {
    this.width = width;
    this.height = height;
    this.extent = extent(aspect);
    this.cell = [this.extent[0] / width, this.extent[1] / height]; // units
    /** @type {Box} */ this.nowhere = [width, height, 0, 0];
  }

  /** A point and its radius in units. @param {Point} point @param {number} radius */
  #units([x, y, pressure = 1], radius) {
    return [x * this.extent[0], y * this.extent[1], pressure * radius];
  }

  /** How much a shape grows, and how wide its edge is. @param {Region} region @param {string} mode */
  #edge({ grow, invert, feather }, mode) {
    const growth = (mode === "erase") === invert ? grow : -grow;
    return { grow: growth, edge: Math.max(feather, ...this.cell), softness: 0 };
  }

  /**
   * Draws a stroke from its point `first` on as the maximum of its capsules; returns the box of the cells that may
   * have changed.
   * @param {Cells} target @param {Stroke} stroke @param {Region} region @returns {Box}
   */
  stroke(target, { points, radius, hardness, mode }, region, first = 0) {
    const shape = { ...this.#edge(region, mode), softness: 1 - hardness };
    let box = this.nowhere;
    for (let i = first; i === first || i < points.length - 1; i++) {
      const a = this.#units(points[i], radius);
      const b = this.#units(points[i + 1] ?? points[i], radius);
      box = boxAroundBoth(box, this.#capsule(target, a, b, shape));
    }
    return box;
  }

  /**
   * @param {Cells} target @param {Point} a units @param {Point} b @returns {Box}
   * @param {{grow: number, edge: number, softness: number}} shape
   */
  #capsule(target, [ax, ay, ar], [bx, by, br], { grow, edge, softness }) {
    const [cellX, cellY] = this.cell;
    const { width, height } = this;
    const outer = Math.max(ar, br) + grow + edge / 2; // farther out the coverage is 0
    if (outer <= 0) return this.nowhere;
    const left = Math.max(Math.ceil((Math.min(ax, bx) - outer) / cellX - 0.5), 0);
    const top = Math.max(Math.ceil((Math.min(ay, by) - outer) / cellY - 0.5), 0);
    const right = Math.min(Math.floor((Math.max(ax, bx) + outer) / cellX + 0.5), width);
    const bottom = Math.min(Math.floor((Math.max(ay, by) + outer) / cellY + 0.5), height);
    const dx = bx - ax;
    const dy = by - ay;
    const scale = 1 / Math.max(dx * dx + dy * dy, 1e-12);
    for (let row = top; row < bottom; row++) {
      const y = (row + 0.5) * cellY - ay;
      for (let column = left, i = row * width + left; column < right; column++, i++) {
        if (target[i] === 255) continue;
        const x = (column + 0.5) * cellX - ax;
        const along = (x * dx + y * dy) * scale;
        const share = along < 0 ? 0 : Math.min(along, 1);
        const offX = x - share * dx;
        const offY = y - share * dy;
        const squared = offX * offX + offY * offY;
        if (squared >= outer * outer) continue;
        const radius = ar + share * (br - ar);
        const soft = softness * radius;
        const level = 0.5 - (Math.sqrt(squared) - radius - grow + soft / 2) / (edge + soft);
        const cover = level >= 1 ? 255 : level <= 0 ? 0 : SMOOTH[(level * STEPS + 0.5) | 0];
        if (cover > target[i]) target[i] = cover;
      }
    }
    return left < right && top < bottom ? [left, top, right, bottom] : this.nowhere;
  }

  /**
   * Draws a polygon by the even-odd rule into empty cells. Outside, the coverage is that of its outline; inside, it
   * is the complement of an outline that grows the other way. @param {Cells} target
   * @param {Polygon} polygon @param {Region} region
   * @returns {Box}
   */
  polygon(target, { points, mode }, region) {
    const { width, height } = this;
    const [cellX, cellY] = this.cell;
    const shape = this.#edge(region, mode);
    const inner = new Uint8ClampedArray(target.length);
    const corners = points.map((point) => this.#units(point, 0));
    const sides = corners.map((corner, k) => [corners.at(k - 1) ?? corner, corner]);
    for (const [a, b] of sides) {
      this.#capsule(target, a, b, shape);
      this.#capsule(inner, a, b, { ...shape, grow: -shape.grow });
    }
    for (let row = 0; row < height; row++) {
      const y = (row + 0.5) * cellY;
      const crossing = sides.filter(([a, b]) => a[1] <= y !== b[1] <= y);
      const ends = crossing
        .map(([a, b]) => (a[0] + (y - a[1]) * ((b[0] - a[0]) / (b[1] - a[1]))) / cellX - 0.5)
        .sort((a, b) => a - b);
      for (let k = 0; k < ends.length; k += 2) {
        const last = Math.min(Math.ceil(ends[k + 1]), width);
        for (let column = Math.max(Math.ceil(ends[k]), 0); column < last; column++)
          target[row * width + column] = 255 - inner[row * width + column];
      }
    }
    return [0, 0, width, height];
  }
}
