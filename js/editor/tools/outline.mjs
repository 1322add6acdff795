// @ts-check
// Lasso and polygon: an outline that is filled, or cut out.
import * as edits from "../edits.mjs";
import { fromUnits, simplify, toUnits } from "../geometry.mjs";
import { Tool } from "./tool.mjs";

const CLOSE = 10; // px to the first corner

export class Outline extends Tool {
  /** @type {number[][]} */ points = [];
  erase = false;

  /** @param {any} contact */
  down(contact) {
    if (!this.points.length) this.erase = this.erases(contact);
    if (this.name === "lasso") {
      this.points = [contact.at];
      return;
    }
    const first = this.points[0];
    if (contact.clicks > 1 || (this.points.length > 2 && this.apart(first, contact.at) < CLOSE)) this.finish();
    else this.points.push(contact.at);
    this.stage.invalidate("top");
  }

  /** @param {any} contact */
  move(contact) {
    if (this.name === "lasso") this.points.push(...contact.track.map((/** @type {number[]} */ point) => point.slice(0, 2)));
    else if (this.points.length) this.points[this.points.length - 1] = contact.at;
  }

  /** @param {any} _contact */
  up(_contact) {
    if (this.name === "lasso") this.finish();
  }

  finish() {
    const { aspect } = this.session, erase = this.erase;
    let points = this.points;
    this.points = [];
    this.stage.invalidate("top");
    if (this.name === "lasso") {
      // Half a pixel of the screen, as long as that is finer than a pixel of the picture.
      const tolerance = Math.min(0.5 / this.stage.view.scale, 0.0015);
      points = simplify(points.map((point) => toUnits(point, aspect)), tolerance).map((point) => fromUnits(point, aspect));
    }
    if (points.length < 3) return;
    const { layer, prepare } = this.target(!erase);
    if (layer < 0) return;
    const polygon = { points, mode: erase ? "erase" : "paint" };
    this.commit(layer, (document) => edits.addPolygon(prepare(document), layer, polygon), this.name);
  }

  cancel() {
    this.points = [];
    this.stage.invalidate("top");
  }

  leave() {
    this.finish();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (!this.points.length || this.name === "lasso") return false;
    if (event.key === "Enter") this.finish();
    else if (event.key === "Escape") this.cancel();
    else if (event.key === "Backspace" || isUndo(event)) this.points.pop();
    else return false;
    this.stage.invalidate("top");
    return true;
  }

  /** @param {CanvasRenderingContext2D} context @param {any} contact */
  draw(context, contact) {
    if (!this.points.length) return;
    const { view } = this.stage, shape = new Path2D();
    const corners = this.points.map(view.toStage, view);
    corners.forEach(([x, y], index) => index ? shape.lineTo(x, y) : shape.moveTo(x, y));
    if (contact) shape.lineTo(contact.stage[0], contact.stage[1]);
    const area = new Path2D(shape);
    area.closePath();
    context.fillStyle = this.erase ? "rgba(0, 0, 0, 0.3)" : this.stage.color;
    context.globalAlpha = 0.3;
    context.fill(area, "evenodd");
    context.globalAlpha = 0.5;
    this.stage.line(context, area, 1, [4, 4]);
    context.globalAlpha = 1;
    this.stage.line(context, shape, 1.5, this.erase ? [5, 4] : []);
    if (this.name !== "lasso") corners.forEach((corner, k) => this.stage.handle(context, corner, false, k === 0));
  }
}

/** @param {KeyboardEvent} event */
export const isUndo = (event) => (event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "z";
