// @ts-check
/**
 * Coverage of regions for display, by the `soft` rule of motion/region.py. Strokes that follow on what was
 * drawn before are drawn on top of it, and the last results are kept: painting, undo and redo cost no more
 * than what changed.
 */

import { maskCoverage } from "./mask_coverage.mjs";
import { Painter } from "./raster_shapes.mjs";

export { fillContour } from "./fill_contour.mjs";

/** @typedef {import("./declarations.mjs").Region} Region */
/** @typedef {import("./declarations.mjs").Stroke} Stroke */
/** @typedef {import("./mask_coverage.mjs").Mask} Mask */
/** @typedef {[left: number, top: number, right: number, bottom: number]} Box in cells, right and bottom excluded */

/**
 * `painted` is the coverage before `invert`, `result` after it (the same array where nothing is inverted).
 * @typedef {{region: Region, mask: Mask | null, painted: Uint8ClampedArray, result: Uint8ClampedArray,
 *   box: Box}} Entry `box` is where its last strokes were drawn
 */

const KEPT = 32;

export class RegionRaster {
  /** @type {Entry[]} the latest first */ #entries = [];
  /** @type {Painter} */ #painter;
  /**
   * The entry to which a stroke was added last, and what it was added to.
   * @type {{entry: Entry, below: Entry} | null}
   */
  #live = null;
  /** @type {Uint8ClampedArray} that stroke's own coverage */ #stroke;
  /** @type {Box} where that is */ #drawnBox = [0, 0, 0, 0];
  /** @type {Box} where the last update may differ from the one before */ changed = [0, 0, 0, 0];

  /** @param {number} width cells @param {number} height @param {number} aspect of the picture */
  constructor(width, height, aspect) {
    this.width = width;
    this.height = height;
    this.aspect = aspect;
    this.#painter = new Painter(width, height, aspect);
    this.#stroke = new Uint8ClampedArray(width * height);
  }

  /** @returns {Box} */
  get #all() {
    return [0, 0, this.width, this.height];
  }

  /**
   * Coverage 0..255 [height,width] of a region. It belongs to the raster: read it, and not after the next
   * update, which may go on drawing in it. @param {Region} region
   * @param {Mask | null} [mask] the MASK that the region names
   */
  update(region, mask = null) {
    if (region.mask === null) mask = null;
    const entry =
      this.#found(region, mask) ??
      this.#grown(region, mask) ??
      this.#followed(region, mask) ??
      this.#drawn(region, mask);
    this.#entries = [entry, ...this.#entries.filter((other) => other !== entry)].slice(0, KEPT);
    return entry.result;
  }

  /** @param {Region} region @param {Mask | null} mask */
  #found(region, mask) {
    const entry = this.#entries.find((each) => each.region === region && each.mask === mask);
    if (entry) this.changed = entry === this.#entries[0] ? [0, 0, 0, 0] : this.#all;
    return entry;
  }

  /**
   * The latest stroke has become longer: its new capsules alone. @param {Region} region
   * @param {Mask | null} mask
   */
  #grown(region, mask) {
    if (!this.#live || this.#live.entry !== this.#entries[0] || !sameSetting(this.#live.entry, region, mask))
      return;
    const { entry, below } = this.#live;
    const count = region.strokes.length;
    if (
      count !== entry.region.strokes.length ||
      !startsAlike(entry.region.strokes, region.strokes, count - 1)
    )
      return;
    const was = entry.region.strokes[count - 1],
      now = region.strokes[count - 1];
    if (!continues(was, now)) return;
    this.changed = this.#painter.stroke(
      this.#stroke,
      now,
      region,
      was.points.length > 1 ? was.points.length - 1 : 0,
    );
    this.#combine(entry, below.painted, this.#stroke, now, this.changed);
    entry.box = this.#drawnBox = united(entry.box, this.changed);
    entry.region = region;
    return entry;
  }

  /**
   * The longest known beginning of the region's strokes, and the other strokes on it.
   * @param {Region} region @param {Mask | null} mask
   */
  #followed(region, mask) {
    /** @type {Entry | null} */
    let base = null;
    for (const each of this.#entries) {
      const { strokes } = each.region;
      if (strokes.length > region.strokes.length || (base && strokes.length <= base.region.strokes.length))
        continue;
      if (sameSetting(each, region, mask) && startsAlike(strokes, region.strokes, strokes.length))
        base = each;
    }
    if (!base) return;
    const first = base.region.strokes.length;
    const latest = this.#entries[0];
    const entry = this.#entry(region, mask, base.painted.slice());
    if (region.invert) entry.result.set(base.result);
    for (const stroke of region.strokes.slice(first)) {
      this.#painter.clear(this.#stroke, this.#drawnBox);
      this.#drawnBox = this.#painter.stroke(this.#stroke, stroke, region);
      this.#combine(entry, entry.painted, this.#stroke, stroke, this.#drawnBox);
      entry.box = united(entry.box, this.#drawnBox);
    }
    const before = this.#live;
    this.#live = region.strokes.length === first + 1 ? { entry, below: base } : null;
    if (base === latest) this.changed = entry.box;
    else if (before?.entry === latest && before.below === base) {
      this.changed = united(latest.box, entry.box); // another last stroke in place of the one before: a gesture goes on
      this.#entries.shift();
    } else this.changed = this.#all;
    return entry;
  }

  /** @param {Region} region @param {Mask | null} mask */
  #drawn(region, mask) {
    const painted = new Uint8ClampedArray(this.width * this.height);
    if (region.everything) painted.fill(255);
    const entry = this.#entry(region, mask, painted);
    if (mask && !region.everything) painted.set(maskCoverage(mask, this, region));
    const shape = new Uint8ClampedArray(painted.length);
    for (const polygon of region.polygons) {
      const box = this.#painter.polygon(shape, polygon, region);
      combine(painted, painted, shape, polygon.mode, box, this.width);
      this.#painter.clear(shape, box);
    }
    for (const stroke of region.strokes) {
      const box = this.#painter.stroke(shape, stroke, region);
      combine(painted, painted, shape, stroke.mode, box, this.width);
      this.#painter.clear(shape, box);
    }
    if (region.invert) invert(painted, entry.result, this.#all, this.width);
    this.changed = this.#all;
    return entry;
  }

  /** @param {Region} region @param {Mask | null} mask @param {Uint8ClampedArray} painted @returns {Entry} */
  #entry(region, mask, painted) {
    const result = region.invert ? new Uint8ClampedArray(painted.length) : painted;
    return { region, mask, painted, result, box: [0, 0, 0, 0] };
  }

  /**
   * @param {Entry} entry @param {Uint8ClampedArray} below @param {Uint8ClampedArray} shape
   * @param {Stroke} stroke @param {Box} box
   */
  #combine(entry, below, shape, stroke, box) {
    combine(entry.painted, below, shape, stroke.mode, box, this.width);
    if (entry.region.invert) invert(entry.painted, entry.result, box, this.width);
  }
}

