// @ts-check
/**
 * Coverage of a connected MASK on a grid, as in motion/field/region.py: its own values, or values computed from the
 * distance to its outline.
 */

import { extent } from "./units.mjs";

/** @typedef {{width: number, height: number, data: Uint8Array | Uint8ClampedArray}} Mask */

const FAR = 1e6;
/** @type {WeakMap<Uint8Array | Uint8ClampedArray, Float32Array>} */
const distances = new WeakMap();

/**
 * Coverage 0..255 [height,width] of a MASK for a region. @param {Mask} mask
 * @param {{width: number, height: number, aspect: number}} grid
 * @param {{feather: number, grow: number, invert: boolean}} region @returns {Uint8ClampedArray}
 */
export function maskCoverage(mask, grid, region) {
  const [unitsX, unitsY] = extent(grid.aspect);
  const pixel = Math.min(unitsX / mask.width, unitsY / mask.height);
  const result = new Uint8ClampedArray(grid.width * grid.height);
  if (region.grow === 0 && region.feather <= 1.5 * pixel) {
    const coarser = mask.width >= grid.width && mask.height >= grid.height;
    result.set((coarser ? cellMeans : bilinear)(mask.data, mask, grid));
    return result;
  }
  let distance = distances.get(mask.data);
  if (!distance) distances.set(mask.data, (distance = signedDistance(mask)));
  const edge = Math.max(region.feather, unitsX / grid.width, unitsY / grid.height);
  const grow = region.invert ? -region.grow : region.grow;
  bilinear(distance, mask, grid).forEach((value, i) => {
    const t = Math.min(Math.max(0.5 - (value * pixel - grow) / edge, 0), 1);
    result[i] = 255 * t * t * (3 - 2 * t);
  });
  return result;
}

/** @param {ArrayLike<number>} values @param {Mask} from @param {{width: number, height: number}} to */
function bilinear(values, from, to) {
  const result = new Float32Array(to.width * to.height);
  const columns = Array.from({ length: to.width }, (_, i) => place(i, to.width, from.width));
  for (let row = 0; row < to.height; row++) {
    const [y, below, v] = place(row, to.height, from.height);
    for (let column = 0; column < to.width; column++) {
      const [x, after, u] = columns[column];
      const upper = values[y * from.width + x] * (1 - u) + values[y * from.width + after] * u;
      const lower = values[below * from.width + x] * (1 - u) + values[below * from.width + after] * u;
      result[row * to.width + column] = upper * (1 - v) + lower * v;
    }
  }
  return result;
}

/**
 * The position of a cell's centre among the centres of another grid. @param {number} i @param {number} count
 * @param {number} other
 */
function place(i, count, other) {
  const at = Math.max(((i + 0.5) * other) / count - 0.5, 0);
  const before = Math.min(Math.floor(at), other - 1);
  return [before, Math.min(before + 1, other - 1), at - before];
}

/**
 * The mean of the values in each cell of a coarser grid. @param {ArrayLike<number>} values @param {Mask} from
 * @param {{width: number, height: number}} to
 */
function cellMeans(values, from, to) {
  const result = new Float32Array(to.width * to.height);
  for (let row = 0; row < to.height; row++) {
    const top = Math.floor((row * from.height) / to.height);
    const bottom = Math.ceil(((row + 1) * from.height) / to.height);
    for (let column = 0; column < to.width; column++) {
      const left = Math.floor((column * from.width) / to.width);
      const right = Math.ceil(((column + 1) * from.width) / to.width);
      let sum = 0;
      for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) sum += values[y * from.width + x];
      result[row * to.width + column] = sum / ((bottom - top) * (right - left));
    }
  }
  return result;
}

/** Euclidean distance in pixels to the outline at half coverage, negative inside. @param {Mask} mask */
function signedDistance({ width, height, data }) {
  const inside = Uint8Array.from(data, (value) => (value >= 127.5 ? 1 : 0));
  const outer = squaredDistance(inside, 1, width, height);
  const inner = squaredDistance(inside, 0, width, height);
  return Float32Array.from(inside, (value, i) =>
    value ? Math.max(0.5 - Math.sqrt(inner[i]), -FAR) : Math.min(Math.sqrt(outer[i]) - 0.5, FAR),
  );
}

/**
 * Squared distance of each pixel to the nearest that is `wanted` (Felzenszwalb and Huttenlocher, "Distance
 * transforms of sampled functions", 2012): parabolas along columns, then rows. @param {Uint8Array} kind
 * @param {number} wanted @param {number} width @param {number} height
 */
function squaredDistance(kind, wanted, width, height) {
  const result = Float64Array.from(kind, (value) => (value === wanted ? 0 : FAR * FAR));
  const most = Math.max(width, height);
  const line = new Float64Array(most);
  const bounds = new Float64Array(most + 1);
  const lowest = new Int32Array(most);
  for (let x = 0; x < width; x++) transformLine(result, x, width, height, line, bounds, lowest);
  for (let y = 0; y < height; y++) transformLine(result, y * width, 1, width, line, bounds, lowest);
  return result;
}

/** Transforms one line of `values` in place. @param {Float64Array} values @param {number} from @param {number} stride
 * @param {number} count @param {Float64Array} line @param {Float64Array} bounds @param {Int32Array} lowest */
function transformLine(values, from, stride, count, line, bounds, lowest) {
  for (let i = 0; i < count; i++) line[i] = values[from + i * stride];
  let k = 0;
  lowest[0] = 0;
  bounds[0] = -Infinity;
  bounds[1] = Infinity;
  for (let q = 1; q < count; q++) {
    const meets = () => (line[q] + q * q - line[lowest[k]] - lowest[k] ** 2) / (2 * (q - lowest[k]));
    let s = meets();
    while (s <= bounds[k]) {
      k--;
      s = meets();
    }
    lowest[++k] = q;
    bounds[k] = s;
    bounds[k + 1] = Infinity;
  }
  k = 0;
  for (let q = 0; q < count; q++) {
    while (bounds[k + 1] < q) k++;
    values[from + q * stride] = (q - lowest[k]) ** 2 + line[lowest[k]];
  }
}
