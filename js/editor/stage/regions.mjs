// @ts-check
// The painted regions of the stage. What draws them is loaded when something is painted, or is about to be.

/** @import { Box, Stroke } from "../types" */
/** @typedef {import("./stage.mjs").Stage} Stage */

const LONG_SIDE = 1024; // cells of the grid along the picture's longer side
const overlay = () => import("./overlay_regions.mjs");

/** The size of the grid on which regions are drawn, in cells. @param {number} aspect @returns {[number, number]} */
const gridSize = (aspect) => [
  Math.max(1, Math.round(LONG_SIDE * Math.min(1, aspect))),
  Math.max(1, Math.round(LONG_SIDE * Math.min(1, 1 / aspect))),
];

export class Regions {
  #stage;
  #overlay = /** @type {import("./overlay_regions.mjs").RegionOverlay | null} */ (null);
  /** The stroke under the pointer, which the document does not have yet. @type {{layer: number, stroke: Stroke} | null} */
  live = null;

  /** @param {Stage} stage */
  constructor(stage) {
    this.#stage = stage;
  }

  /** Loads what draws the regions; null while it loads. */
  load() {
    return this.#stage.part(overlay);
  }

  /** The width of the grid, in cells. */
  get width() {
    return this.#overlay?.width ?? gridSize(this.#stage.session.aspect)[0];
  }

  /** The height of the grid, in cells. */
  get height() {
    return this.#overlay?.height ?? gridSize(this.#stage.session.aspect)[1];
  }

  /** The number of points of the drawn outlines. */
  get points() {
    return this.#overlay?.points ?? 0;
  }

  /** Draws what has changed on the grid; returns the box of cells that look different, or null. @returns {Box | null} */
  update() {
    const { session } = this.#stage;
    if (!this.#overlay && (session.document.layers.length || this.live)) {
      const loaded = this.load();
      if (loaded) this.#overlay = new loaded.RegionOverlay(session, gridSize);
    }
    return this.#overlay?.update(this.live) ?? null;
  }

  /**
   * Draws the regions on the stage. @param {CanvasRenderingContext2D} context in CSS px
   * @param {Box | null} clip CSS px @param {number} strength
   */
  draw(context, clip, strength) {
    this.#overlay?.draw(context, this.#stage, clip, strength);
  }

  /** The drawn layer: its coverage, box and centre. @param {number} layer */
  layer(layer) {
    return this.#overlay?.layer(layer);
  }

  dispose() {
    this.#overlay?.dispose();
  }
}
