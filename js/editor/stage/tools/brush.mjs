// @ts-check
// Brush and eraser. While a stroke grows, only the stage draws it; the document receives it whole and simplified.
import * as edits from "../../document/edits.mjs";
import { simplifyStroke } from "../../geometry/geometry.mjs";
import { drawLine } from "../line.mjs";
import { EditingTool } from "./editing_tool.mjs";

/** @import { Contact } from "../../parts" */
/** @import { DocumentEdit, Stroke } from "../../types" */
/** @typedef {{shape: Omit<Stroke, "points">, layer: number, prepare: DocumentEdit, points: number[][]}} GrowingStroke */

const APART = 0.3; // px between two points of a stroke, unless the pressure differs
const PRESSURE_STEP = 0.02;

export default class Brush extends EditingTool {
  /** @type {GrowingStroke | null} */ #stroke = null;
  /** @type {number[] | null} the end of the last stroke */ #end = null;

  /** A stroke may begin where the brush touches the picture. */
  get beyond() {
    return this.#stroke ? 1 : this.session.options.radius;
  }

  /** @param {Contact | null} _contact @returns {string} */
  cursor(_contact) {
    return "none";
  }

  /** @param {Contact} contact */
  down(contact) {
    const mode = this.erases(contact) ? "erase" : "paint";
    const { radius, hardness } = this.session.options;
    const { layer, prepare } = this.target(mode === "paint");
    if (layer < 0) return;
    const points = contact.shift && this.#end ? [this.#end, ...contact.track] : contact.track;
    const stroke = { shape: { radius, hardness, mode }, layer, prepare, points };
    this.#stroke = stroke;
    this.begin();
    this.session.change(prepare);
    this.session.select({ layer });
    this.#show(stroke);
  }

  /** @param {Contact} contact */
  move(contact) {
    const stroke = this.#stroke;
    if (!stroke) return;
    const { points } = stroke;
    for (const point of contact.track) {
      const last = points[points.length - 1];
      if (this.distance(last, point) >= APART || Math.abs(point[2] - last[2]) > PRESSURE_STEP)
        points.push(point);
    }
    this.#show(stroke);
  }

  /** @param {GrowingStroke} stroke */
  #show({ layer, shape, points }) {
    this.stage.regions.live = { layer, stroke: { ...shape, points: [...points] } };
    this.stage.invalidate("regions", "top");
  }

  up() {
    if (!this.#stroke) return;
    const { shape, layer, prepare, points: all } = this.#stroke;
    const points = simplifyStroke(all, shape.radius, this.session.aspect);
    this.#end = all[all.length - 1];
    this.#hide();
    this.session.change((document) => edits.addStroke(prepare(document), layer, { ...shape, points }));
    this.session.end(shape.mode === "erase" ? "erase" : "brush stroke");
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

  /** Draws the brush at its true size; the inner circle is where a soft brush begins to fade. @param {CanvasRenderingContext2D} context @param {Contact | null} contact */
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
    if (contact.shift && this.#end && !this.#stroke)
      drawLine(context, new Path2D(`M${view.toStage(this.#end)}L${x} ${y}`), 1, [4, 4]);
    if (hardness < 0.98 && size > 4) {
      context.globalAlpha = 0.5;
      drawLine(context, circle(Math.max(0.5, size * hardness)), 1);
      context.globalAlpha = 1;
    }
    drawLine(context, circle(size), 1.25, erase ? [5, 4] : []);
    const plus = erase ? "" : `M${x} ${y - 3}V${y + 3}`;
    drawLine(context, new Path2D(`M${x - 3} ${y}H${x + 3}${plus}`), 1);
  }
}
