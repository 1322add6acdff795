// @ts-check
/** @typedef {import("./field_format.mjs").Field} Field */
/** @typedef {import("./player.mjs").Picture} Picture */
/** @typedef {import("./player_2d.mjs").Painter2D | import("./player_webgl.mjs").PainterWebGL} Painter */
/**
 * What a painter draws: `width` x `height` pixels, in which the picture's corner is at (left, top) and its size is
 * (scaleX, scaleY); `stripe` is the width of the hatch of holes, 0 for none.
 * @typedef {{time: number, width: number, height: number, left: number, top: number, scaleX: number, scaleY: number,
 *   stripe: number, onion: boolean}} Frame
 */

const RETRIES = [200, 1000, 4000, 15000]; // ms from the loss of a context until another one is requested
const STRIPE = 9; // CSS px
const SETTLED = 250; // ms without a change of the time, after which it counts as still
const RUNNING = 1200; // ms; with longer pauses between frames the time does not count as running
const SLOW = 30; // ms; after three such frames of play they become coarser
const SWIFT = 20; // ms; after many such frames they become finer again
const AWAY = 3000; // ms; after a longer pause the page was hidden and not slow
const COARSEST = 0.3;

/**
 * The picture as a field moves it, on a plain 2D canvas: WebGL draws in one context that all players share (a browser has about 16), and its frame is copied to the canvas. While that context is lost, the 2D painter replaces it. On a slow machine frames of play are coarser, and still frames are sharp.
 */
export class MovingPicture {
  #must;
  #redraw;
  #turn = 0; // the number of the latest request for a painter; earlier ones are ignored
  #painter = /** @type {Painter | null} */ (null);
  #picture = /** @type {Picture | null} */ (null);
  #field = /** @type {Field | null} */ (null);
  #whole = /** @type {Field | null} */ (null); // the field with what is behind its layers
  #painted = /** @type {Field | null} */ (null); // the field that the painter has
  #frame = /** @type {Frame} */ ({});
  #losses = 0;
  #retry = /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined);
  #settle = /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined);
  #probe = 0;
  #fineness = 1; // the resolution of frames of play, 1 is full
  #streak = 0; // how many slow frames came in a row; negative for swift ones
  #running = false;
  #time = 0;
  #changedAt = -Infinity;
  /** The kind of the painter: webgl2 or 2d, "" while there is none. */
  kind = "";

  /** @param {string | null | undefined} prefer @param {() => void} redraw */
  constructor(prefer, redraw) {
    this.#must = prefer === "webgl2";
    this.#redraw = redraw;
  }

  /** @param {string | null | undefined} prefer @param {() => void} redraw */
  static async load(prefer, redraw) {
    const mover = new MovingPicture(prefer, redraw);
    await mover.#use(prefer !== "2d");
    return mover;
  }

  get lost() {
    return this.#losses > 0 && this.kind !== "webgl2";
  }

  /** @param {Picture | null} picture */
  setPicture(picture) {
    this.#picture = picture;
    this.#painter?.setPicture(picture);
  }

  /** @param {Field | null} field @param {Field | null} [whole] the same with what is behind its layers, once that is known */
  setField(field, whole = null) {
    this.#field = field;
    this.#whole = whole;
    this.#paint(whole ?? field);
  }

  /** Gives a field to the painter, unless it has it. @param {Field | null} field */
  #paint(field) {
    if (field === this.#painted) return;
    this.#painted = field;
    this.#painter?.setField(field);
  }

  /** @param {CanvasRenderingContext2D} context @param {import("./player.mjs").Shown} shown
   * @param {number[]} box [width, height, left, top] of the picture in pixels */
  draw(context, { time, pixelRatio = 1, holes = true, onion = false }, [scaleX, scaleY, left, top]) {
    const { canvas } = context;
    const x = Math.max(0, Math.floor(left));
    const y = Math.max(0, Math.floor(top));
    const width = Math.min(canvas.width, Math.ceil(left + scaleX)) - x;
    const height = Math.min(canvas.height, Math.ceil(top + scaleY)) - y;
    if (width <= 0 || height <= 0 || !this.#painter) return;
    this.#paint((!holes && this.#whole) || this.#field);
    const frame = this.#frame;
    frame.time = Math.min(Math.max(time, 0), 1);
    const fine = this.#pace(frame.time) ? this.#fineness : 1;
    frame.width = Math.ceil(width * fine);
    frame.height = Math.ceil(height * fine);
    frame.left = (left - x) * fine;
    frame.top = (top - y) * fine;
    frame.scaleX = scaleX * fine;
    frame.scaleY = scaleY * fine;
    frame.stripe = holes ? STRIPE * pixelRatio * fine : 0;
    frame.onion = onion;
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
    this.#painter = this.#picture = this.#field = this.#whole = this.#painted = null;
  }

  /** Whether the time runs; schedules a sharp frame for when it stops. @param {number} time */
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

  /** Adapts the resolution of frames during play. @param {number} cost ms that one took */
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
    if (this.#fineness < 1) this.#redraw();
  }

  /** @param {boolean} accelerated @returns {Promise<boolean>} whether it is what was asked */
  async #use(accelerated) {
    const turn = (this.#turn += 1);
    let painter = null;
    try {
      if (accelerated)
        painter = new (await import("./player_webgl.mjs")).PainterWebGL(() => this.#onLost(), this.#must);
    } catch {
      if (this.#painter) return false;
    }
    const asked = !accelerated || painter !== null;
    painter ??= new (await import("./player_2d.mjs")).Painter2D();
    if (turn !== this.#turn) {
      painter.dispose();
      return true;
    }
    this.kind = asked && accelerated ? "webgl2" : "2d";
    this.#painter?.dispose();
    this.#painter = painter;
    painter.setPicture(this.#picture);
    painter.setField(this.#painted);
    this.#fineness = this.kind === "2d" ? 0.5 : 1;
    this.#redraw();
    return asked;
  }

  #onLost() {
    this.#painter?.dispose();
    this.#painter = null;
    this.kind = "";
    const again = () => {
      const pause = RETRIES[Math.min((this.#losses += 1), RETRIES.length) - 1];
      this.#retry = setTimeout(
        async () => (await this.#use(true)) || Number.isNaN(this.#turn) || again(),
        pause,
      );
    };
    again();
    void this.#use(false).catch(() => {});
  }
}
