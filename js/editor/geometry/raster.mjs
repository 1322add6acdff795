// @ts-check
/**
 * Coverage of regions for display. Strokes that continue an earlier region are drawn on top of its result, and the
 * latest results are cached: painting, undo and redo cost no more than what changed.
 */

import { boxAroundBoth, Painter } from "./raster_shapes.mjs";
import { equal } from "./values.mjs";

/** @import { Box, Cells, Drawn, Mask, Region, Stroke } from "../types" */

const KEPT = 32;

/** @type {typeof import("./mask_coverage.mjs").maskCoverage | null} loaded before the first mask is set */
let maskCoverage = null;
export const loadMasks = async () => void ({ maskCoverage } = await import("./mask_coverage.mjs"));

export class RegionRaster {
  /** @type {Drawn[]} the cached results, the latest first */ #drawn = [];
  // The result with the latest stroke, and the result on which that stroke was drawn.
  /** @type {{drawn: Drawn, below: Drawn} | null} */ #live = null;
  #stroke; // that stroke's own coverage
  /** The box of that coverage. @type {Box} */ #drawnBox;
  /** @type {Box} */ #all;
  /** The box in which the last two results may differ. @type {Box} */ changed;

  /** @param {number} width cells @param {number} height @param {number} aspect of the picture */
  constructor(width, height, aspect) {
    this.width = width;
    this.height = height;
    this.aspect = aspect;
    this.painter = new Painter(width, height, aspect);
    this.#stroke = new Uint8ClampedArray(width * height);
    this.#drawnBox = this.changed = this.painter.nowhere;
    this.#all = [0, 0, width, height];
  }

  /**
   * Coverage 0..255 [height,width] of a region. The array belongs to the raster: do not change it, and read it before
   * the next update, which may draw in it. @param {Region} region @param {Mask | null} [mask] the MASK that
   * the region names
   */
  update(region, mask = null) {
    if (region.mask === null || !maskCoverage) mask = null;
    const drawn = this.#cached(region, mask) ?? this.#longer(region, mask) ?? this.#extended(region, mask);
    this.#drawn = [drawn, ...this.#drawn.filter((other) => other !== drawn)].slice(0, KEPT);
    return drawn.result;
  }

