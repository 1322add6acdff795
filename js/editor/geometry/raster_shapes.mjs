// @ts-check
/**
 * Strokes and polygons on a grid of cells, with the soft edge of motion/field/region.py: S(0.5 - (d + s/2)/(w + s)).
 */

import { extent } from "./units.mjs";

/** @typedef {{grow: number, edge: number, softness: number}} Edge */
/** @typedef {{a: Point, b: Point, edge: Edge}} Side a capsule in units */
/** @import { Box, Cells, Point, Polygon, Region, Stroke } from "../types" */

/** @param {number} t */
const smooth = (t) => t * t * (3 - 2 * t);
const FEW = 2; // capsules that are drawn one by one
const LEAF = 8; // cells
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

/**
 * Bounds of a capsule's levels (d + s/2) / (w + s) at all places within `reach` of one. @param {Side} side
 * @param {Point} place @param {number} reach @returns {[number, number]}
 */
function levelBounds({ a: [ax, ay, ar], b: [bx, by, br], edge: { grow, edge, softness } }, [x, y], reach) {
  const [dx, dy] = [bx - ax, by - ay];
  const squared = Math.max(dx * dx + dy * dy, 1e-12);
  const along = Math.min(Math.max(((x - ax) * dx + (y - ay) * dy) / squared, 0), 1);
  const distance = Math.hypot(x - ax - along * dx, y - ay - along * dy);
  const radius = ar + along * (br - ar);
  const change = Math.abs(br - ar) * Math.min(reach / Math.sqrt(squared), 1);
  /** @param {number} d @param {number} r */
  const level = (d, r) => (d - r - grow + (softness * r) / 2) / (edge + softness * r);
  const near = Math.max(distance - reach, 0);
  const far = distance + reach;
  const [thin, thick] = [Math.max(radius - change, 0), radius + change];
  // At any distance a level only rises or only falls with the radius.
  return [Math.min(level(near, thin), level(near, thick)), Math.max(level(far, thin), level(far, thick))];
}

export class Painter {
  /** The coverage of a polygon's outline that grows the other way, empty between polygons. @type {Cells | null} */
  #inner = null;

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
  stroke(target, stroke, region, first = 0) {
    return this.#capsules(target, this.#sides(stroke, region, first));
  }

  /**
   * Draws strokes that all paint as the maximum of their capsules and of the target; returns the box of the cells that
   * may have changed. @param {Cells} target @param {Stroke[]} strokes @param {Region} region @returns {Box}
   */
  strokes(target, strokes, region) {
    return this.#capsules(
      target,
      strokes.flatMap((stroke) => this.#sides(stroke, region, 0)),
    );
  }

  /** @param {Stroke} stroke @param {Region} region @param {number} first point @returns {Side[]} */
  #sides({ points, radius, hardness, mode }, region, first) {
    const edge = { ...this.#edge(region, mode), softness: 1 - hardness };
    const sides = [];
    for (let i = first; i === first || i < points.length - 1; i++) {
      const a = this.#units(points[i], radius);
      sides.push({ a, b: this.#units(points[i + 1] ?? points[i], radius), edge });
    }
    return sides;
  }

  /**
   * Draws the maximum of capsules; returns the box of the cells that may have changed. @param {Cells} target
   * @param {Side[]} sides @returns {Box}
   */
  #capsules(target, sides) {
    const box = sides.map((side) => this.#box(side)).reduce(boxAroundBoth, this.nowhere);
    if (box[0] >= box[2] || box[1] >= box[3]) return this.nowhere;
    this.#tile(target, sides, box);
    return box;
  }

  /**
   * Draws capsules in a box. Where there are many, the box is divided into quarters, and those that cannot decide a
   * cell of a quarter are left out: levels at its middle bound the levels in all of its cells, as in
   * motion/field/shape_coverage.py. @param {Cells} target @param {Side[]} sides @param {Box} box
   */
  #tile(target, sides, box) {
    const [left, top, right, bottom] = box;
    if (sides.length <= FEW || (right - left <= LEAF && bottom - top <= LEAF)) {
      for (const side of sides) this.#capsule(target, side, box);
      return;
    }
    const [cellX, cellY] = this.cell;
    const middle = [((left + right) / 2) * cellX, ((top + bottom) / 2) * cellY];
    const reach = Math.hypot((right - left) * cellX, (bottom - top) * cellY) / 2;
    const bounds = sides.map((side) => levelBounds(side, middle, reach));
    const best = bounds.reduce((least, [, high]) => Math.min(least, high), Number.POSITIVE_INFINITY);
    if (best <= -0.5) {
      for (let row = top; row < bottom; row++)
        target.fill(255, row * this.width + left, row * this.width + right);
      return;
    }
    const near = sides.filter((_, k) => bounds[k][0] <= best && bounds[k][0] < 0.5);
    if (!near.length) return;
    const column = right - left > 1 ? (left + right) >> 1 : right;
    const row = bottom - top > 1 ? (top + bottom) >> 1 : bottom;
    this.#tile(target, near, [left, top, column, row]);
    if (column < right) this.#tile(target, near, [column, top, right, row]);
    if (row < bottom) this.#tile(target, near, [left, row, column, bottom]);
    if (column < right && row < bottom) this.#tile(target, near, [column, row, right, bottom]);
  }

  /** The cells that a capsule may cover. @param {Side} side @returns {Box} */
  #box({ a: [ax, ay, ar], b: [bx, by, br], edge: { grow, edge } }) {
    const [cellX, cellY] = this.cell;
    const outer = Math.max(ar, br) + grow + edge / 2; // farther out the coverage is 0
    if (outer <= 0) return this.nowhere;
    const left = Math.max(Math.ceil((Math.min(ax, bx) - outer) / cellX - 0.5), 0);
    const top = Math.max(Math.ceil((Math.min(ay, by) - outer) / cellY - 0.5), 0);
    const right = Math.min(Math.floor((Math.max(ax, bx) + outer) / cellX + 0.5), this.width);
    const bottom = Math.min(Math.floor((Math.max(ay, by) + outer) / cellY + 0.5), this.height);
    return left < right && top < bottom ? [left, top, right, bottom] : this.nowhere;
  }

