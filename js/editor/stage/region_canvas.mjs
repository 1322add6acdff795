// @ts-check
// The canvas of the painted regions: only the pieces that have changed are drawn again.
import { RegionOverlay } from "./overlay_regions.mjs";

/** @import { RegionChange, Sight } from "../parts" */
/** @import { Box, Stroke } from "../types" */
/** @typedef {import("./stage.mjs").Stage} Stage */

const coverage = () => import("../geometry/mask_coverage.mjs");
const OUTLINE_REACH = 6; // px by which outlines and their halos exceed the cells that changed
const MANY_POINTS = 1500; // outlines with more points are not drawn anew in each frame of a moving view
const FADED = 0.45; // strength of the regions at times when the picture has moved away from them

export class RegionCanvas {
  #stage;
  /** How the regions were drawn last. @type {{strength: number, sight: Sight | null, matrix: number[]}} */
  #last = { strength: -1, sight: null, matrix: [1, 1, 0, 0] };

  /** @param {Stage} stage @param {(aspect: number) => [number, number]} gridSize cells */
  constructor(stage, gridSize) {
    this.#stage = stage;
    this.overlay = new RegionOverlay(stage.session, gridSize);
  }

  /**
   * Draws the regions, where they may look different. @param {{layer: number, stroke: Stroke} | null} live the stroke
   * under the pointer @param {RegionChange} change
   */
  draw(live, { fresh, all, changed, moving }) {
    const stage = this.#stage;
    const { overlay } = this;
    const { session, view, areas } = stage;
    const { playing, time, options } = session;
    const { style } = areas.canvas;
    const last = this.#last;
    const cells = changed ? this.#update(live) : null;
    const strength = playing || !options.regions ? 0 : time > 0 && !live ? FADED : 1;
    const sight = strength ? stage.viewOf() : view;
    const isAlike = !fresh && strength === last.strength && sight === last.sight;
    const isSame = isAlike && !cells;
    if (isSame && !all) return;
    if (isSame && moving && overlay.points > MANY_POINTS) {
      const [lastWidth, , lastLeft, lastTop] = last.matrix;
      const [width, , left, top] = view.matrix;
      const scale = width / lastWidth;
      style.transform = `translate(${left - lastLeft * scale}px, ${top - lastTop * scale}px) scale(${scale})`;
      return;
    }
    const whole = all || !isAlike || sight !== view || style.transform !== "";
    overlay.draw(areas, stage, whole || !cells ? null : this.#onStage(cells), strength);
    style.transform = "";
    this.#last = { strength, sight, matrix: view.matrix };
  }

  /** Draws what has changed on the overlay's grid. @param {{layer: number, stroke: Stroke} | null} live */
  #update(live) {
    const { field } = this.#stage;
    const loaded = field?.snapped.size ? this.#stage.part(coverage) : null;
    return this.overlay.update(live, loaded && field ? field.snapped : null, loaded?.maskCoverage);
  }

  /** A box of the overlay's cells in CSS px. @param {Box} cells @returns {Box} */
  #onStage([left, top, right, bottom]) {
    const { width, height } = this.overlay;
    const { view } = this.#stage;
    const [x0, y0] = view.toStage([left / width, top / height]);
    const [x1, y1] = view.toStage([right / width, bottom / height]);
    return [
      Math.floor(x0) - OUTLINE_REACH,
      Math.floor(y0) - OUTLINE_REACH,
      Math.ceil(x1) + OUTLINE_REACH,
      Math.ceil(y1) + OUTLINE_REACH,
    ];
  }
}
