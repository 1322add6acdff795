// @ts-check
import { coveredCells, grouped, opacityAt } from "./field_format.mjs";
import { atMost, sized } from "./player_canvas.mjs";

/** @typedef {import("./field_format.mjs").Field} Field */
/** @typedef {import("./field_format.mjs").FieldLayer} FieldLayer */
/** @typedef {import("./moving_picture.mjs").Frame} Frame */
/** @typedef {import("./player.mjs").Picture} Picture */
/** @typedef {{layer: FieldLayer, name: string, overlay: ImageBitmap | null, cut: HTMLCanvasElement, cells: number[], x: number, y: number}} Cut */

const LARGEST = 1920; // px, the longer side of the picture that is warped
const BENT = 0.25; // px; a mesh that differs less from one affine map is drawn with that map
const OVERLAP = 0.6; // px by which triangles are enlarged, to avoid seams
const TRIANGLES = [0, 1, 2, 3, 2, 1];
// Shares that add up to 1 cover at least 0.65 of a place when they are drawn over each other; drawn three times, all.
const TIMES = 3;

/** Draws frames without WebGL: the layers are cut out and drawn as a whole or in triangles. */
export class Painter2D {
  #source = /** @type {Picture | null} */ (null);
  #picture = /** @type {any} */ (null); // scaled down to LARGEST
  #field = /** @type {Field | null} */ (null);
  #cuts = /** @type {Cut[]} */ ([]);
  #isCut = false; // whether the layers are cut out for the present field
  #out = document.createElement("canvas");
  #stack = document.createElement("canvas");
  #small = document.createElement("canvas");
  #copies = [document.createElement("canvas"), document.createElement("canvas")];
  #weights = document.createElement("canvas");
  #map = new Float64Array(6);
  #corners = new Float64Array(12);

