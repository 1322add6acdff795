// @ts-check
/** @typedef {import("./player_2d.mjs").Painter2D} Painter2D */
/** @typedef {import("./player_webgl.mjs").PainterWebGL} PainterWebGL */
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
 * Shows the picture, and as the field moves it as soon as there is one: a painter is loaded for that. The canvas is a plain 2D one: WebGL draws in one context that all players
 * share (a browser has about 16), and hands its frame over; while that context is lost, the 2D painter stands in.
 * On a slow machine play is coarser, and what stands still is sharp.
 */
class Player {
  #context;
  #prefer;
  #ready = /** @type {Promise<boolean> | null} */ (null);
  #turn = 0; // of what is loaded; the last one counts
  #painter = /** @type {PainterWebGL | Painter2D | null} */ (null);
  #picture = /** @type {Picture | null} */ (null);
  #field = /** @type {Field | null} */ (null);
  #last = /** @type {Shown | null} */ (null);
  #frame = /** @type {Frame} */ ({});
  #kind = "";
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
    this.#prefer = prefer;
    this.#context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  }

  /** The painter's: webgl2 or 2d, nothing before there is one. */
  get kind() {
    return this.#kind;
  }

  /** There is a painter, or none is to be had: then the picture stands still until the next field asks again. */
  get ready() {
    return (this.#ready ??= this.#use(this.#prefer !== "2d").catch(() => {
      this.#ready = null;
      return false;
    }));
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
    if (field) void this.ready;
  }

  /** @param {Shown} shown */
  draw(shown) {
    this.#last = shown;
    if (this.#losses && !this.#painter) return; // what was drawn stays until the other painter is there
    const { canvas } = this;
    const context = this.#context;
    const { pixelRatio = 1, background, view } = shown;
    context.globalAlpha = 1;
    context.clearRect(0, 0, canvas.width, canvas.height);
    if (background) {
      context.fillStyle = background;
      context.fillRect(0, 0, canvas.width, canvas.height);
    }
    if (!this.#picture) return;
    const [scaleX, scaleY, left, top] = view.matrix.map((value) => value * pixelRatio);
    if (!this.#painter || !this.#field) {
      context.imageSmoothingEnabled = scaleX < 4 * this.#picture.width;
      context.imageSmoothingQuality = "medium";
      context.drawImage(this.#picture.image, left, top, scaleX, scaleY);
      context.imageSmoothingEnabled = true;
      return;
    }
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
    this.#turn = NaN;
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

  /** @param {boolean} accelerated @returns {Promise<boolean>} whether it is what was asked */
  async #use(accelerated) {
    const must = this.#prefer === "webgl2", turn = (this.#turn += 1);
    let painter = null;
    try {
      if (accelerated) painter = new (await import("./player_webgl.mjs")).PainterWebGL(() => this.#onLost(), must);
    } catch {
      if (this.#painter) return false;
    }
    const asked = !accelerated || painter !== null;
    painter ??= new (await import("./player_2d.mjs")).Painter2D();
    if (turn !== this.#turn) {
      painter.dispose();
      return true;
    }
    this.#kind = asked && accelerated ? "webgl2" : "2d";
    this.#painter?.dispose();
    this.#painter = painter;
    painter.setPicture(this.#picture);
    painter.setField(this.#field);
    this.#fineness = this.#kind === "2d" ? 0.5 : 1;
    if (this.#last) this.draw(this.#last);
    return asked;
  }

  #onLost() {
    this.#painter?.dispose();
    this.#painter = null;
    const again = () => {
      const pause = RETRIES[Math.min((this.#losses += 1), RETRIES.length) - 1];
      this.#retry = setTimeout(async () => (await this.#use(true)) || Number.isNaN(this.#turn) || again(), pause);
    };
    again();
    void this.#use(false).catch(() => {});
  }
}
