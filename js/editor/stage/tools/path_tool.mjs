// @ts-check
// What arrows, splines and freehand paths share: where a path goes, and how it is laid there.
import { regionIsEmpty } from "../../document/document.mjs";
import * as edits from "../../document/edits.mjs";
import { layerAt } from "../hit.mjs";
import { drawArrow, drawHandle } from "../overlay_paths.mjs";
import { Tool } from "./tool.mjs";

/** @typedef {{layer: number, path: number, prepare: import("./tool.mjs").Edit}} Target */

export class PathTool extends Tool {
  /** @type {(readonly number[])[]} */ points = [];
  /** @type {Target | null} */ goal = null;

  /** A frozen layer has no paths to come. */
  get view() {
    return this.stage.pointer.viewOf(null);
  }

  /**
   * The layer whose region the path begins in, else the selected one, else a new one. Where it has no region, a dab of
   * the brush's size is painted under the beginning. Null where it may not be edited.
   * @param {import("../pointer.mjs").Contact} contact @returns {Target | null}
   */
  pathTarget({ stage, at }) {
    const { session } = this;
    const { radius, hardness } = session.options;
    const found = layerAt(this.stage, stage, session.selection.layer);
    if (found >= 0) session.select({ layer: found });
    const { layer, prepare } = this.target();
    const old = session.document.layers[layer];
    if (old?.freeze) session.notice("This layer is frozen; unfreeze it (F) to move it.");
    if (layer < 0 || old?.freeze) return null;
    const path = old?.motion.paths.length ?? 0;
    if (old && !regionIsEmpty(old.region)) return { layer, path, prepare };
    const dab = { points: [[...at, 1]], radius, hardness };
    return { layer, path, prepare: (document) => edits.addStroke(prepare(document), layer, dab) };
  }

  /** @param {CanvasRenderingContext2D} context @param {(readonly number[])[]} points document */
  drawLine(context, points) {
    const { view } = this;
    if (points.length > 1) drawArrow(context, points.map(view.toStage, view), this.stage.color, 3);
  }

  /** @param {CanvasRenderingContext2D} context @param {number} k @param {boolean} corner */
  drawPoint(context, k, corner) {
    drawHandle(context, this.view.toStage(this.points[k]), this.stage.color, false, corner, k === 0);
  }
}
