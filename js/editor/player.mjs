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
 * What a painter draws: `width` x `height` pixels, in which the picture's corner is at (left, top) and its size is
 * (scaleX, scaleY); `stripe` is the width of the hatch of holes, 0 for none.
 * @typedef {{time: number, width: number, height: number, left: number, top: number, scaleX: number, scaleY: number,
 *   stripe: number, onion: boolean}} Frame
 */

const RETRIES = [200, 1000, 4000, 15000]; // ms from the loss of a context to asking for another
const STRIPE = 9; // CSS px
const SETTLED = 250; // ms after which the time stands still
const RUNNING = 1200; // ms between two frames, at most, while the time runs
const SLOW = 30; // ms for a frame of play; three such, and they become coarser
const SWIFT = 20; // ms; many such, and they become finer again
const AWAY = 3000; // ms; the page was hidden
const COARSEST = 0.3;

/**
 * @param {HTMLCanvasElement} canvas
 * @param {{prefer?: string | null}} [options] prefer: "2d" or "webgl2"; by default WebGL only if a GPU does it, because a
 *   processor is quicker at the plain canvas
 */
export function createPlayer(canvas, { prefer } = {}) {
  return new Player(canvas, prefer);
}

/**
 * Shows the picture as the field moves it. The canvas is a plain 2D one: WebGL draws in one context that all players
 * share (a browser has about 16), and hands its frame over; while that context is lost, the 2D painter stands in.
 * On a slow machine play is coarser, and what stands still is sharp.
 */
class Player {
  #context;
  #must;
  #painter = /** @type {PainterWebGL | Painter2D | null} */ (null);
  #picture = /** @type {Picture | null} */ (null);
  #field = /** @type {Field | null} */ (null);
  #last = /** @type {Shown | null} */ (null);
  #frame = /** @type {Frame} */ ({});
  #losses = 0;
  #retry = /** @type {any} */ (0);
  #settle = /** @type {any} */ (0);
  #probe = 0;
  #fineness = 1; // of frames of play
  #streak = 0; // slow frames, or swift ones below zero
  #running = false;
  #time = 0;
  #changedAt = -Infinity;

  /** @param {HTMLCanvasElement} canvas @param {string | null} [prefer] */
  constructor(canvas, prefer) {
    this.canvas = canvas;
    this.#must = prefer === "webgl2";
    this.#context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    this.#use(prefer !== "2d");
  }

  get kind() {
    return this.#painter instanceof PainterWebGL ? "webgl2" : "2d";
  }

  /** Whether the 2D painter stands in for a WebGL context that was lost. */
  get lost() {
    return this.#losses > 0 && this.kind === "2d";
  }

  /** @param {Picture | null} picture */
  setPicture(picture) {
    if (picture === this.#picture) return;
    this.#picture = picture;
    this.#painter?.setPicture(picture);
  }

  /** @param {Field | null} field */
  setField(field) {
    if (field === this.#field) return;
    this.#field = field;
    this.#painter?.setField(field);
  }

  /** @param {Shown} shown */
  draw(shown) {
    this.#last = shown;
    const { canvas } = this;
    const context = this.#context;
    const { pixelRatio = 1, background, view } = shown;
    context.globalAlpha = 1;
    context.clearRect(0, 0, canvas.width, canvas.height);
    if (background) {
      context.fillStyle = background;
      context.fillRect(0, 0, canvas.width, canvas.height);
    }
    if (!this.#picture || !this.#painter) return;
    const [scaleX, scaleY, left, top] = view.matrix.map((value) => value * pixelRatio);
    const x = Math.max(0, Math.floor(left));
    const y = Math.max(0, Math.floor(top));
    const width = Math.min(canvas.width, Math.ceil(left + scaleX)) - x;
    const height = Math.min(canvas.height, Math.ceil(top + scaleY)) - y;
    if (width <= 0 || height <= 0) return;
    const frame = this.#frame;
    frame.time = Math.min(Math.max(shown.time, 0), 1);
    const fine = this.#pace(frame.time) ? this.#fineness : 1;
    frame.width = Math.ceil(width * fine);
    frame.height = Math.ceil(height * fine);
    frame.left = (left - x) * fine;
    frame.top = (top - y) * fine;
    frame.scaleX = scaleX * fine;
    frame.scaleY = scaleY * fine;
    frame.stripe = (shown.holes ?? true) ? STRIPE * pixelRatio * fine : 0;
    frame.onion = shown.onion ?? false;
    const drawn = this.#painter.draw(frame);
    context.imageSmoothingQuality = "low";
    context.drawImage(drawn, 0, 0, width * fine, height * fine, x, y, width, height);
  }

  dispose() {
    clearTimeout(this.#retry);
    clearTimeout(this.#settle);
    cancelAnimationFrame(this.#probe);
    this.#painter?.dispose();
    this.#painter = this.#picture = this.#field = this.#last = null;
  }

  /** Whether the time runs; sees to a sharp frame afterwards. @param {number} time */
  #pace(time) {
    if (time === this.#time) return this.#running;
    const now = performance.now();
    this.#running = now - this.#changedAt < RUNNING;
    this.#time = time;
    this.#changedAt = now;
    // The next frame of the page comes late where this one is much work, whoever does it.
    this.#probe ||= requestAnimationFrame(() => {
      this.#probe = 0;
      this.#learn(performance.now() - now);
    });
    clearTimeout(this.#settle);
    if (this.#running) this.#settle = setTimeout(() => this.#sharpen(), SETTLED);
    return this.#running;
  }

  /** How fine frames of play may be. @param {number} cost ms that one took */
  #learn(cost) {
    if (cost > AWAY) return;
    if (cost > SLOW) this.#streak = Math.max(0, this.#streak) + 1;
    if (cost < SWIFT) this.#streak = Math.min(0, this.#streak) - 1;
    const change = cost > 7 * SLOW ? 0.5 : this.#streak > 2 ? 0.7 : this.#streak < -60 ? 1.3 : 1;
    if (change === 1) return;
    this.#streak = 0;
    this.#fineness = Math.min(1, Math.max(COARSEST, this.#fineness * change));
  }

  #sharpen() {
    this.#running = false;
    if (this.#last && this.#fineness < 1) this.draw(this.#last);
  }

  /** @param {boolean} accelerated @returns {boolean} whether it is what was asked */
  #use(accelerated) {
    let painter = null;
    try {
      painter = accelerated ? new PainterWebGL(() => this.#onLost(), this.#must) : new Painter2D();
    } catch {
      if (this.#painter) return false;
    }
    this.#painter?.dispose();
    this.#painter = painter ?? new Painter2D();
    this.#painter.setPicture(this.#picture);
    this.#painter.setField(this.#field);
    this.#fineness = this.kind === "2d" ? 0.5 : 1;
    if (this.#last) this.draw(this.#last);
    return painter !== null;
  }

  #onLost() {
    this.#use(false);
    const again = () => {
      const pause = RETRIES[Math.min((this.#losses += 1), RETRIES.length) - 1];
      this.#retry = setTimeout(() => this.#use(true) || again(), pause);
    };
    again();
  }
}
