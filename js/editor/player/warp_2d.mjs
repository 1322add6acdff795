// @ts-check
// A layer drawn with a 2D context as its mesh moves it: as a whole, or in triangles.
import { coveredCells } from "./field_format.mjs";

/** @typedef {import("./field_format.mjs").FieldLayer} FieldLayer */
/** @typedef {import("./moving_picture.mjs").Frame} Frame */
/** @typedef {{layer: FieldLayer, cut: HTMLCanvasElement, blocks: Set<number>[], x: number, y: number}} Piece a layer that was cut out of the picture at (x, y); `blocks`: see `coveredBlocks` */
/** @typedef {[number, number, number, number]} Block its first row and column and its last ones */

const BENT = 0.25; // px; a mesh that differs less from an affine map is drawn with that map
const OVERLAP = 0.6; // px by which triangles are enlarged, to avoid seams
const TRIANGLES = [0, 1, 2, 3, 2, 1];
const LEVELS = 4; // cells are drawn together in blocks of 8 x 8, 4 x 4 or 2 x 2 where they lie on two triangles
const STRIDE = 1 << 15; // between the rows of blocks, in their numbers

/** The blocks of 1, 2, 4… cells a side that a layer covers, each as row * STRIDE + column. @param {FieldLayer} layer */
export function coveredBlocks(layer) {
  const { columns } = layer;
  const cells = coveredCells(layer);
  return Array.from({ length: LEVELS }, (_, level) => {
    /** @param {number} cell */
    const key = (cell) => (Math.floor(cell / columns) >> level) * STRIDE + ((cell % columns) >> level);
    return new Set(cells.map(key));
  });
}

/** Draws one layer after another. */
export class Warp2D {
  #piece = /** @type {Piece} */ (/** @type {unknown} */ (null));
  #context = /** @type {CanvasRenderingContext2D} */ (/** @type {unknown} */ (null));
  #frame = /** @type {Frame} */ (/** @type {unknown} */ (null));
  #size = { width: 1, height: 1 }; // px of the picture
  #before = 0; // the index in the mesh of the frame before the time, and of the one after it
  #after = 0;
  #mix = 0;
  #map = new Float64Array(6);
  #corners = new Float64Array(12); // [u, v, x, y] on the picture and in the frame, for each corner of a triangle

  /**
   * Draws a layer at a time.
   * @param {CanvasRenderingContext2D} context @param {Piece} piece @param {number} time @param {Frame} frame
   * @param {{width: number, height: number}} size of the picture
   */
  draw(context, piece, time, frame, size) {
    const { rows, columns, mesh, frames, jumps } = piece.layer;
    const place = time * (frames - 1);
    const before = Math.floor(jumps ? place + 0.5 : place);
    const one = mesh.length / frames;
    this.#piece = piece;
    this.#context = context;
    this.#frame = frame;
    this.#size = size;
    this.#mix = jumps ? 0 : place - before;
    this.#before = before * one;
    this.#after = Math.min(before + 1, frames - 1) * one;
    this.#setTriangle([0, 0, rows, columns], 0);
    if (this.#isOneMap()) {
      this.#drawMapped();
      context.setTransform(1, 0, 0, 1, 0, 0);
      return;
    }
    for (const key of piece.blocks[LEVELS - 1]) this.#drawBlock(LEVELS - 1, key);
  }

