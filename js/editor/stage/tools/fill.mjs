// @ts-check
// Fill: the area that strokes enclose.
import * as edits from "../../document/edits.mjs";
import { fillContour } from "../../geometry/fill_contour.mjs";
import { EditingTool } from "./editing_tool.mjs";

export default class Fill extends EditingTool {
  get beyond() {
    return 0;
  }

  /** @param {import("../../parts").Contact} contact */
  down(contact) {
    const erase = this.erases(contact);
    const { layer, prepare } = this.target(!erase);
    const [x, y] = contact.at;
    if (layer < 0 || x < 0 || y < 0 || x >= 1 || y >= 1) return;
    const { regions } = this.stage;
    const { width, height } = regions;
    const painted = regions.layer(layer)?.coverage ?? new Uint8ClampedArray(width * height);
    const points = fillContour(erase ? painted.map((value) => 255 - value) : painted, width, height, x, y);
    if (!points || points.length < 3)
      return this.session.notice(erase ? "Nothing is painted there." : "It is painted already.");
    const polygon = { points, mode: erase ? "erase" : "paint" };
    this.commit(layer, (document) => edits.addPolygon(prepare(document), layer, polygon), "fill");
  }
}
