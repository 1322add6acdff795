// @ts-check
/** The unpainted area around a point, as a polygon. */

import { traceContour } from "./contour.mjs";
import { simplify } from "./geometry.mjs";

/**
 * The outline [n][x,y] of the uncovered area around a point, which ends at covered cells or at the edges of the
 * picture; null where the point is covered. Points are in document coordinates. The outline extends under the soft
 * edge around the area, and islands in it are included. @param {Uint8ClampedArray} coverage [height,width] @param
 * {number} width
 * @param {number} height @param {number} x @param {number} y @returns {number[][] | null}
 */
export function fillContour(coverage, width, height, x, y) {
  const column = Math.floor(x * width);
  const row = Math.floor(y * height);
  if (!(column >= 0 && column < width && row >= 0 && row < height) || coverage[row * width + column] > 127)
    return null;
  const area = withSoftEdge(
    reachableCells(coverage, width, height, row * width + column),
    coverage,
    width,
    height,
  );
  /** @type {number[][]} */
  let outline = [];
  let largest = 0;
  for (const line of traceContour(area, width, height, [-1, -1, width, height])) {
    const points = Array.from({ length: line.length / 2 }, (_, i) => [line[2 * i], line[2 * i + 1]]);
    const size = Math.abs(signedArea(points));
    if (size > largest) [outline, largest] = [points, size];
  }
  if (outline.length < 3) return null;
  // Simplification keeps the ends of a line: the outline is cut into two halves.
  const half = outline.length >> 1;
  const thinned = [
    ...simplify(outline.slice(0, half + 1), 0.6),
    ...simplify([...outline.slice(half), outline[0]], 0.6).slice(1, -1),
  ];
  // A point in the outermost cells is moved to the picture's edge.
  const atEdge = (/** @type {number} */ value, /** @type {number} */ size) =>
    value < 1 ? 0 : value > size - 1 ? 1 : value / size;
  return thinned.map(([px, py]) => [atEdge(px, width), atEdge(py, height)]);
}

/**
 * The cells that can be reached without crossing covered cells. @param {Uint8ClampedArray} coverage
 * @param {number} width @param {number} height @param {number} start
 */
function reachableCells(coverage, width, height, start) {
  const area = new Uint8ClampedArray(coverage.length);
  const open = [start];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const row = Math.floor(at / width) * width;
    const free = (/** @type {number} */ i) => area[i] === 0 && coverage[i] <= 127;
    if (!free(at)) continue;
    let left = at;
    let right = at;
    while (left > row && free(left - 1)) left--;
    while (right < row + width - 1 && free(right + 1)) right++;
    area.fill(255, left, right + 1);
    for (const next of [-width, width]) {
      if (row + next < 0 || row + next >= width * height) continue;
      for (let i = left + next; i <= right + next; i++)
        if (free(i) && (i === left + next || !free(i - 1))) open.push(i);
    }
  }
  return area;
}

/**
 * An area with the covered cells within two cells of it, so that no seam remains in a soft edge.
 * @param {Uint8ClampedArray} area @param {Uint8ClampedArray} coverage @param {number} width
 * @param {number} height
 */
function withSoftEdge(area, coverage, width, height) {
  const result = area.slice();
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const i = row * width + column;
      if (area[i] || coverage[i] < 128) continue;
      for (let y = Math.max(row - 2, 0); y <= Math.min(row + 2, height - 1) && !result[i]; y++) {
        for (let x = Math.max(column - 2, 0); x <= Math.min(column + 2, width - 1); x++) {
          if (area[y * width + x]) result[i] = 255;
        }
      }
    }
  }
  return result;
}

/** @param {number[][]} points */
function signedArea(points) {
  let sum = 0;
  points.forEach(([x, y], i) => {
    const [px, py] = points.at(i - 1) ?? [x, y];
    sum += px * y - x * py;
  });
  return sum / 2;
}