  /** Sets where a vertex was on the picture and is in the frame. @param {number} k of the corner @param {number} row @param {number} column */
  #set(k, row, column) {
    const { columns, across, down, mesh } = this.#piece.layer;
    const { left, top, scaleX, scaleY } = this.#frame;
    const at = 2 * (row * (columns + 1) + column);
    const [a, b] = [this.#before + at, this.#after + at];
    const corners = this.#corners;
    corners[4 * k] = across[column] * this.#size.width;
    corners[4 * k + 1] = down[row] * this.#size.height;
    corners[4 * k + 2] = left + scaleX * (mesh[a] + this.#mix * (mesh[b] - mesh[a]));
    corners[4 * k + 3] = top + scaleY * (mesh[a + 1] + this.#mix * (mesh[b + 1] - mesh[a + 1]));
  }

  /** Sets the corners and the map of half a block. @param {Block} block @param {0 | 3} half */
  #setTriangle([firstRow, firstColumn, lastRow, lastColumn], half) {
    for (let k = 0; k < 3; k += 1) {
      const corner = TRIANGLES[half + k];
      this.#set(k, corner >> 1 ? lastRow : firstRow, corner & 1 ? lastColumn : firstColumn);
    }
    setAffine(this.#map, this.#corners);
  }

  /** Whether the map takes a vertex to where it is. @param {number} row @param {number} column */
  #isOnMap(row, column) {
    this.#set(0, row, column);
    const map = this.#map;
    const [u, v, x, y] = this.#corners;
    return (
      Math.abs(map[0] * u + map[2] * v + map[4] - x) <= BENT &&
      Math.abs(map[1] * u + map[3] * v + map[5] - y) <= BENT
    );
  }

  /** Whether the map takes all that is drawn to where it is. */
  #isOneMap() {
    for (const cell of this.#piece.blocks[0]) {
      const [row, column] = [Math.floor(cell / STRIDE), cell % STRIDE];
      for (let corner = 0; corner < 4; corner += 1)
        if (!this.#isOnMap(row + (corner >> 1), column + (corner & 1))) return false;
    }
    return true;
  }

  /** Whether all vertices of a block lie on its two triangles. @param {Block} block */
  #isFlat(block) {
    const { across, down } = this.#piece.layer;
    const [firstRow, firstColumn, lastRow, lastColumn] = block;
    const [width, height] = [across[lastColumn] - across[firstColumn], down[lastRow] - down[firstRow]];
    for (const half of /** @type {const} */ ([0, 3])) {
      this.#setTriangle(block, half);
      for (let row = firstRow; row <= lastRow; row += 1) {
        for (let column = firstColumn; column <= lastColumn; column += 1) {
          const passed =
            (across[column] - across[firstColumn]) / width + (down[row] - down[firstRow]) / height;
          if (half ? passed < 1 : passed > 1) continue; // of the other triangle
          if (!this.#isOnMap(row, column)) return false;
        }
      }
    }
    return true;
  }

  /** Draws a block as two triangles, or each of its parts. @param {number} level @param {number} key */
  #drawBlock(level, key) {
    const { layer, blocks } = this.#piece;
    const [row, column] = [Math.floor(key / STRIDE), key % STRIDE];
    const [lastRow, lastColumn] = [(row + 1) << level, (column + 1) << level];
    /** @type {Block} */
    const block = [
      row << level,
      column << level,
      Math.min(lastRow, layer.rows),
      Math.min(lastColumn, layer.columns),
    ];
    if (!level || this.#isFlat(block)) {
      for (const half of /** @type {const} */ ([0, 3])) {
        this.#setTriangle(block, half);
        this.#drawTriangle();
      }
      return;
    }
    for (const part of [0, 1, STRIDE, STRIDE + 1]) {
      const smaller = 2 * key + part;
      if (blocks[level - 1].has(smaller)) this.#drawBlock(level - 1, smaller);
    }
  }

  #drawTriangle() {
    const [context, corners] = [this.#context, this.#corners];
    const middleX = (corners[2] + corners[6] + corners[10]) / 3;
    const middleY = (corners[3] + corners[7] + corners[11]) / 3;
    context.save();
    context.beginPath();
    for (let k = 0; k < 3; k += 1) {
      const [dx, dy] = [corners[4 * k + 2] - middleX, corners[4 * k + 3] - middleY];
      const larger = 1 + OVERLAP / Math.max(Math.hypot(dx, dy), OVERLAP);
      context.lineTo(middleX + dx * larger, middleY + dy * larger);
    }
    context.clip();
    this.#drawMapped();
    context.restore();
  }

  /** Draws what was cut out with the map. */
  #drawMapped() {
    const [map, { cut, x, y }] = [this.#map, this.#piece];
    this.#context.setTransform(map[0], map[1], map[2], map[3], map[4], map[5]);
    this.#context.drawImage(cut, x, y);
  }
}

/**
 * The map [a, b, c, d, e, f] of setTransform that takes three places (u, v) to (x, y).
 * @param {Float64Array} map @param {Float64Array} corners [u, v, x, y] of each
 */
function setAffine(map, [u0, v0, x0, y0, u1, v1, x1, y1, u2, v2, x2, y2]) {
  const [au, av, bu, bv] = [u1 - u0, v1 - v0, u2 - u0, v2 - v0];
  const area = au * bv - bu * av;
  map[0] = ((x1 - x0) * bv - (x2 - x0) * av) / area;
  map[1] = ((y1 - y0) * bv - (y2 - y0) * av) / area;
  map[2] = ((x2 - x0) * au - (x1 - x0) * bu) / area;
  map[3] = ((y2 - y0) * au - (y1 - y0) * bu) / area;
  map[4] = x0 - map[0] * u0 - map[2] * v0;
  map[5] = y0 - map[1] * u0 - map[3] * v0;
}
