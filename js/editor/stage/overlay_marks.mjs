// @ts-check
// What says on the picture how the layers move: their paths, their pins, and the anchor of a sway.
import { drawPaths } from "./overlay_paths.mjs";
import { drawPins } from "./overlay_pins.mjs";

export { drawHoveredTick } from "./overlay_paths.mjs";

/** @param {CanvasRenderingContext2D} context in CSS px @param {import("./stage.mjs").Stage} stage */
export function drawMarks(context, stage) {
  drawPaths(context, stage);
  drawPins(context, stage);
}
