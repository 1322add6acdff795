// @ts-check
// A path that is drawn by hand, and becomes a spline of few points.

import { addPath } from "../../document/path_edits.mjs";
import { fitSpline } from "../../geometry/fitting.mjs";
import { PathTool } from "./path_tool.mjs";

/** @typedef {import("../pointer.mjs").Contact} Contact */

const SHORTEST = 5; // px

export default class Freehand extends PathTool {
  /** @param {Contact} contact */
  down(contact) {
    this.goal = this.pathTarget(contact);
    this.points = [contact.at];
  }

  /** @param {Contact} contact */
  move(contact) {
    this.points.push(...contact.track.map(([x, y]) => [x, y]));
  }

  up() {
    const { goal, points } = this;
    this.cancel();
    if (!goal) return;
    const length = points.reduce((sum, point, k) => sum + this.apart(points[Math.max(k - 1, 0)], point), 0);
    if (length < SHORTEST) return this.session.notice("Press where the motion begins, and drag.");
    const { layer, path, prepare } = goal;
    const fitted = fitSpline(points, this.session.aspect);
    this.commit(
      layer,
      (document) => addPath(prepare(document), layer, { points: fitted }),
      "freehand path",
      path,
    );
  }

  cancel() {
    this.goal = null;
  }

  /** @param {CanvasRenderingContext2D} context */
  draw(context) {
    if (this.goal) this.drawLine(context, this.points);
  }
}
