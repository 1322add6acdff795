// @ts-check
// What arrows, splines and freehand paths share: the layer that a path goes to, and how it is drawn.
import { regionIsEmpty } from "../../document/document.mjs";
import * as edits from "../../document/edits.mjs";
import { layerAt } from "../hit.mjs";
import { drawArrow, drawHandle } from "../overlay_paths.mjs";
import { EditingTool } from "./editing_tool.mjs";

/** @import { Contact } from "../../parts" */
/** @import { DocumentEdit, Point } from "../../types" */
/** @typedef {{layer: number, path: number, prepare: DocumentEdit}} Target the layer, the index of the new path, and the edit before it */

export class PathTool extends EditingTool {
  static SHORTEST = 5; // px; a shorter path is not added

  /** @type {Point[]} */ points = [];
  /** @type {Target | null} */ goal = null;

  /** Paths are seen through the camera: a frozen layer takes none. */
  get view() {
    return this.stage.pointer.viewOf(null);
  }

  /** Begins a path. @param {Contact} contact */
  start(contact) {
    this.goal = this.pathTarget(contact);
    this.points = [contact.at];
  }

  sayTooShort() {
    this.session.notice("Press where the motion begins, and drag.");
  }

  /**
   * The layer whose region the path begins in, else the selected layer, else a new one; null where it may not be
   * edited. A layer without a region receives a dab of the brush's size at the beginning of the path.
   * @param {Contact} contact @returns {Target | null}
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

  /** @param {CanvasRenderingContext2D} context @param {readonly Point[]} points document */
  drawLine(context, points) {
    const { view } = this;
    if (points.length < 2) return;
    const line = points.map((point) => view.toStage(point));
    drawArrow(context, line, this.stage.color, 3);
  }

  /** @param {CanvasRenderingContext2D} context @param {number} k @param {boolean} isCorner */
  drawPoint(context, k, isCorner) {
    drawHandle(context, this.view.toStage(this.points[k]), this.stage.color, false, isCorner, k === 0);
  }
}
