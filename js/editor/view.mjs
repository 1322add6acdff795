// @ts-check
/** What part of the picture the stage shows: from document coordinates to CSS px and back. */

import { extent } from "./geometry.mjs";

const NEAREST = 64;
const FARTHEST = 0.1;

export class View {
  #aspect = 1;
  #margin = 24;
  #fits = true; // follows the stage's size until a hand moves it
  /** CSS px of the stage */
  width = 1;
  height = 1;
  /** CSS px of the picture's top left corner */
  left = 0;
  top = 0;
  /** CSS px a unit of the short side */
  scale = 1;

  get aspect() {
    return this.#aspect;
  }

  set aspect(value) {
    if (!(value > 0) || value === this.#aspect) return;
    this.#aspect = value;
    this.fit(this.#margin);
  }

  /** @param {number} width CSS px @param {number} height */
  resize(width, height) {
    if (!(width > 0 && height > 0)) return;
    this.left += (width - this.width) / 2;
    this.top += (height - this.height) / 2;
    this.width = width;
    this.height = height;
    if (this.#fits) this.fit(this.#margin);
    else this.#keepNear();
  }

  /** [a, d, e, f]: stage x = a x + e, stage y = d y + f. */
  get matrix() {
    const [width, height] = extent(this.#aspect);
    return [this.scale * width, this.scale * height, this.left, this.top];
  }

  /** 1 where the picture fits the stage. */
  get zoom() {
    return this.scale / this.#fitting(this.#margin);
  }

  /** @param {readonly number[]} point document @returns {[number, number]} CSS px */
  toStage([x, y]) {
    const [a, d, e, f] = this.matrix;
    return [a * x + e, d * y + f];
  }

  /** @param {readonly number[]} point CSS px @returns {[number, number]} document */
  toDocument([x, y]) {
    const [a, d, e, f] = this.matrix;
    return [(x - e) / a, (y - f) / d];
  }

  /**
   * Zoom so that what lies under (x, y) stays there. @param {number} x CSS px @param {number} y
   * @param {number} factor
   */
  zoomAt(x, y, factor) {
    const fitting = this.#fitting(this.#margin);
    const scale = Math.min(Math.max(this.scale * factor, FARTHEST * fitting), NEAREST * fitting);
    if (!(scale > 0)) return;
    this.left = x - ((x - this.left) * scale) / this.scale;
    this.top = y - ((y - this.top) * scale) / this.scale;
    this.scale = scale;
    this.#fits = false;
    this.#keepNear();
  }

  /** @param {number} x CSS px @param {number} y */
  panBy(x, y) {
    this.left += x;
    this.top += y;
    this.#fits = false;
    this.#keepNear();
  }

  /** Show the whole picture. @param {number} margin CSS px */
  fit(margin = 24) {
    this.#margin = margin;
    this.scale = this.#fitting(margin);
    this.#fits = true;
    this.#centre();
  }

  /** One pixel of the picture a CSS px. @param {{width: number, height: number} | null} picture */
  oneToOne(picture) {
    if (!picture) return this.fit(this.#margin);
    const [x, y] = this.toDocument([this.width / 2, this.height / 2]);
    this.scale = Math.min(picture.width, picture.height);
    const [a, d] = this.matrix;
    this.left = this.width / 2 - Math.min(Math.max(x, 0), 1) * a;
    this.top = this.height / 2 - Math.min(Math.max(y, 0), 1) * d;
    this.#fits = false;
  }

  /** @param {number} margin */
  #fitting(margin) {
    const [width, height] = extent(this.#aspect);
    const room = Math.min(margin, this.width / 8, this.height / 8); // a small node has no room to waste
    return Math.max(Math.min((this.width - 2 * room) / width, (this.height - 2 * room) / height), 1e-3);
  }

  #centre() {
    const [a, d] = this.matrix;
    this.left = (this.width - a) / 2;
    this.top = (this.height - d) / 2;
  }

  /** A corner of the picture stays in sight: a lost picture is hard to find. */
  #keepNear() {
    const [a, d] = this.matrix;
    const x = Math.min(40, this.width / 4),
      y = Math.min(40, this.height / 4);
    this.left = Math.min(Math.max(this.left, x - a), this.width - x);
    this.top = Math.min(Math.max(this.top, y - d), this.height - y);
  }
}
