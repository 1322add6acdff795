// @ts-check
// Fill: the area that strokes enclose.
import * as edits from "../edits.mjs";
import { fillContour } from "../raster.mjs";
import { Tool } from "./tool.mjs";

export class Fill extends Tool {
  /** @param {any} contact */
  down(contact) {
    const erase = this.erases(contact), { layer, prepare } = this.target(!erase), { regions } = this.stage;
    if (layer < 0) return;
    const [x, y] = contact.at;
    if (x < 0 || y < 0 || x >= 1 || y >= 1) return;
    const coverage = regions.coverage(layer) ?? new Uint8ClampedArray(regions.width * regions.height);
    const searched = erase ? coverage.map((/** @type {number} */ value) => 255 - value) : coverage;
    const points = fillContour(searched, regions.width, regions.height, x, y);
    if (!points || points.length < 3) return this.session.notice(erase ? "Nothing is painted there." : "It is painted already.");
    const polygon = { points, mode: erase ? "erase" : "paint" };
    this.commit(layer, (document) => edits.addPolygon(prepare(document), layer, polygon), "fill");
  }
}
