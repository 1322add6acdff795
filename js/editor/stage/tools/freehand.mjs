// @ts-check
// Freehand: a path that is drawn by hand and becomes a spline of few points.
import { addPath } from "../../document/path_edits.mjs";
import { fitSpline } from "../../geometry/fitting.mjs";
import { PathTool } from "./path_tool.mjs";

/** @import { Contact } from "../../parts" */

export default class Freehand extends PathTool {
  /** @param {Contact} contact */
  down(contact) {
    this.start(contact);
  }

  /** @param {Contact} contact */
  move(contact) {
    this.points.push(...contact.track.map(([x, y]) => [x, y]));
  }

  up() {
    const { goal, points } = this;
    this.cancel();
    if (!goal) return;
    const length = points.slice(1).reduce((sum, point, k) => sum + this.distance(points[k], point), 0);
    if (length < PathTool.SHORTEST) return this.sayTooShort();
    const { layer, path, prepare } = goal;
    const spline = fitSpline(points, this.session.aspect);
    const edit = (/** @type {import("../../types").MotionDocument} */ document) =>
      addPath(prepare(document), layer, { points: spline });
    this.commit(layer, edit, "freehand path", path);
  }

  cancel() {
    this.goal = null;
  }

  /** @param {CanvasRenderingContext2D} context */
  draw(context) {
    if (this.goal) this.drawLine(context, this.points);
  }
}
