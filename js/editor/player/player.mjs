// @ts-check
/** @typedef {import("./field_format.mjs").Field} Field */
/** @typedef {{image: CanvasImageSource, width: number, height: number}} Picture */
/**
 * @typedef {{time: number, view: {matrix: number[]}, pixelRatio?: number, holes?: boolean, onion?: boolean,
 *   background?: string | null}} Shown
 *   view.matrix [a, d, e, f] takes document coordinates to CSS pixels: (a x + e, d y + f)
 */

/**
 * @param {HTMLCanvasElement} canvas
 * @param {{prefer?: string | null}} [options] prefer: "2d" or "webgl2"; by default WebGL only if a GPU does it, because a
 *   processor is quicker at the plain canvas
 */
export function createPlayer(canvas, { prefer } = {}) {
  return new Player(canvas, prefer);
}

/** Shows the picture, and moves it once there is a field; the code for that is loaded with the first field. */
export class Player {
  #context;
  #prefer;
  #mover = /** @type {import("./moving_picture.mjs").MovingPicture | null} */ (null);
  #ready = /** @type {Promise<void> | null} */ (null);
  #given = /** @type {Picture | null} */ (null);
  #picture = /** @type {Picture | null} */ (null);
  #field = /** @type {Field | null} */ (null);
  #whole = /** @type {Field | null} */ (null);
  #last = /** @type {Shown | null} */ (null);
  #isGone = false;

  /** @param {HTMLCanvasElement} canvas @param {string | null} [prefer] */
  constructor(canvas, prefer) {
    this.canvas = canvas;
    this.#prefer = prefer;
    this.#context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  }

  /** The painter that moves the picture: webgl2 or 2d, "" before there is one. */
  get kind() {
    return this.#mover?.kind ?? "";
  }

  /** Whether the 2D painter replaces a WebGL context that was lost. */
  get lost() {
    return this.#mover?.lost ?? false;
  }

  /** Resolves when the picture can move; after a failure the next field tries again. */
  get ready() {
    return (this.#ready ??= this.#begin().catch(() => void (this.#ready = null)));
  }

  async #begin() {
    const { MovingPicture } = await import("./moving_picture.mjs");
    const mover = await MovingPicture.load(this.#prefer, () => this.#last && this.draw(this.#last));
    if (this.#isGone) return mover.dispose();
    this.#mover = mover;
    mover.setPicture(this.#picture);
    mover.setField(this.#field, this.#whole);
    if (this.#last) this.draw(this.#last);
  }

  /** @param {Picture | null} picture */
  setPicture(picture) {
    if (picture === this.#given) return;
    this.#given = picture;
    // A picture that was fitted to the video may have more pixels than that.
    const { width = 0, height = 0 } = /** @type {{width?: number, height?: number}} */ (picture?.image ?? {});
    this.#picture = picture && width > 0 && height > 0 ? { image: picture.image, width, height } : picture;
    this.#mover?.setPicture(this.#picture);
  }

  /** @param {Field | null} field @param {Field | null} [whole] the same with what is behind its layers, once that is known */
  setField(field, whole = null) {
    if (field === this.#field && whole === this.#whole) return;
    this.#field = field;
    this.#whole = whole;
    this.#mover?.setField(field, whole);
    if (field) void this.ready;
  }

  /** @param {Shown} shown */
  draw(shown) {
    this.#last = shown;
    const { canvas } = this;
    const context = this.#context;
    const { pixelRatio = 1, background, view } = shown;
    const mover = this.#field && this.#mover;
    if (mover && !mover.kind) return; // the last frame stays until there is another painter
    context.globalAlpha = 1;
    context.clearRect(0, 0, canvas.width, canvas.height);
    if (background) {
      context.fillStyle = background;
      context.fillRect(0, 0, canvas.width, canvas.height);
    }
    if (!this.#picture) return;
    const box = view.matrix.map((value) => value * pixelRatio);
    const [width, height, left, top] = box;
    if (mover) return mover.draw(context, shown, box);
    context.imageSmoothingEnabled = width < 4 * this.#picture.width; // from this scale on, its pixels are shown as squares
    context.imageSmoothingQuality = "medium";
    context.drawImage(this.#picture.image, left, top, width, height);
    context.imageSmoothingEnabled = true;
  }

  dispose() {
    this.#isGone = true;
    this.#mover?.dispose();
    this.#mover = this.#given = this.#picture = this.#field = this.#whole = this.#last = null;
  }
}
