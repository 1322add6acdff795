// @ts-check
// Outlines of a region: marching squares at half coverage, so that they can be drawn at the screen's
// resolution.

const LEVEL = 127.5;
const TOLERANCE = 0.12; // cells
const TOP = 0;
const RIGHT = 1;
const BOTTOM = 2;
const LEFT = 3;
// For each square's corners (top left 8, top right 4, bottom right 2, bottom left 1): sides in pairs from,
// to, with the inside on the right hand. 5 and 10 are saddles: the second half is for a centre that is
// inside.
const SIDES = [
  [],
  [LEFT, BOTTOM],
  [BOTTOM, RIGHT],
  [LEFT, RIGHT],
  [RIGHT, TOP],
  [RIGHT, TOP, LEFT, BOTTOM, LEFT, TOP, RIGHT, BOTTOM],
  [BOTTOM, TOP],
  [LEFT, TOP],
  [TOP, LEFT],
  [TOP, BOTTOM],
  [TOP, LEFT, BOTTOM, RIGHT, TOP, RIGHT, BOTTOM, LEFT],
  [TOP, RIGHT],
  [RIGHT, LEFT],
  [RIGHT, BOTTOM],
  [BOTTOM, LEFT],
  [],
];

/**
 * Polylines [x0,y0,x1,y1,…] in cells (a cell's centre at +0.5) of the outline of coverage [height,width]
 * within a box of squares [left,top,right,bottom]. Squares lie between cell centres, from -1 to width; beyond
 * the edge nothing is covered, so a region that reaches the picture's border is closed along it.
 * @param {Uint8ClampedArray} coverage @param {number} width @param {number} height @param {number[]} box
 * @returns {number[][]}
 */
export function traceContour(coverage, width, height, [left, top, right, bottom]) {
  const columns = right - left;
  const stride = columns + 1;
  /** @param {number} i @param {number} j */
  const at = (i, j) => (i < 0 || j < 0 || i >= width || j >= height ? 0 : coverage[j * width + i]);
  /** @type {Int32Array | null} */ let next = null;
  /** @type {number[]} */ const starts = [];
  /** @type {Uint8Array | null} */ let entered = null;
  for (let j = top; j < bottom; j++) {
    let leftCode = (at(left, j) > LEVEL ? 8 : 0) + (at(left, j + 1) > LEVEL ? 1 : 0);
    for (let i = left; i < right; i++) {
      const rightCode = (at(i + 1, j) > LEVEL ? 8 : 0) + (at(i + 1, j + 1) > LEVEL ? 1 : 0);
      const code = leftCode + ((rightCode >> 1) & 4) + ((rightCode << 1) & 2);
      leftCode = rightCode;
      if (code === 0 || code === 15) continue;
      const sides = SIDES[code];
      const cell = (j - top) * stride + (i - left);
      let from = 0;
      let to = sides.length;
      if (to === 8) {
        const inside = at(i, j) + at(i + 1, j) + at(i, j + 1) + at(i + 1, j + 1) > 4 * LEVEL;
        from = inside ? 4 : 0;
        to = from + 4;
      }
      next ??= new Int32Array(2 * stride * (bottom - top + 1)).fill(-1);
      entered ??= new Uint8Array(next.length);
      for (; from < to; from += 2) {
        const a = crossing(sides[from], cell, stride);
        const b = crossing(sides[from + 1], cell, stride);
        next[a] = b;
        entered[b] = 1;
        starts.push(a);
      }
    }
  }
  if (!next || !entered) return [];
  const links = next;
  /** @param {number} edge @param {number[]} line */
  const add = (edge, line) => {
    const node = edge >> 1;
    const i = left + (node % stride);
    const j = top + Math.floor(node / stride);
    const a = at(i, j);
    const b = edge & 1 ? at(i, j + 1) : at(i + 1, j);
    const t = (LEVEL - a) / (b - a) + 0.5;
    line.push(edge & 1 ? i + 0.5 : i + t, edge & 1 ? j + t : j + 0.5);
  };
  const lines = [];
  // Open lines come first: each begins at the border of the box, on a side that no line leads to. The rest are loops.
  for (const open of [1, 0]) {
    for (const start of starts) {
      if (links[start] < 0 || (open && entered[start])) continue;
      /** @type {number[]} */ const line = [];
      let edge = start;
      while (edge >= 0) {
        add(edge, line);
        const following = links[edge];
        links[edge] = -1;
        edge = following;
      }
      lines.push(simplifiedLine(line));
    }
  }
  return lines;
}

/**
 * A line [x,y,…] without the points within TOLERANCE of a straight line, which lie in a cone from the last point
 * that was kept. @param {number[]} line
 */
function simplifiedLine(line) {
  const kept = line.slice(0, 2);
  let [x, y] = kept;
  let low = -Infinity;
  let high = Infinity;
  let first = 0;
  for (let k = 2; k < line.length; k += 2) {
    const dx = line[k] - x;
    const dy = line[k + 1] - y;
    const distance = Math.hypot(dx, dy);
    if (distance <= TOLERANCE) continue;
    const spread = Math.asin(TOLERANCE / distance);
    if (low === -Infinity) first = Math.atan2(dy, dx);
    let angle = Math.atan2(dy, dx) - first;
    if (Math.abs(angle) > Math.PI) angle -= 2 * Math.PI * Math.sign(angle);
    if (angle < low || angle > high) {
      [x, y] = [line[k - 2], line[k - 1]];
      kept.push(x, y);
      [low, high] = [-Infinity, Infinity];
      k -= 2;
      continue;
    }
    low = Math.max(low, angle - spread);
    high = Math.min(high, angle + spread);
  }
  kept.push(...line.slice(-2));
  return kept;
}

/**
 * The number of the grid edge on a square's side. @param {number} side @param {number} cell
 * @param {number} stride
 */
function crossing(side, cell, stride) {
  if (side === TOP) return 2 * cell;
  if (side === BOTTOM) return 2 * (cell + stride);
  return side === LEFT ? 2 * cell + 1 : 2 * (cell + 1) + 1;
}
