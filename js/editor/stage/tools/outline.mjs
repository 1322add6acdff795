// @ts-check
// Lasso and polygon: an outline that is filled, or cut out.
import * as edits from "../../document/edits.mjs";
import { fromUnits, simplify, toUnits } from "../../geometry/geometry.mjs";
import { drawLine } from "../draw.mjs";
import { drawHandle } from "../overlay_paths.mjs";
import { Tool, takesBack } from "./tool.mjs";

/** @typedef {import("../pointer.mjs").Contact} Contact */

export default class Outline extends Tool {
  /** @type {(readonly number[])[]} */ #points = [];
  #erase = false;

  get beyond() {
    return 1;
  }

  /** @param {Contact} contact */
  down(contact) {
    const points = this.#points;
    const free = this.name === "lasso";
    if (!points.length) this.#erase = this.erases(contact);
    if (free) this.#points = [contact.at];
    else if (contact.clicks > 1 || (points.length > 2 && this.apart(points[0], contact.at) < contact.reach))
      this.#finish();
    else points.push(contact.at);
  }

  /** @param {Contact} contact */
  move(contact) {
    if (this.name === "lasso") this.#points.push(...contact.track.map(([x, y]) => [x, y]));
    else if (this.#points.length) this.#points[this.#points.length - 1] = contact.at;
  }

  up() {
    if (this.name === "lasso") this.#finish();
  }

  #finish() {
    const { aspect } = this.session;
    const erase = this.#erase;
    let points = this.#points;
    this.cancel();
    if (this.name === "lasso") {
      // Half a pixel of the screen, as long as that is finer than a pixel of the picture.
      const tolerance = Math.min(0.5 / this.view.scale, 0.0015);
      points = simplify(
        points.map((point) => toUnits(point, aspect)),
        tolerance,
      ).map((point) => fromUnits(point, aspect));
    }
    if (points.length < 3) return;
    const { layer, prepare } = this.target(!erase);
    const mode = erase ? "erase" : "paint";
    if (layer >= 0)
      this.commit(
        layer,
        (document) => edits.addPolygon(prepare(document), layer, { points, mode }),
        this.name,
      );
  }

  cancel() {
    this.#points = [];
    this.stage.invalidate("top");
  }

  leave() {
    this.#finish();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (!this.#points.length || this.name === "lasso") return false;
    if (event.key === "Enter") this.#finish();
    else if (event.key === "Escape") this.cancel();
    else if (takesBack(event)) this.#points.pop();
    else return false;
    this.stage.invalidate("top");
    return true;
  }

  /** @param {CanvasRenderingContext2D} context @param {Contact | null} contact */
  draw(context, contact) {
    if (!this.#points.length) return;
    const { stage, view } = this;
    const corners = this.#points.map(view.toStage, view);
    const open = new Path2D(`M${[...corners, ...(contact ? [contact.stage] : [])].join("L")}`);
    const area = new Path2D(open);
    area.closePath();
    context.fillStyle = this.#erase ? "#000" : stage.color;
    context.globalAlpha = 0.3;
    context.fill(area, "evenodd");
    context.globalAlpha = 0.5;
    drawLine(context, area, 1, [4, 4]);
    context.globalAlpha = 1;
    drawLine(context, open, 1.5, this.#erase ? [5, 4] : []);
    if (this.name !== "lasso")
      corners.forEach((corner, k) => drawHandle(context, corner, stage.color, false, false, k === 0));
  }
}