/** All but the strokes alike. @param {Entry} entry @param {Region} region @param {Mask | null} mask */
function sameSetting({ region: was, mask: before }, region, mask) {
  return (
    before === mask &&
    was.everything === region.everything &&
    was.invert === region.invert &&
    was.grow === region.grow &&
    was.feather === region.feather &&
    was.polygons.length === region.polygons.length &&
    startsAlike(was.polygons, region.polygons, was.polygons.length)
  );
}

/** @param {readonly object[]} a @param {readonly object[]} b @param {number} count */
function startsAlike(a, b, count) {
  for (let i = count - 1; i >= 0; i--) if (a[i] !== b[i]) return false;
  return true;
}

/** Whether a stroke is another one and more points. @param {Stroke} was @param {Stroke} now */
const continues = (was, now) =>
  was.radius === now.radius &&
  was.hardness === now.hardness &&
  was.mode === now.mode &&
  was.points.length <= now.points.length &&
  was.points.every(
    ([x, y, p], i) => now.points[i][0] === x && now.points[i][1] === y && now.points[i][2] === p,
  );

/** @param {Box} a @param {Box} b @returns {Box} */
const united = (a, b) =>
  a[0] >= a[2]
    ? b
    : b[0] >= b[2]
      ? a
      : [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])];

/**
 * Paint takes the maximum, erase what is left. @param {Uint8ClampedArray} target
 * @param {Uint8ClampedArray} below @param {Uint8ClampedArray} shape @param {string} mode @param {Box} box
 * @param {number} width
 */
function combine(target, below, shape, mode, [left, top, right, bottom], width) {
  for (let row = top; row < bottom; row++) {
    const end = row * width + right;
    if (mode === "erase") {
      for (let i = row * width + left; i < end; i++) target[i] = (below[i] * (255 - shape[i])) / 255;
    } else
      for (let i = row * width + left; i < end; i++) target[i] = shape[i] > below[i] ? shape[i] : below[i];
  }
}

/**
 * @param {Uint8ClampedArray} painted @param {Uint8ClampedArray} result @param {Box} box
 * @param {number} width
 */
function invert(painted, result, [left, top, right, bottom], width) {
  for (let row = top; row < bottom; row++) {
    const end = row * width + right;
    for (let i = row * width + left; i < end; i++) result[i] = 255 - painted[i];
  }
}