  /** @param {Region} region @param {Mask | null} mask */
  #cached(region, mask) {
    const drawn = this.#drawn.find((each) => each.region === region && each.mask === mask);
    if (drawn) this.changed = drawn === this.#drawn[0] ? this.painter.nowhere : this.#all;
    return drawn;
  }

  /**
   * Draws only the new capsules where the latest stroke has become longer. @param {Region} region
   * @param {Mask | null} mask
   */
  #longer(region, mask) {
    const { drawn, below } = this.#live ?? {};
    const last = region.strokes.length - 1;
    if (!drawn || !below || drawn !== this.#drawn[0] || drawn.region.strokes.length !== last + 1) return;
    const before = drawn.region.strokes[last];
    const stroke = region.strokes[last];
    if (!begins(below, region, mask) || !continues(before, stroke)) return;
    const first = Math.max(before.points.length - 1, 0);
    this.changed = this.painter.stroke(this.#stroke, stroke, region, first);
    this.#combine(drawn, below.painted, stroke, this.changed);
    drawn.box = this.#drawnBox = boxAroundBoth(drawn.box, this.changed);
    drawn.region = region;
    return drawn;
  }

  /**
   * Draws the remaining strokes on the longest cached beginning of the region. @param {Region} region
   * @param {Mask | null} mask
   */
  #extended(region, mask) {
    const latest = this.#drawn[0];
    const before = this.#live;
    const count = region.strokes.length;
    const strokes = (/** @type {Drawn} */ drawn) => drawn.region.strokes.length;
    const known = this.#drawn.filter((drawn) => begins(drawn, region, mask));
    const below = known.sort((a, b) => strokes(b) - strokes(a))[0] ?? this.#ground(region, mask);
    const first = strokes(below);
    const painted = below.painted.slice();
    const result = region.invert ? below.result.slice() : painted;
    const drawn = { region, mask, painted, result, box: this.painter.nowhere };
    for (let k = first; k < count; k++) {
      const end = region.strokes.findIndex((stroke, index) => index >= k && stroke.mode === "erase");
      const painting = region.strokes.slice(k, end < 0 ? count - 1 : Math.min(end, count - 1));
      if (painting.length) {
        // The last stroke is drawn apart, because it may become longer.
        drawn.box = boxAroundBoth(drawn.box, this.painter.strokes(painted, painting, region));
        k += painting.length;
      }
      const stroke = region.strokes[k];
      this.#clear(this.#drawnBox);
      this.#drawnBox = this.painter.stroke(this.#stroke, stroke, region);
      this.#combine(drawn, painted, stroke, this.#drawnBox);
      drawn.box = boxAroundBoth(drawn.box, this.#drawnBox);
    }
    if (region.invert) this.#invert(drawn, drawn.box);
    this.#live = count === first + 1 ? { drawn, below } : null;
    this.changed = below === latest ? drawn.box : this.#all;
    if (before && before.drawn === latest && before.below === below) {
      // The last stroke has been replaced by another, as during a gesture.
      this.changed = boxAroundBoth(latest.box, drawn.box);
      this.#drawn.shift();
    }
    return drawn;
  }

  /** Draws the region without its strokes. @param {Region} region @param {Mask | null} mask @returns {Drawn} */
  #ground(region, mask) {
    const painted = new Uint8ClampedArray(this.#stroke.length).fill(region.everything ? 255 : 0);
    if (mask && maskCoverage && !region.everything) painted.set(maskCoverage(mask, this, region));
    const shape = new Uint8ClampedArray(region.polygons.length ? painted.length : 0);
    for (const polygon of region.polygons) {
      const box = this.painter.polygon(shape, polygon, region);
      combine(painted, painted, shape, polygon.mode, box, this.width);
      const [left, top, right, bottom] = box;
      for (let row = top; row < bottom; row++)
        shape.fill(0, row * this.width + left, row * this.width + right);
    }
    const result = region.invert ? painted.map((value) => 255 - value) : painted;
    return { region: { ...region, strokes: [] }, mask, painted, result, box: this.#all };
  }

  /** @param {Box} box of the stroke's own coverage */
  #clear([left, top, right, bottom]) {
    const { width } = this;
    for (let row = top; row < bottom; row++) this.#stroke.fill(0, row * width + left, row * width + right);
  }

  /** @param {Drawn} drawn @param {Cells} below @param {Stroke} stroke the one under way @param {Box} box */
  #combine(drawn, below, { mode }, box) {
    combine(drawn.painted, below, this.#stroke, mode, box, this.width);
    if (drawn.region.invert) this.#invert(drawn, box);
  }

  /** Sets an inverted result from what is painted. @param {Drawn} drawn @param {Box} box */
  #invert({ painted, result }, [left, top, right, bottom]) {
    for (let row = top; row < bottom; row++)
      for (let i = row * this.width + left; i < row * this.width + right; i++) result[i] = 255 - painted[i];
  }
}

/**
 * Whether a region begins with the strokes of a result and is otherwise equal. @param {Drawn} drawn
 * @param {Region} region @param {Mask | null} mask
 */
const begins = (drawn, region, mask) =>
  drawn.mask === mask &&
  drawn.region.strokes.every((stroke, k) => stroke === region.strokes[k]) &&
  equal({ ...drawn.region, strokes: 0 }, { ...region, strokes: 0 });

/** Whether a stroke continues another with more points. @param {Stroke} before @param {Stroke} stroke */
const continues = (before, stroke) =>
  before.points.length <= stroke.points.length &&
  equal(before, { ...stroke, points: stroke.points.slice(0, before.points.length) });

/**
 * Combines coverages: paint takes the maximum, erase the product with the rest. @param {Cells} target @param {Cells}
 * below
 * @param {Cells} shape
 * @param {string} mode @param {Box} box @param {number} width
 */
function combine(target, below, shape, mode, [left, top, right, bottom], width) {
  for (let row = top; row < bottom; row++) {
    for (let i = row * width + left; i < row * width + right; i++)
      target[i] = mode === "erase" ? (below[i] * (255 - shape[i])) / 255 : Math.max(shape[i], below[i]);
  }
}
