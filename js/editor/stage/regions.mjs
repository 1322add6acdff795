// @ts-check
// The painted regions of the stage. What draws them is loaded when something is painted, or is about to be.

/** @import { RegionChange } from "../parts" */
/** @import { Stroke } from "../types" */
/** @typedef {import("./stage.mjs").Stage} Stage */

const LONG_SIDE = 1024; // cells of the grid along the picture's longer side
const canvas = () => import("./region_canvas.mjs");

/** The size of the grid on which regions are drawn, in cells. @param {number} aspect @returns {[number, number]} */
const gridSize = (aspect) => [
  Math.max(1, Math.round(LONG_SIDE * Math.min(1, aspect))),
  Math.max(1, Math.round(LONG_SIDE * Math.min(1, 1 / aspect))),
];

export class Regions {
  #stage;
  #canvas = /** @type {import("./region_canvas.mjs").RegionCanvas | null} */ (null);
  /** The stroke under the pointer, which the document does not have yet. @type {{layer: number, stroke: Stroke} | null} */
  live = null;

  /** @param {Stage} stage */
  constructor(stage) {
    this.#stage = stage;
  }

  /** Loads what draws the regions; null while it loads. */
  load() {
    return this.#stage.part(canvas);
  }

  get #overlay() {
    return this.#canvas?.overlay;
  }

  /** The width of the grid, in cells. */
  get width() {
    return this.#overlay?.width ?? gridSize(this.#stage.session.aspect)[0];
  }

  /** The height of the grid, in cells. */
  get height() {
    return this.#overlay?.height ?? gridSize(this.#stage.session.aspect)[1];
  }

  /** Draws the regions on their canvas of the stage. @param {RegionChange} change */
  draw(change) {
    const { document } = this.#stage.session;
    if (!this.#canvas && change.changed && (document.layers.length || this.live)) {
      const loaded = this.load();
      if (loaded) this.#canvas = new loaded.RegionCanvas(this.#stage, gridSize);
    }
    this.#canvas?.draw(this.live, change);
  }

  /** The drawn layer: its coverage, box and centre. @param {number} layer */
  layer(layer) {
    return this.#overlay?.layer(layer);
  }

  dispose() {
    this.#overlay?.dispose();
  }
}
