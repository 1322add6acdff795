// @ts-check
// Lasso and polygon: an outline that is filled, or cut out.
import * as edits from "../../document/edits.mjs";
import { simplify } from "../../geometry/geometry.mjs";
import { fromUnits, toUnits } from "../../geometry/units.mjs";
import { drawLine } from "../line.mjs";
import { drawHandle } from "../overlay_paths.mjs";
import { EditingTool } from "./editing_tool.mjs";
import { removesLastPoint } from "./tool.mjs";

/** @import { Contact } from "../../parts" */
/** @import { MotionDocument, Point } from "../../types" */

export default class Outline extends EditingTool {
  /** @type {Point[]} */ #points = [];
  #erase = false;

  get #isLasso() {
    return this.name === "lasso";
  }

  get beyond() {
    return 1;
  }

  /** @param {Contact} contact */
  down(contact) {
    const points = this.#points;
    if (!points.length) this.#erase = this.erases(contact);
    if (this.#isLasso) this.#points = [contact.at];
    else if (contact.clicks > 1 || this.#closes(contact)) this.#finish();
    else points.push(contact.at);
  }

  /** Whether a contact at the first corner closes the polygon. @param {Contact} contact */
  #closes({ at, reach }) {
    return this.#points.length > 2 && this.distance(this.#points[0], at) < reach;
  }

  /** @param {Contact} contact */
  move(contact) {
    if (this.#isLasso) this.#points.push(...contact.track.map(([x, y]) => [x, y]));
    else if (this.#points.length) this.#points[this.#points.length - 1] = contact.at;
  }

  up() {
    if (this.#isLasso) this.#finish();
  }

  #finish() {
    const mode = this.#erase ? "erase" : "paint";
    const points = this.#isLasso ? this.#simplified() : this.#points;
    this.cancel();
    if (points.length < 3) return;
    const { layer, prepare } = this.target(mode === "paint");
    if (layer < 0) return;
    const edit = (/** @type {MotionDocument} */ document) =>
      edits.addPolygon(prepare(document), layer, { points, mode });
    this.commit(layer, edit, this.name);
  }

  /** The points of a lasso, without those that make no visible difference. */
  #simplified() {
    const { aspect } = this.session;
    // Half a pixel of the screen, as long as that is finer than a pixel of the picture.
    const tolerance = Math.min(0.5 / this.view.scale, 0.0015);
    const units = this.#points.map((point) => toUnits(point, aspect));
    return simplify(units, tolerance).map((point) => fromUnits(point, aspect));
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
    if (!this.#points.length || this.#isLasso) return false;
    if (event.key === "Enter") this.#finish();
    else if (event.key === "Escape") this.cancel();
    else if (removesLastPoint(event)) this.#points.pop();
    else return false;
    this.stage.invalidate("top");
    return true;
  }

  /** @param {CanvasRenderingContext2D} context @param {Contact | null} contact */
  draw(context, contact) {
    if (!this.#points.length) return;
    const { stage, view } = this;
    const corners = this.#points.map((point) => view.toStage(point));
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
    if (this.#isLasso) return;
    corners.forEach((corner, k) => drawHandle(context, corner, stage.color, false, false, k === 0));
  }
}
