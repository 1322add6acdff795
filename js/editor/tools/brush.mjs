// @ts-check
// Brush and eraser. While a stroke grows only the stage draws it; the document gets it whole, simplified.
import * as edits from "../edits.mjs";
import { simplifyStroke } from "../geometry.mjs";
import { Tool } from "./tool.mjs";

export class Brush extends Tool {
  /** @type {number[][]} */ #points = [];
  /** @type {any} */ #stroke = null;
  /** @type {any} */ #target = null;
  /** @type {number[] | null} where the last stroke ended */ #end = null;

  cursor() {
    return "none";
  }

  /** @param {any} contact */
  down(contact) {
    const mode = this.erases(contact) ? "erase" : "paint", { radius, hardness } = this.session.options;
    const target = this.target(mode === "paint");
    if (target.layer < 0) return;
    this.#target = target;
    this.#stroke = { radius, hardness, mode };
    this.#points = contact.shift && this.#end ? [this.#end, ...contact.track] : contact.track;
    this.begin();
    this.session.change(target.prepare);
    if (this.session.selection.layer !== target.layer) this.session.select({ layer: target.layer, path: null, point: null });
    this.#show();
  }

  /** @param {any} contact */
  move(contact) {
    if (!this.#target) return;
    for (const point of contact.track) {
      const [x, y, pressure] = this.#points[this.#points.length - 1];
      if (this.apart([x, y], point) >= 0.3 || Math.abs(point[2] - pressure) > 0.02) this.#points.push(point);
    }
    this.#show();
  }

  #show() {
    this.stage.regions.live = { layer: this.#target.layer, stroke: { ...this.#stroke, points: this.#points } };
    this.stage.invalidate("regions", "top");
  }

  /** @param {any} _contact */
  up(_contact) {
    if (!this.#target) return;
    const { prepare, layer } = this.#target, { radius, mode } = this.#stroke;
    const stroke = { ...this.#stroke, points: simplifyStroke(this.#points, radius, this.session.aspect) };
    this.#end = this.#points[this.#points.length - 1];
    this.#clear();
    this.session.change((/** @type {any} */ document) => edits.addStroke(prepare(document), layer, stroke));
    this.session.end(mode === "erase" ? "erase" : "brush stroke");
  }

  cancel() {
    if (!this.#target) return;
    this.#clear();
    this.session.cancel();
  }

  #clear() {
    this.#target = null;
    this.stage.regions.live = null;
    this.stage.invalidate("regions");
  }

  /** The brush at its true size; the inner circle is where a soft one begins to fall off.
   * @param {CanvasRenderingContext2D} context @param {any} contact */
  draw(context, contact) {
    if (!contact || contact.kind === "touch" && !this.#target) return;
    const { radius, hardness } = this.session.options, { view } = this.stage, [x, y] = contact.stage;
    const pressure = this.#target ? contact.track[contact.track.length - 1][2] : 1;
    const size = Math.max(1, radius * pressure * view.scale), erase = this.erases(contact);
    if (contact.shift && this.#end && !this.#target) {
      const [fromX, fromY] = view.toStage(this.#end);
      this.stage.line(context, new Path2D(`M${fromX} ${fromY}L${x} ${y}`), 1, [4, 4]);
    }
    const ring = new Path2D();
    ring.arc(x, y, size, 0, 2 * Math.PI);
    this.stage.line(context, ring, 1.25, erase ? [5, 4] : []);
    if (hardness < 0.98 && size > 4) {
      const inner = new Path2D();
      inner.arc(x, y, Math.max(0.5, size * hardness), 0, 2 * Math.PI);
      context.globalAlpha = 0.5;
      this.stage.line(context, inner, 1);
      context.globalAlpha = 1;
    }
    this.stage.line(context, new Path2D(`M${x - 3} ${y}H${x + 3}${erase ? "" : `M${x} ${y - 3}V${y + 3}`}`), 1);
  }
}
