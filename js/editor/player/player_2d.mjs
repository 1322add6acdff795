// @ts-check
import { grouped, meshName, opacityAt } from "./field_format.mjs";
import { atMost, sized } from "./player_canvas.mjs";
import { coveredBlocks, Warp2D } from "./warp_2d.mjs";

/** @typedef {import("./field_format.mjs").Field} Field */
/** @typedef {import("./field_format.mjs").FieldLayer} FieldLayer */
/** @typedef {import("./moving_picture.mjs").Frame} Frame */
/** @typedef {import("./player.mjs").Picture} Picture */
/** @typedef {import("./warp_2d.mjs").Piece & {name: string, overlay: ImageBitmap | null}} Cut */

const LARGEST = 1920; // px, the longer side of the picture that is warped
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
  #warp = new Warp2D();

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
  #drawLayer(context, cut, time, frame, opacity = opacityAt(cut.layer, time)) {
    const { globalAlpha } = context;
    context.globalAlpha = globalAlpha * opacity;
    context.imageSmoothingQuality = "low";
    this.#warp.draw(context, cut, time, frame, this.#picture);
    context.globalAlpha = globalAlpha;
  }

  /** Cuts the layers out of the picture, unless that has been done. */
  #cut() {
    if (this.#isCut) return;
    this.#isCut = true;
    const { width, height } = this.#picture;
    const last = new Map(this.#cuts.map((cut) => [cut.name, cut]));
    this.#cuts = (this.#field?.layers ?? []).map((layer) => {
      const { mask, box, overlay } = layer;
      const name = meshName(layer);
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
      return { layer, name, overlay, cut, blocks: coveredBlocks(layer), x, y };
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
