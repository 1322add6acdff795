// @ts-check
/** The part of the picture that the stage shows: from document coordinates to CSS px and back. */

import { extent } from "../geometry/units.mjs";
import { clamp } from "../geometry/values.mjs";

/** @import { Point } from "../types" */

const LARGEST_ZOOM = 64;
const SMALLEST_ZOOM = 0.1;
const SEEN = 40; // CSS px of the picture that stay in sight
const MARGIN = 24; // CSS px around a picture that fits

export class View {
  #aspect = 1;
  #margin = MARGIN;
  #fits = true; // whether the picture follows the stage's size, until the artist moves it
  width = 1; // CSS px of the stage
  height = 1;
  left = 0; // CSS px of the picture's top left corner
  top = 0;
  scale = 1; // CSS px per unit of the picture's short side

  get aspect() {
    return this.#aspect;
  }

  set aspect(value) {
    if (!(value > 0) || value === this.#aspect) return;
    this.#aspect = value;
    this.fit(this.#margin);
  }

  /** Follows the stage's size. @param {number} width CSS px @param {number} height */
  resize(width, height) {
    if (!(width > 0 && height > 0)) return;
    const fits = this.#fits;
    const dx = (width - this.width) / 2;
    const dy = (height - this.height) / 2;
    this.width = width;
    this.height = height;
    if (fits) this.fit(this.#margin);
    else this.panBy(dx, dy);
  }

  /** The picture's size and top left corner in CSS px: [width, height, left, top]. */
  get matrix() {
    const [width, height] = extent(this.#aspect);
    return [this.scale * width, this.scale * height, this.left, this.top];
  }

  /** The zoom, which is 1 where the picture fits the stage. */
  get zoom() {
    return this.scale / this.#fitScale;
  }

  /** @param {Point} point document @returns {[number, number]} CSS px */
  toStage([x, y]) {
    const [width, height, left, top] = this.matrix;
    return [width * x + left, height * y + top];
  }

  /** @param {Point} point CSS px @returns {[number, number]} document */
  toDocument([x, y]) {
    const [width, height, left, top] = this.matrix;
    return [(x - left) / width, (y - top) / height];
  }

  /** Zooms so that what lies under (x, y) stays there. @param {number} x CSS px @param {number} y @param {number} factor */
  zoomAt(x, y, factor) {
    const scale = clamp(this.scale * factor, SMALLEST_ZOOM * this.#fitScale, LARGEST_ZOOM * this.#fitScale);
    if (!(scale > 0)) return;
    const ratio = scale / this.scale;
    this.scale = scale;
    this.panBy((x - this.left) * (1 - ratio), (y - this.top) * (1 - ratio));
  }

  /** Moves the picture, and keeps a corner of it in sight. @param {number} x CSS px @param {number} y */
  panBy(x, y) {
    this.#fits = false;
    const [width, height] = this.matrix;
    const across = Math.min(SEEN, this.width / 4);
    const down = Math.min(SEEN, this.height / 4);
    this.left = clamp(this.left + x, across - width, this.width - across);
    this.top = clamp(this.top + y, down - height, this.height - down);
  }

  /** Shows the whole picture. @param {number} margin CSS px */
  fit(margin = MARGIN) {
    this.#margin = margin;
    this.scale = this.#fitScale;
    this.#centre(0.5, 0.5);
    this.#fits = true;
  }

  /** Shows one pixel of the picture as one CSS px. @param {{width: number, height: number} | null} picture */
  oneToOne(picture) {
    if (!picture) return this.fit(this.#margin);
    const [x, y] = this.toDocument([this.width / 2, this.height / 2]);
    this.scale = Math.min(picture.width, picture.height);
    this.#centre(clamp(x, 0, 1), clamp(y, 0, 1));
  }

  /** The scale at which the picture fits. A small node has a smaller margin. */
  get #fitScale() {
    const [width, height] = extent(this.#aspect);
    const room = 2 * Math.min(this.#margin, this.width / 8, this.height / 8);
    return Math.max(Math.min((this.width - room) / width, (this.height - room) / height), 1e-3);
  }

  /** Shows a place of the picture (document) in the middle of the stage. @param {number} x @param {number} y */
  #centre(x, y) {
    const [width, height] = this.matrix;
    this.left = this.width / 2 - x * width;
    this.top = this.height / 2 - y * height;
    this.#fits = false;
  }
}
