// @ts-check
import { coveredCells } from "./field_format.mjs";
import { atMost } from "./player_webgl.mjs";

/** @typedef {import("./field_format.mjs").Field} Field */
/** @typedef {import("./field_format.mjs").FieldLayer} FieldLayer */
/** @typedef {import("./player.mjs").Frame} Frame */
/** @typedef {import("./player.mjs").Picture} Picture */
/** @typedef {{layer: FieldLayer, cut: HTMLCanvasElement, cells: number[], x: number, y: number}} Cut */

const LARGEST = 1920; // px, the longer side of the picture that is warped
const QUICK = 640; // px, the longer side of a frame while the time runs
const RUNNING = 120; // ms between two frames of play, at most
const BENT = 0.25; // px that a mesh may differ from one affine map to be drawn with it
const OVERLAP = 0.6; // px that triangles are drawn larger, against seams
const TRIANGLES = [0, 1, 2, 3, 2, 1];

/** Draws a player's frames without WebGL: cut-out layers, in one piece or in triangles. */
export class Painter2D {
  #again;
  #timer = /** @type {any} */ (0);
  #source = /** @type {Picture | null} */ (null);
  #picture = /** @type {any} */ (null); // scaled down to LARGEST
  #field = /** @type {Field | null} */ (null);
  #cuts = /** @type {Cut[] | null} */ (null); // made when they are first needed
  #kept = /** @type {Map<string, Cut>} */ (new Map());
  #stack = document.createElement("canvas");
  #small = document.createElement("canvas");
  #hatch = /** @type {CanvasPattern | null} */ (null);
  #stripe = 0;
  #lastTime = 0;
  #lastAt = -Infinity;
  #sharp = false;
  #map = new Float64Array(6);

  /** @param {() => void} again draws the last frame once more */
  constructor(again) {
    this.#again = again;
  }

