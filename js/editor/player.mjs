// @ts-check
import { Painter2D } from "./player_2d.mjs";
import { PainterWebGL } from "./player_webgl.mjs";

/** @typedef {import("./field_format.mjs").Field} Field */
/** @typedef {{image: CanvasImageSource, width: number, height: number}} Picture */
/**
 * @typedef {{time: number, view: {matrix: number[]}, pixelRatio?: number, holes?: boolean, onion?: boolean,
 *   background?: string | null}} Shown
 *   view.matrix [a, d, e, f] takes document coordinates to CSS pixels: (a x + e, d y + f)
 */
/**
 * What a painter draws, all in pixels of the canvas: `left`, `top`, `scaleX`, `scaleY` say where the picture lies,
 * [x0, y0, x1, y1) which part of it shows. `now` lies between two frames of the field.
 * @typedef {{time: number, left: number, top: number, scaleX: number, scaleY: number, x0: number, y0: number,
 *   x1: number, y1: number, pixelRatio: number, holes: boolean, onion: boolean}} Frame
 */

/** How long after the context was lost a new one is asked for, in ms. */
const RETRIES = [200, 1000, 4000, 15000];

/** @param {HTMLCanvasElement} canvas @param {{prefer?: string | null}} [options] prefer: "2d" or "webgl2" */
export function createPlayer(canvas, { prefer } = {}) {
  return new Player(canvas, prefer !== "2d");
}

/**
 * Shows the picture as the field moves it. The canvas is a plain 2D one: WebGL draws in one context that all players
 * share (a browser has about 16), and hands its frame over; while that context is lost, the 2D painter stands in.
 */
class Player {
  #canvas;
  #context;
  #painter = /** @type {PainterWebGL | Painter2D | null} */ (null);
  #picture = /** @type {Picture | null} */ (null);
  #field = /** @type {Field | null} */ (null);
  #last = /** @type {Shown | null} */ (null);
  #retry = /** @type {any} */ (0);
  #lost = 0; // times
  #frame = /** @type {Frame} */ ({});

  /** @param {HTMLCanvasElement} canvas @param {boolean} accelerated */
  constructor(canvas, accelerated) {
    this.#canvas = canvas;
    this.#context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    this.#use(accelerated ? PainterWebGL.create(() => this.#onLost()) : null);
  }

  /** What it draws on. */
  get canvas() {
    return this.#canvas;
  }

  get kind() {
    return this.#painter instanceof PainterWebGL ? "webgl2" : "2d";
  }

  /** Whether the 2D painter stands in for a WebGL context that was lost. */
  get lost() {
    return this.#lost > 0 && this.kind === "2d";
  }

  /** @param {Picture | null} picture */
  setPicture(picture) {
    this.#picture = picture;
    this.#painter?.setPicture(picture);
  }

  /** @param {Field | null} field */
  setField(field) {
    this.#field = field;
    this.#painter?.setField(field);
  }

  /** @param {Shown} shown */
  draw(shown) {
    this.#last = shown;
    const { width, height } = this.#canvas;
    const context = this.#context;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.globalAlpha = 1;
    context.globalCompositeOperation = "source-over";
    context.clearRect(0, 0, width, height);
    if (shown.background) {
      context.fillStyle = shown.background;
      context.fillRect(0, 0, width, height);
    }
    if (!this.#picture || !this.#painter) return;
    const frame = this.#frame;
    const ratio = (frame.pixelRatio = shown.pixelRatio ?? 1);
    const [a, d, e, f] = shown.view.matrix;
    frame.time = Math.min(Math.max(shown.time, 0), 1);
    frame.holes = shown.holes ?? true;
    frame.onion = shown.onion ?? false;
    frame.scaleX = a * ratio;
    frame.scaleY = d * ratio;
    frame.left = e * ratio;
    frame.top = f * ratio;
    frame.x0 = Math.max(0, Math.floor(frame.left));
    frame.y0 = Math.max(0, Math.floor(frame.top));
    frame.x1 = Math.min(width, Math.ceil(frame.left + frame.scaleX));
    frame.y1 = Math.min(height, Math.ceil(frame.top + frame.scaleY));
    if (frame.x1 > frame.x0 && frame.y1 > frame.y0) this.#painter.draw(context, frame);
  }

  dispose() {
    clearTimeout(this.#retry);
    this.#painter?.dispose();
    this.#painter = this.#picture = this.#field = this.#last = null;
  }

  /** @param {PainterWebGL | null} painter null: the 2D one */
  #use(painter) {
    this.#painter?.dispose();
    this.#painter = painter ?? new Painter2D(() => this.#last && this.draw(this.#last));
    this.#painter.setPicture(this.#picture);
    this.#painter.setField(this.#field);
    if (this.#last) this.draw(this.#last);
  }

  #onLost() {
    const pause = RETRIES[Math.min(this.#lost, RETRIES.length - 1)];
    this.#lost += 1;
    this.#use(null);
    const again = () => {
      const painter = PainterWebGL.create(() => this.#onLost());
      if (painter) this.#use(painter);
      else this.#retry = setTimeout(again, RETRIES[RETRIES.length - 1]);
    };
    this.#retry = setTimeout(again, pause);
  }
}