  dispose() {
    this.setPicture(null);
    for (const canvas of [this.#out, this.#stack, this.#small, this.#weights, ...this.#copies])
      canvas.width = canvas.height = 0;
  }

  /** @param {Picture | null} picture */
  setPicture(picture) {
    this.#source = picture;
    this.#picture = picture && atMost(picture, LARGEST);
    this.#cuts = [];
    this.#isCut = false;
  }

  /** @param {Field | null} field */
  setField(field) {
    this.#field = field;
    this.#isCut = false;
  }

  /** @param {Frame} frame @returns {HTMLCanvasElement} has the frame in its upper left corner */
  draw(frame) {
    const { time, width, height, left, top, scaleX, scaleY } = frame;
    const source = /** @type {Picture} */ (this.#source);
    const context = sized(this.#out, width, height);
    const moved = time > 0 && this.#field?.layers.some(({ moves }) => moves);
    if (moved || frame.onion) this.#cut();
    if (moved) {
      const stack = sized(this.#stack, width, height);
      for (const group of grouped(this.#cuts)) this.#drawGroup(stack, group, frame);
      context.save();
      context.beginPath();
      context.rect(left, top, scaleX, scaleY); // parts that move out of the picture are not shown
      context.clip();
      if (frame.stripe) {
        context.fillStyle = hatch(context, frame.stripe);
        context.fillRect(0, 0, width, height);
      } else this.#drawSurroundings(context, width, height);
      for (let time = 0; time < TIMES; time += 1) context.drawImage(this.#stack, 0, 0);
      context.restore();
    } else {
      context.imageSmoothingEnabled = scaleX < 4 * source.width;
      context.imageSmoothingQuality = "medium";
      context.drawImage(source.image, left, top, scaleX, scaleY);
      context.imageSmoothingEnabled = true;
    }
    if (frame.onion) {
      context.globalAlpha = 0.3;
      for (const then of [0, 0.25, 0.5, 0.75, 1]) {
        if (Math.abs(then - time) < 0.02) continue;
        for (const cut of this.#cuts) {
          if (cut.layer.layer >= 0 && cut.layer.moves) this.#drawLayer(context, cut, then, frame);
        }
      }
      context.globalAlpha = 1;
    }
    return this.#out;
  }

  /** Fills what nothing covers with a pyramid of the frame's own colours, from coarse to fine.
   * @param {CanvasRenderingContext2D} context @param {number} width @param {number} height */
  #drawSurroundings(context, width, height) {
    for (const part of [128, 64, 32, 16, 8]) {
      const [across, down] = [Math.ceil(width / part), Math.ceil(height / part)];
      const small = sized(this.#small, across, down);
      small.imageSmoothingQuality = "high";
      small.drawImage(this.#stack, 0, 0, across, down);
      const times = part === 128 ? 4 * TIMES : TIMES;
      for (let time = 0; time < times; time += 1) context.drawImage(this.#small, 0, 0, width, height);
    }
  }

  /** Draws a layer, or both copies of one. @param {CanvasRenderingContext2D} context @param {Cut[]} group @param {Frame} frame */
  #drawGroup(context, group, frame) {
    const { time, width, height, left, top, scaleX, scaleY } = frame;
    const { layer } = group[group.length - 1];
    const passed = layer.copy === undefined ? 0 : opacityAt(layer, time);
    if (passed === 0 || passed === 1) {
      const shown = group.filter((cut) => (cut.layer.copy ?? 0) === passed);
      for (const cut of shown) this.#drawLayer(context, cut, time, frame, 1);
      return;
    }
    const weights = drawWeights(this.#weights, passed, layer.mixing);
    const [first, second] = this.#copies.map((canvas, copy) => {
      const drawn = sized(canvas, width, height);
      for (const cut of group) if (cut.layer.copy === copy) this.#drawLayer(drawn, cut, time, frame, 1);
      drawn.globalCompositeOperation = copy ? "destination-in" : "destination-out";
      drawn.drawImage(weights, left, top, scaleX, scaleY);
      drawn.globalCompositeOperation = "source-over";
      return drawn;
    });
    first.globalCompositeOperation = "lighter";
    first.drawImage(second.canvas, 0, 0);
    first.globalCompositeOperation = "source-over";
    context.drawImage(first.canvas, 0, 0);
  }

  /** @param {CanvasRenderingContext2D} context @param {Cut} cut @param {number} time @param {Frame} frame @param {number} [opacity] */
  #drawLayer(
    context,
    { layer, cut, cells, x, y },
    time,
    { left, top, scaleX, scaleY },
    opacity = opacityAt(layer, time),
  ) {
    const { rows, columns, mesh, part, frames, jumps } = layer;
    const { width, height } = this.#picture;
    const corners = this.#corners;
    const map = this.#map;
    const { globalAlpha } = context;
    const place = time * (frames - 1);
    const before = Math.floor(jumps ? place + 0.5 : place);
    const mix = jumps ? 0 : place - before;
    context.globalAlpha = globalAlpha * opacity;
    const one = mesh.length / frames;
    const [a, b] = [before * one, Math.min(before + 1, frames - 1) * one];
    /** Where a cell's corner was on the picture and is in the frame, into corners[4 k…].
     * @param {number} k @param {number} cell @param {number} corner */
    const set = (k, cell, corner) => {
      const row = Math.floor(cell / columns) + (corner >> 1);
      const column = (cell % columns) + (corner & 1);
      const at = 2 * (row * (columns + 1) + column);
      corners[4 * k] = (part[0] + (column / columns) * (part[2] - part[0])) * width;
      corners[4 * k + 1] = (part[1] + (row / rows) * (part[3] - part[1])) * height;
      corners[4 * k + 2] = left + scaleX * (mesh[a + at] + mix * (mesh[b + at] - mesh[a + at]));
      corners[4 * k + 3] = top + scaleY * (mesh[a + at + 1] + mix * (mesh[b + at + 1] - mesh[a + at + 1]));
    };
    const isOneMap = () =>
      cells.every((cell) => {
        for (let corner = 0; corner < 4; corner += 1) {
          set(0, cell, corner);
          const [u, v, px, py] = corners;
          if (Math.abs(map[0] * u + map[2] * v + map[4] - px) > BENT) return false;
          if (Math.abs(map[1] * u + map[3] * v + map[5] - py) > BENT) return false;
        }
        return true;
      });

    context.imageSmoothingQuality = "low";
    set(0, 0, 0);
    set(1, columns - 1, 1);
    set(2, (rows - 1) * columns, 2);
    setAffine(map, corners);
    if (isOneMap()) {
      context.setTransform(map[0], map[1], map[2], map[3], map[4], map[5]);
      context.drawImage(cut, x, y);
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.globalAlpha = globalAlpha;
      return;
    }
    for (const cell of cells) {
      for (let half = 0; half < 6; half += 3) {
        for (let k = 0; k < 3; k += 1) set(k, cell, TRIANGLES[half + k]);
        setAffine(map, corners);
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
        context.setTransform(map[0], map[1], map[2], map[3], map[4], map[5]);
        context.drawImage(cut, x, y);
        context.restore();
      }
    }
    context.globalAlpha = globalAlpha;
  }

  /** Cuts the layers out of the picture, unless that has been done. */
  #cut() {
    if (this.#isCut) return;
    this.#isCut = true;
    const { width, height } = this.#picture;
    const last = new Map(this.#cuts.map((cut) => [cut.name, cut]));
    this.#cuts = (this.#field?.layers ?? []).map((layer) => {
      const { mask, rows, columns, box, overlay } = layer;
      const name = `${mask.hash} ${rows} ${columns}`;
      const found = last.get(name);
      if (found?.overlay === overlay) return { ...found, layer };
      // One more texel on every side, as the mask is interpolated.
      const x = Math.max(0, Math.floor((box[0] - 1 / mask.width) * width));
      const y = Math.max(0, Math.floor((box[1] - 1 / mask.height) * height));
      const right = Math.min(width, Math.ceil((box[2] + 1 / mask.width) * width));
      const bottom = Math.min(height, Math.ceil((box[3] + 1 / mask.height) * height));
      const cut = document.createElement("canvas");
      const context = sized(cut, right - x, bottom - y);
      context.drawImage(this.#picture, -x, -y, width, height);
      if (overlay) context.drawImage(overlay, -x, -y, width, height);
      context.globalCompositeOperation = "destination-in";
      context.drawImage(stencil(mask), -x, -y, width, height);
      return { layer, name, overlay, cut, cells: coveredCells(layer), x, y };
    });
  }
}

/**
 * The weight of the second copy of a layer as alpha, when a share of the round has passed.
 * @param {HTMLCanvasElement} canvas @param {number} passed @param {import("./field_format.mjs").Mixing} [mixing]
 */
function drawWeights(canvas, passed, mixing) {
  const { width, height, data } = mixing?.times ?? { width: 1, height: 1, data: [0] };
  const context = sized(canvas, width, height);
  const pixels = context.createImageData(width, height);
  for (let at = 0; at < data.length; at += 1) {
    const begins = mixing ? (data[at] / 255) * (1 - mixing.change) : 0;
    const share = mixing ? Math.min(Math.max((passed - begins) / mixing.change, 0), 1) : 0;
    const weight = mixing ? share * share * (3 - 2 * share) : passed;
    pixels.data[4 * at + 3] = Math.round(255 * weight);
  }
  context.putImageData(pixels, 0, 0);
  return canvas;
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

const tiles = /** @type {Map<number, HTMLCanvasElement>} */ (new Map());

/** Diagonal stripes. @param {CanvasRenderingContext2D} context @param {number} stripe pixels from one to the next, across */
function hatch(context, stripe) {
  const side = Math.max(2, Math.round(stripe));
  let tile = tiles.get(side);
  if (!tile) {
    tile = document.createElement("canvas");
    tiles.set(side, tile);
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
  }
  return /** @type {CanvasPattern} */ (context.createPattern(tile, "repeat"));
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
