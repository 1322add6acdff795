// @ts-check
/** What part of the picture the stage shows: from document coordinates to CSS px and back. */

import { extent } from "../geometry/geometry.mjs";
import { clamp } from "../geometry/values.mjs";

/** @import { Point } from "../types" */

const NEAREST = 64;
const FARTHEST = 0.1; // zoom
const SEEN = 40; // CSS px

export class View {
  #aspect = 1;
  #margin = 24;
  #fits = true; // follows the stage's size until a hand moves it
  width = 1; // CSS px of the stage
  height = 1;
  left = 0; // CSS px of the picture's top left corner
  top = 0;
  scale = 1; // CSS px a unit of the short side

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
    const [dx, dy, fits] = [(width - this.width) / 2, (height - this.height) / 2, this.#fits];
    this.width = width;
    this.height = height;
    if (fits) this.fit(this.#margin);
    else this.panBy(dx, dy);
  }

  /** [a, d, e, f]: stage x = a x + e, stage y = d y + f. */
  get matrix() {
    const [width, height] = extent(this.#aspect);
    return [this.scale * width, this.scale * height, this.left, this.top];
  }

  /** 1 where the picture fits the stage. */
  get zoom() {
    return this.scale / this.#fitting;
  }

  /** @param {Point} point document @returns {[number, number]} CSS px */
  toStage([x, y]) {
    const [a, d, e, f] = this.matrix;
    return [a * x + e, d * y + f];
  }

  /** @param {Point} point CSS px @returns {[number, number]} document */
  toDocument([x, y]) {
    const [a, d, e, f] = this.matrix;
    return [(x - e) / a, (y - f) / d];
  }

  /**
   * Zoom so that what lies under (x, y) stays there. @param {number} x CSS px @param {number} y
   * @param {number} factor
   */
  zoomAt(x, y, factor) {
    const scale = clamp(this.scale * factor, FARTHEST * this.#fitting, NEAREST * this.#fitting);
    if (!(scale > 0)) return;
    const ratio = scale / this.scale;
    this.scale = scale;
    this.panBy((x - this.left) * (1 - ratio), (y - this.top) * (1 - ratio));
  }

  /**
   * A corner of the picture stays in sight: a lost picture is hard to find. @param {number} x CSS px
   * @param {number} y
   */
  panBy(x, y) {
    this.#fits = false;
    const [a, d] = this.matrix;
    const across = Math.min(SEEN, this.width / 4);
    const down = Math.min(SEEN, this.height / 4);
    this.left = clamp(this.left + x, across - a, this.width - across);
    this.top = clamp(this.top + y, down - d, this.height - down);
  }

  /** Show the whole picture. @param {number} margin CSS px */
  fit(margin = 24) {
    this.#margin = margin;
    this.scale = this.#fitting;
    this.#show(0.5, 0.5);
    this.#fits = true;
  }

  /** One pixel of the picture a CSS px. @param {{width: number, height: number} | null} picture */
  oneToOne(picture) {
    if (!picture) return this.fit(this.#margin);
    const [x, y] = this.toDocument([this.width / 2, this.height / 2]);
    this.scale = Math.min(picture.width, picture.height);
    this.#show(clamp(x, 0, 1), clamp(y, 0, 1));
  }

  /** The scale at which the picture fits. */
  get #fitting() {
    const [width, height] = extent(this.#aspect);
    // A small node has no room to waste.
    const room = 2 * Math.min(this.#margin, this.width / 8, this.height / 8);
    return Math.max(Math.min((this.width - room) / width, (this.height - room) / height), 1e-3);
  }

  /** A place of the picture (document) in the middle. @param {number} x @param {number} y */
  #show(x, y) {
    const [a, d] = this.matrix;
    this.left = this.width / 2 - x * a;
    this.top = this.height / 2 - y * d;
    this.#fits = false;
  }
}
