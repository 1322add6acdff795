// @ts-check
// Spline: a path that is clicked point by point; a point with Alt is a corner.
import { addPath } from "../../document/path_edits.mjs";
import { Curve } from "../../geometry/curve.mjs";
import { PathTool } from "./path_tool.mjs";
import { removesLastPoint } from "./tool.mjs";

/** @import { Contact } from "../../parts" */
/** @import { MotionDocument } from "../../types" */

export default class Spline extends PathTool {
  /** @type {number[]} */ #corners = [];

  /** @param {Contact} contact */
  down(contact) {
    const { points } = this;
    if (contact.clicks > 1 && points.length) return this.#finish();
    if (!points.length) this.goal = this.pathTarget(contact);
    if (!this.goal) return;
    if (contact.alt) this.#corners.push(points.length);
    points.push(contact.at);
  }

  /** @param {Contact} contact */
  move(contact) {
    if (this.points.length) this.points[this.points.length - 1] = contact.at;
  }

  cancel() {
    this.points = [];
    this.#corners = [];
    this.stage.invalidate("top");
  }

  leave() {
    this.#finish();
  }

  #finish() {
    const { points, goal } = this;
    const corners = this.#corners;
    this.cancel();
    if (points.length < 2 || !goal) return;
    const { layer, path, prepare } = goal;
    const edit = (/** @type {MotionDocument} */ document) =>
      addPath(prepare(document), layer, { points, corners });
    this.commit(layer, edit, "spline", path);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (!this.points.length) return false;
    if (event.key === "Enter") this.#finish();
    else if (event.key === "Escape") this.cancel();
    else if (removesLastPoint(event)) {
      this.points.pop();
      this.#corners = this.#corners.filter((corner) => corner < this.points.length);
    } else return false;
    this.stage.invalidate("top");
    return true;
  }

  /** @param {CanvasRenderingContext2D} context @param {Contact | null} contact */
  draw(context, contact) {
    const { points } = this;
    const last = points[points.length - 1];
    if (!last) return;
    const all = contact && this.distance(last, contact.at) > 2 ? [...points, contact.at] : points;
    if (all.length > 1)
      this.drawLine(context, new Curve(all, this.#corners, null, this.session.aspect).polyline());
    points.forEach((_, k) => this.drawPoint(context, k, this.#corners.includes(k)));
  }
}