  /** @param {Cells} target @param {Side} side @param {Box} within the cells that may be drawn */
  #capsule(target, side, within) {
    const { grow, edge, softness } = side.edge;
    const [ax, ay, ar] = side.a;
    const [bx, by, br] = side.b;
    const [cellX, cellY] = this.cell;
    const { width } = this;
    const outer = Math.max(ar, br) + grow + edge / 2;
    const box = this.#box(side);
    const left = Math.max(box[0], within[0]);
    const top = Math.max(box[1], within[1]);
    const right = Math.min(box[2], within[2]);
    const bottom = Math.min(box[3], within[3]);
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
    const corners = points.map((point) => this.#units(point, 0));
    const outline = corners.map((b, k) => ({ a: corners.at(k - 1) ?? b, b, edge: shape }));
    const inward = { ...shape, grow: -shape.grow };
    this.#inner ??= new Uint8ClampedArray(target.length);
    const inner = this.#inner;
    const box = this.#capsules(target, outline);
    const drawn = this.#capsules(
      inner,
      outline.map((side) => ({ ...side, edge: inward })),
    );
    const changed = boxAroundBoth(boxAroundBoth(box, drawn), this.#inside(corners));
    const crossings = /** @type {Side[][]} */ (Array.from({ length: height }, () => []));
    for (const side of outline) {
      const [low, high] = [Math.min(side.a[1], side.b[1]), Math.max(side.a[1], side.b[1])];
      const last = Math.min(Math.ceil(high / cellY + 0.5), height);
      for (let row = Math.max(Math.floor(low / cellY - 0.5), 0); row < last; row++) crossings[row].push(side);
    }
    for (let row = 0; row < height; row++) {
      const y = (row + 0.5) * cellY;
      const ends = crossings[row]
        .filter(({ a, b }) => a[1] <= y !== b[1] <= y)
        .map(({ a, b }) => (a[0] + (y - a[1]) * ((b[0] - a[0]) / (b[1] - a[1]))) / cellX - 0.5)
        .sort((a, b) => a - b);
      for (let k = 0; k < ends.length; k += 2) {
        const last = Math.min(Math.ceil(ends[k + 1]), width);
        for (let column = Math.max(Math.ceil(ends[k]), 0); column < last; column++)
          target[row * width + column] = 255 - inner[row * width + column];
      }
    }
    for (let row = drawn[1]; row < drawn[3]; row++)
      inner.fill(0, row * width + drawn[0], row * width + drawn[2]);
    return changed;
  }

  /** The cells within the bounds of places. @param {Point[]} places in units @returns {Box} */
  #inside(places) {
    const [cellX, cellY] = this.cell;
    let [left, top, right, bottom] = [this.width, this.height, 0, 0];
    for (const [x, y] of places) {
      left = Math.min(left, Math.floor(x / cellX - 0.5));
      top = Math.min(top, Math.floor(y / cellY - 0.5));
      right = Math.max(right, Math.ceil(x / cellX + 0.5));
      bottom = Math.max(bottom, Math.ceil(y / cellY + 0.5));
    }
    return [Math.max(left, 0), Math.max(top, 0), Math.min(right, this.width), Math.min(bottom, this.height)];
  }
}
