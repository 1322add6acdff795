// @ts-check
// Brush and eraser. While a stroke grows only the stage draws it; the document gets it whole, simplified.
import * as edits from "../../document/edits.mjs";
import { simplifyStroke } from "../../geometry/geometry.mjs";
import { drawLine } from "../draw.mjs";
import { Tool } from "./tool.mjs";

/** @typedef {import("../pointer.mjs").Contact} Contact */

export class Brush extends Tool {
  /** @type {number[][]} */ #points = [];
  /** @type {any} radius, hardness, mode, and what Tool.target says; null between strokes */ #stroke = null;
  /** @type {number[] | null} where the last stroke ended */ #end = null;

  /** A stroke begins where the brush touches the picture. */
  get beyond() {
    return this.#stroke ? 1 : this.session.options.radius;
  }

  /** @param {Contact | null} _ @returns {string} */
  cursor(_) {
    return "none";
  }

  /** @param {Contact} contact */
  down(contact) {
    const mode = this.erases(contact) ? "erase" : "paint";
    const { radius, hardness } = this.session.options;
    const { layer, prepare } = this.target(mode === "paint");
    if (layer < 0) return;
    this.#stroke = { radius, hardness, mode, layer, prepare };
    this.#points = contact.shift && this.#end ? [this.#end, ...contact.track] : contact.track;
    this.begin();
    this.session.change(prepare);
    this.session.select({ layer });
    this.#show();
  }

  /** @param {Contact} contact */
  move(contact) {
    if (!this.#stroke) return;
    for (const point of contact.track) {
      const last = this.#points[this.#points.length - 1];
      if (this.apart(last, point) >= 0.3 || Math.abs(point[2] - last[2]) > 0.02) this.#points.push(point);
    }
    this.#show();
  }

  #show() {
    const { radius, hardness, mode, layer } = this.#stroke;
    this.stage.regions.live = { layer, stroke: { radius, hardness, mode, points: [...this.#points] } };
    this.stage.invalidate("regions", "top");
  }

  up() {
    if (!this.#stroke) return;
    const { radius, hardness, mode, layer, prepare } = this.#stroke;
    const all = this.#points;
    const points = simplifyStroke(all, radius, this.session.aspect);
    this.#end = all[all.length - 1];
    this.#hide();
    this.session.change((document) =>
      edits.addStroke(prepare(document), layer, { radius, hardness, mode, points }),
    );
    this.session.end(mode === "erase" ? "erase" : "brush stroke");
  }

  cancel() {
    if (!this.#stroke) return;
    this.#hide();
    this.session.cancel();
  }

  #hide() {
    this.#stroke = this.stage.regions.live = null;
    this.stage.invalidate("regions");
  }

  /** The brush at its true size; the inner circle is where a soft one begins to fall off.
   * @param {CanvasRenderingContext2D} context @param {Contact | null} contact */
  draw(context, contact) {
    if (!contact || (contact.kind === "touch" && !this.#stroke)) return;
    const { radius, hardness } = this.session.options;
    const { view } = this;
    const [x, y] = contact.stage;
    const pressure = this.#stroke ? contact.track[contact.track.length - 1][2] : 1;
    const size = Math.max(1, radius * pressure * view.scale);
    const erase = this.erases(contact);
    const circle = (/** @type {number} */ r) =>
      new Path2D(
        view.ring
          ? `M${view.ring(contact.at, r / view.scale).join("L")}Z`
          : `M${x + r} ${y}a${r} ${r} 0 1 0 ${-2 * r} 0a${r} ${r} 0 1 0 ${2 * r} 0Z`,
      );
    if (contact.shift && this.#end && !this.#stroke) {
      const [fromX, fromY] = view.toStage(this.#end);
      drawLine(context, new Path2D(`M${fromX} ${fromY}L${x} ${y}`), 1, [4, 4]);
    }
    if (hardness < 0.98 && size > 4) {
      context.globalAlpha = 0.5;
      drawLine(context, circle(Math.max(0.5, size * hardness)), 1);
      context.globalAlpha = 1;
    }
    drawLine(context, circle(size), 1.25, erase ? [5, 4] : []);
    drawLine(context, new Path2D(`M${x - 3} ${y}H${x + 3}${erase ? "" : `M${x} ${y - 3}V${y + 3}`}`), 1);
  }
}