  dispose() {
    clearTimeout(this.#timer);
    for (const { cut } of this.#kept.values()) cut.width = cut.height = 0;
    this.#kept.clear();
    this.#stack.width = this.#stack.height = this.#small.width = this.#small.height = 0;
    this.#source = this.#picture = this.#field = this.#cuts = null;
  }

  /** @param {Picture | null} picture */
  setPicture(picture) {
    this.#source = picture;
    this.#picture = null;
    this.#cuts = null;
    this.#kept.clear();
  }

  /** @param {Field | null} field */
  setField(field) {
    this.#field = field;
    this.#cuts = null;
  }

  /** @param {CanvasRenderingContext2D} context @param {Frame} frame */
  draw(context, frame) {
    const source = /** @type {Picture} */ (this.#source);
    const { left, top, scaleX, scaleY, x0, y0, x1, y1 } = frame;
    const layers = this.#field?.layers ?? [];
    const moved = frame.time > 0 && layers.some(({ moves }) => moves);
    const cuts = moved || frame.onion ? this.#cut() : [];
    context.save();
    context.beginPath();
    context.rect(x0, y0, x1 - x0, y1 - y0);
    context.clip();
    if (!moved) {
      context.imageSmoothingEnabled = scaleX < 4 * source.width;
      context.imageSmoothingQuality = "medium";
      context.drawImage(source.image, left, top, scaleX, scaleY);
    } else {
      const quick = this.#isRunning(frame.time) ? Math.min(1, QUICK / Math.max(x1 - x0, y1 - y0)) : 1;
      const stack = this.#drawStack(frame, cuts, quick);
      if (frame.holes) {
        context.fillStyle = this.#pattern(context, 9 * frame.pixelRatio);
        context.fillRect(x0, y0, x1 - x0, y1 - y0);
      } else this.#drawSurroundings(context, frame, quick);
      // Shares that add up to 1 cover at least 0.65 of a place when laid over each other; three times over, all of it.
      for (let time = 0; time < 3; time += 1) {
        context.drawImage(stack, 0, 0, (x1 - x0) * quick, (y1 - y0) * quick, x0, y0, x1 - x0, y1 - y0);
      }
    }
    if (frame.onion) {
      context.globalAlpha = 0.35;
      for (const time of [0, 0.25, 0.5, 0.75, 1]) {
        if (Math.abs(time - frame.time) < 0.02) continue;
        for (const cut of cuts) {
          if (cut.layer.layer >= 0 && cut.layer.moves) this.#drawLayer(context, cut, time, left, top, scaleX, scaleY);
        }
      }
    }
    context.restore();
  }

  /** Whether this is a frame of play; if so, a sharp one follows when play ends. @param {number} time */
  #isRunning(time) {
    const now = performance.now();
    const running = !this.#sharp && time !== this.#lastTime && now - this.#lastAt < RUNNING;
    this.#lastTime = time;
    this.#lastAt = now;
    clearTimeout(this.#timer);
    if (running) {
      this.#timer = setTimeout(() => {
        this.#sharp = true;
        this.#again();
        this.#sharp = false;
      }, 1.5 * RUNNING);
    }
    return running;
  }

  /** @param {Frame} frame @param {Cut[]} cuts @param {number} quick how much smaller */
  #drawStack(frame, cuts, quick) {
    const [width, height] = [Math.ceil((frame.x1 - frame.x0) * quick), Math.ceil((frame.y1 - frame.y0) * quick)];
    const context = sized(this.#stack, width, height);
    for (const cut of cuts) {
      const [left, top] = [(frame.left - frame.x0) * quick, (frame.top - frame.y0) * quick];
      this.#drawLayer(context, cut, frame.time, left, top, frame.scaleX * quick, frame.scaleY * quick);
    }
    return this.#stack;
  }

  /** The frame's own colours, blurred ever less: a pyramid that fills what nothing covers. */
  #drawSurroundings(/** @type {CanvasRenderingContext2D} */ context, /** @type {Frame} */ frame, /** @type {number} */ quick) {
    const [width, height] = [frame.x1 - frame.x0, frame.y1 - frame.y0];
    for (const part of [128, 64, 32, 16, 8]) {
      const [across, down] = [Math.max(1, Math.round(width / part)), Math.max(1, Math.round(height / part))];
      const small = sized(this.#small, across, down);
      small.imageSmoothingQuality = "high";
      small.drawImage(this.#stack, 0, 0, width * quick, height * quick, 0, 0, across, down);
      for (let time = 0; time < (part === 128 ? 12 : 3); time += 1) {
        context.drawImage(this.#small, 0, 0, across, down, frame.x0, frame.y0, width, height);
      }
    }
  }

  /**
   * One layer at a time of the clip, where the picture's corner is at (left, top) and its size (scaleX, scaleY).
   * @param {CanvasRenderingContext2D} context @param {Cut} cut @param {number} time
   * @param {number} left @param {number} top @param {number} scaleX @param {number} scaleY
   */
  #drawLayer(context, { layer, cut, cells, x, y }, time, left, top, scaleX, scaleY) {
    if (!cells.length) return;
    const { rows, columns, mesh, frames, jumps } = layer;
    const { width, height } = this.#picture;
    const place = time * (frames - 1);
    const before = Math.floor(jumps ? place + 0.5 : place);
    const mix = jumps ? 0 : place - before;
    const one = mesh.length / frames;
    const [a, b] = [before * one, Math.min(before + 1, frames - 1) * one];
    /** @param {number} vertex */
    const px = (vertex) => left + scaleX * (mesh[a + 2 * vertex] * (1 - mix) + mesh[b + 2 * vertex] * mix);
    /** @param {number} vertex */
    const py = (vertex) => top + scaleY * (mesh[a + 2 * vertex + 1] * (1 - mix) + mesh[b + 2 * vertex + 1] * mix);
    const across = columns + 1;
    const map = this.#map;
    context.imageSmoothingQuality = "low";

    affine(map, 0, 0, width, 0, 0, height, px(0), py(0), px(columns), py(columns), px(rows * across), py(rows * across));
    if (isAffine(map, cells, rows, columns, width, height, px, py)) {
      context.setTransform(map[0], map[1], map[2], map[3], map[4], map[5]);
      context.drawImage(cut, x, y);
      context.setTransform(1, 0, 0, 1, 0, 0);
      return;
    }
    const [cellWidth, cellHeight] = [width / columns, height / rows];
    for (const cell of cells) {
      const [row, column] = [Math.floor(cell / columns), cell % columns];
      for (let half = 0; half < 6; half += 3) {
        let [middleX, middleY] = [0, 0];
        for (let k = 0; k < 3; k += 1) {
          const corner = TRIANGLES[half + k];
          const vertex = (row + (corner >> 1)) * across + column + (corner & 1);
          corners[4 * k] = (column + (corner & 1)) * cellWidth;
          corners[4 * k + 1] = (row + (corner >> 1)) * cellHeight;
          middleX += (corners[4 * k + 2] = px(vertex)) / 3;
          middleY += (corners[4 * k + 3] = py(vertex)) / 3;
        }
        const [u0, v0, x0, y0, u1, v1, x1, y1, u2, v2, x2, y2] = corners;
        affine(map, u0, v0, u1, v1, u2, v2, x0, y0, x1, y1, x2, y2);
        context.save();
        context.beginPath();
        for (let k = 0; k < 3; k += 1) {
          const [dx, dy] = [corners[4 * k + 2] - middleX, corners[4 * k + 3] - middleY];
          const larger = 1 + OVERLAP / Math.max(Math.hypot(dx, dy), OVERLAP);
          context.lineTo(middleX + dx * larger, middleY + dy * larger);
        }
        context.clip();
        context.setTransform(map[0], map[1], map[2], map[3], map[4], map[5]);
        context.drawImage(cut, x, y);
        context.restore();
      }
    }
  }

  /** The layers cut out of the picture. */
  #cut() {
    const source = /** @type {Picture} */ (this.#source);
    this.#picture ??= atMost(source, LARGEST);
    const { width, height } = this.#picture;
    if (this.#cuts) return this.#cuts;
    const kept = /** @type {typeof this.#kept} */ (new Map());
    this.#cuts = (this.#field?.layers ?? []).map((layer) => {
      const { mask, rows, columns, box } = layer;
      const name = `${mask.hash} ${rows} ${columns}`;
      const found = this.#kept.get(name);
      if (found) {
        kept.set(name, { ...found, layer });
        return { ...found, layer };
      }
      // A texel more on every side, because the mask is drawn smoothly.
      const [x, y] = [Math.floor((box[0] - 1 / mask.width) * width), Math.floor((box[1] - 1 / mask.height) * height)];
      const [x0, y0] = [Math.max(0, x), Math.max(0, y)];
      const right = Math.min(width, Math.ceil((box[2] + 1 / mask.width) * width));
      const bottom = Math.min(height, Math.ceil((box[3] + 1 / mask.height) * height));
      const canvas = document.createElement("canvas");
      const context = sized(canvas, Math.max(1, right - x0), Math.max(1, bottom - y0));
      context.drawImage(this.#picture, -x0, -y0);
      context.globalCompositeOperation = "destination-in";
      context.drawImage(stencil(mask), -x0, -y0, width, height);
      const made = { layer, cut: canvas, cells: coveredCells(layer), x: x0, y: y0 };
      kept.set(name, made);
      return made;
    });
    this.#kept = kept;
    return this.#cuts;
  }

  /** Diagonal stripes. @param {CanvasRenderingContext2D} context @param {number} stripe pixels */
  #pattern(context, stripe) {
    if (this.#hatch && stripe === this.#stripe) return this.#hatch;
    const side = Math.round(stripe);
    const tile = document.createElement("canvas");
    const drawn = sized(tile, side, side);
    drawn.fillStyle = "#303030";
    drawn.fillRect(0, 0, side, side);
    drawn.strokeStyle = "#4c4c4c";
    drawn.lineWidth = side * 0.26;
    for (const shift of [-side, 0, side]) {
      drawn.moveTo(shift - side, -side);
      drawn.lineTo(shift + 2 * side, 2 * side);
    }
    drawn.stroke();
    this.#stripe = stripe;
    return (this.#hatch = /** @type {CanvasPattern} */ (context.createPattern(tile, "repeat")));
  }
}

const corners = new Float64Array(12);

/** An empty canvas of a size. @param {HTMLCanvasElement} canvas @param {number} width @param {number} height */
function sized(canvas, width, height) {
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  else context.clearRect(0, 0, width, height);
  return context;
}

/** A mask as alpha. @param {import("./field_format.mjs").Share} mask */
function stencil({ width, height, data }) {
  const canvas = document.createElement("canvas");
  const context = sized(canvas, width, height);
  const pixels = context.createImageData(width, height);
  for (let at = 0; at < data.length; at += 1) pixels.data[4 * at + 3] = data[at];
  context.putImageData(pixels, 0, 0);
  return canvas;
}

/**
 * The map [a, b, c, d, e, f] of setTransform that takes three places (u, v) to (x, y).
 * @param {Float64Array} map @param {number} u0 @param {number} v0 @param {number} u1 @param {number} v1
 * @param {number} u2 @param {number} v2 @param {number} x0 @param {number} y0 @param {number} x1 @param {number} y1
 * @param {number} x2 @param {number} y2
 */
function affine(map, u0, v0, u1, v1, u2, v2, x0, y0, x1, y1, x2, y2) {
  const [au, av, bu, bv] = [u1 - u0, v1 - v0, u2 - u0, v2 - v0];
  const area = au * bv - bu * av;
  map[0] = ((x1 - x0) * bv - (x2 - x0) * av) / area;
  map[1] = ((y1 - y0) * bv - (y2 - y0) * av) / area;
  map[2] = ((x2 - x0) * au - (x1 - x0) * bu) / area;
  map[3] = ((y2 - y0) * au - (y1 - y0) * bu) / area;
  map[4] = x0 - map[0] * u0 - map[2] * v0;
  map[5] = y0 - map[1] * u0 - map[3] * v0;
}

/**
 * Whether the corners of all cells lie where one map puts them.
 * @param {Float64Array} map @param {number[]} cells @param {number} rows @param {number} columns
 * @param {number} width @param {number} height @param {(v: number) => number} px @param {(v: number) => number} py
 */
function isAffine(map, cells, rows, columns, width, height, px, py) {
  for (const cell of cells) {
    for (let corner = 0; corner < 4; corner += 1) {
      const [row, column] = [Math.floor(cell / columns) + (corner >> 1), (cell % columns) + (corner & 1)];
      const [u, v] = [(column / columns) * width, (row / rows) * height];
      const vertex = row * (columns + 1) + column;
      if (Math.abs(map[0] * u + map[2] * v + map[4] - px(vertex)) > BENT) return false;
      if (Math.abs(map[1] * u + map[3] * v + map[5] - py(vertex)) > BENT) return false;
    }
  }
  return true;
}
