// @ts-check
// Pins and the anchor of a sway on the stage, and where their handles are.
import { layerColor } from "../document/layers.mjs";
import { selectedPins } from "../document/pins.mjs";
import { add, distance } from "../geometry/vec.mjs";
import { drawArrow, drawHandle } from "./overlay_paths.mjs";

/** @import { Sight } from "../parts" */
/** @import { Layer, Pin, Point } from "../types" */
/** @typedef {import("./stage.mjs").Stage} Stage */

const RING = 34; // px, radius of the ring of a pin that is as large as at first
const SMALLEST_RING = 14;

/** Where a pin goes to. @param {Pin} pin @returns {Point} */
export const tipOf = ({ at, move }) => add(at, move);

/** Whether a pin goes nowhere. @param {Pin} pin */
export const isStill = ({ move }) => !move[0] && !move[1];

/** Where the handle stands that turns and scales a pin, and the radius of its ring, in CSS px. @param {Pin} pin @param {Sight} sight */
export function ringOf(pin, sight) {
  const centre = sight.toStage(tipOf(pin));
  const radius = Math.max(RING * pin.scale, SMALLEST_RING);
  const angle = ((pin.rotation - 90) * Math.PI) / 180;
  /** @type {Point} */
  const knob = [centre[0] + radius * Math.cos(angle), centre[1] + radius * Math.sin(angle)];
  return { centre, radius, knob };
}

/** The scale and rotation of a pin whose handle is dragged from one place of the stage to another. @param {Pin} pin @param {Sight} sight @param {Point} to */
export function turnedPin(pin, sight, to) {
  const { centre } = ringOf(pin, sight);
  const angle = (Math.atan2(to[1] - centre[1], to[0] - centre[0]) * 180) / Math.PI + 90;
  const turns = Math.round((pin.rotation - angle) / 360); // the turn that is nearest to the one before
  return {
    rotation: Math.round(angle + 360 * turns),
    scale: Math.max(distance(to, centre), SMALLEST_RING) / RING,
  };
}

/** The anchor of a layer's sway, where it has a place of its own or a lower edge to stand on. @param {Stage} stage @param {number} index @returns {Point | null} */
export function anchorOf({ session, regions }, index) {
  const { sway } = session.document.layers[index].motion;
  if (!sway.amount) return null;
  if (sway.anchor) return sway.anchor;
  const box = regions.layer(index)?.box;
  if (!box) return null;
  const middle = (box[0] + box[2]) / 2 / regions.width;
  const isCentred = /breathe|jelly/.test(sway.kind);
  return [middle, (isCentred ? (box[1] + box[3]) / 2 : box[3]) / regions.height];
}

/** Draws the pins of all layers, and the anchor of the selected one. @param {CanvasRenderingContext2D} context in CSS px @param {Stage} stage */
export function drawPins(context, stage) {
  const { document, selection } = stage.session;
  document.layers.forEach((layer, index) => {
    if (!layer.visible) return;
    const isSelected = index === selection.layer;
    const sight = stage.viewOf(layer);
    const color = layerColor(document, index);
    context.globalAlpha = layer.freeze ? 0.35 : isSelected ? 1 : 0.7;
    const chosen = isSelected ? selectedPins(stage.session) : [];
    layer.motion.pins.forEach((pin, k) => {
      drawPin(context, sight, pin, color, chosen.includes(k));
    });
    const anchor = isSelected ? anchorOf(stage, index) : null;
    if (anchor) drawAnchor(context, sight.toStage(anchor), color);
  });
  context.globalAlpha = 1;
}

/** @param {CanvasRenderingContext2D} context @param {Sight} sight @param {Pin} pin @param {string} color @param {boolean} isSelected */
function drawPin(context, sight, pin, color, isSelected) {
  const at = sight.toStage(pin.at);
  if (!isStill(pin)) drawArrow(context, [at, sight.toStage(tipOf(pin))], color, 2.5);
  drawHandle(context, at, color, isSelected, false, true);
}

/** An anchor: a circle on a short line. @param {CanvasRenderingContext2D} context @param {Point} at @param {string} color */
function drawAnchor(context, [x, y], color) {
  const shape = new Path2D(
    `M${x - 11} ${y + 6}H${x + 11}M${x} ${y - 4}V${y + 6}M${x - 7} ${y + 6}L${x - 10} ${y + 11}`,
  );
  shape.addPath(new Path2D(`M${x} ${y + 6}L${x - 3} ${y + 11}M${x + 7} ${y + 6}L${x + 4} ${y + 11}`));
  shape.moveTo(x + 4, y - 4);
  shape.arc(x, y - 4, 4, 0, 2 * Math.PI);
  for (const [style, width] of /** @type {[string, number][]} */ ([
    ["rgba(0, 0, 0, 0.5)", 6],
    ["#fff", 4],
    [color, 2],
  ])) {
    context.strokeStyle = style;
    context.lineWidth = width;
    context.stroke(shape);
  }
}

/** Draws the ring of the selected pin with the handle that turns and scales it. @param {CanvasRenderingContext2D} context @param {Stage} stage @param {Layer} layer @param {Pin} pin */
export function drawRing(context, stage, layer, pin) {
  const sight = stage.viewOf(layer);
  const { centre, radius, knob } = ringOf(pin, sight);
  context.beginPath();
  context.arc(...centre, radius, 0, 2 * Math.PI);
  context.moveTo(...centre);
  context.lineTo(knob[0], knob[1]);
  for (const [style, width] of /** @type {[string, number][]} */ ([
    ["rgba(0, 0, 0, 0.5)", 3.5],
    ["#fff", 1.5],
  ])) {
    context.strokeStyle = style;
    context.lineWidth = width;
    context.stroke();
  }
  drawHandle(context, centre, stage.color, true, false, false);
  drawHandle(context, knob, stage.color, false, false, false);
}
