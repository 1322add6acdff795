// @ts-check
// Spline: a path clicked point by point; with Alt a point is a corner.
import { Curve } from "../curve.mjs";
import * as edits from "../edits.mjs";
import { PathTool } from "./arrow.mjs";
import { isUndo } from "./outline.mjs";

export class Spline extends PathTool {
  /** @type {number[][]} */ #points = [];
  /** @type {number[]} */ #corners = [];
  /** @type {any} */ #target = null;

  /** @param {any} contact */
  down(contact) {
    if (contact.clicks > 1 && this.#points.length) return this.finish();
    if (!this.#points.length) this.#target = this.pathTarget(contact.at);
    if (!this.#target) return;
    if (contact.alt) this.#corners.push(this.#points.length);
    this.#points.push(contact.at);
    this.stage.invalidate("top");
  }

  /** @param {any} contact */
  move(contact) {
    if (this.#points.length) this.#points[this.#points.length - 1] = contact.at;
  }

  finish() {
    const [points, corners, target] = [this.#points, this.#corners, this.#target];
    this.cancel();
    if (points.length < 2 || !target) return;
    const { layer, path, prepare } = target;
    this.commit(layer, (document) => edits.addPath(prepare(document), layer, { points, corners }), "spline", { path });
  }

  cancel() {
    this.#points = [];
    this.#corners = [];
    this.#target = null;
    this.stage.invalidate("top");
  }

  leave() {
    this.finish();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (!this.#points.length) return false;
    if (event.key === "Enter") this.finish();
    else if (event.key === "Escape") this.cancel();
    else if (event.key === "Backspace" || isUndo(event)) {
      this.#points.pop();
      this.#corners = this.#corners.filter((corner) => corner < this.#points.length);
    } else return false;
    this.stage.invalidate("top");
    return true;
  }

  /** @param {CanvasRenderingContext2D} context @param {any} contact */
  draw(context, contact) {
    if (!this.#points.length) return;
    const { view } = this.stage, { aspect } = this.session;
    const ahead = contact && this.apart(this.#points[this.#points.length - 1], contact.at) > 2;
    const points = ahead ? [...this.#points, contact.at] : this.#points;
    if (points.length > 1) {
      const curve = new Curve(points, this.#corners, null, aspect);
      this.stage.arrow(context, curve.polyline());
    }
    this.#points.forEach((point, k) =>
      this.stage.handle(context, view.toStage(point), this.#corners.includes(k), k === 0));
  }
}
