// @ts-check
// Arrows and splines on the stage: a white halo for any picture, an arrow head, a tick per frame, and handles.
import { layerColor } from "../document/layers.mjs";
import { easedProgress, pathTicks } from "../geometry/easing.mjs";
import { add, distance, length, perpendicular, scale, subtract } from "../geometry/vec.mjs";
import { drawLabel } from "./draw.mjs";
import { curveOf, hitPoint } from "./hit.mjs";

/** @import { Contact } from "../parts" */
/** @import { Layer, Path, Point } from "../types" */
/** @typedef {import("./stage.mjs").Stage} Stage */
/** @typedef {(point: Point) => Point} ToStage from document coordinates to CSS px */

const HALO = "rgba(255, 255, 255, 0.92)";
const SHADE = "rgba(0, 0, 0, 0.45)";
const TICK_GAP = 5; // px between ticks

/** @type {WeakMap<Path, {key: string, points: number[][]}>} */
const ticks = new WeakMap();

/** The positions of a path at each frame, cached as long as path and timing are the same. @param {Layer} layer @param {Path} path @param {import("../document/session.mjs").Session} session */
function ticksOf(layer, path, { length, aspect, document }) {
  const seamless = document.loop === "seamless";
  const { ease: easing, start, end, loop } = layer.motion;
  const key = JSON.stringify([easing, start, end, loop, length, aspect, seamless]);
  let cached = ticks.get(path);
  if (!cached || cached.key !== key) {
    cached = { key, points: pathTicks(layer, path, length, aspect, seamless) };
    ticks.set(path, cached);
  }
  return cached.points;
}

/** @param {CanvasRenderingContext2D} context in CSS px @param {Stage} stage */
export function drawPaths(context, stage) {
  const { document, selection } = stage.session;
  const indices = [...document.layers.keys()].filter((index) => document.layers[index].visible);
  indices.sort((a, b) => Number(a === selection.layer) - Number(b === selection.layer));
  for (const index of indices) {
    const layer = document.layers[index];
    const isSelected = index === selection.layer;
    const sight = stage.viewOf(layer);
    /** @type {ToStage} */
    const toStage = (point) => sight.toStage(point);
    const color = layerColor(document, index);
    context.globalAlpha = layer.freeze ? 0.35 : isSelected ? 1 : 0.8;
    drawTranslation(context, stage, index, color, toStage);
    drawPivot(context, stage, index, color, toStage);
    for (const p of layer.motion.paths.keys()) drawPath(context, stage, index, p, color, toStage);
  }
  context.globalAlpha = 1;
}

/** @param {CanvasRenderingContext2D} context @param {Stage} stage @param {number} index @param {number} p @param {string} color @param {ToStage} toStage */
function drawPath(context, { session }, index, p, color, toStage) {
  const { selection, aspect, time } = session;
  const layer = session.document.layers[index];
  const path = layer.motion.paths[p];
  const inSelectedLayer = index === selection.layer;
  const isSelected = inSelectedLayer && p === selection.path;
  const curve = curveOf(path, aspect);
  drawArrow(context, curve.polyline().map(toStage), color, isSelected ? 3 : inSelectedLayer ? 2.5 : 2);
  if (inSelectedLayer) drawTicks(context, ticksOf(layer, path, session).map(toStage));
  const seamless = session.document.loop === "seamless";
  if (time > 0)
    drawDot(context, toStage(curve.position(easedProgress(layer.motion, time, seamless))), 6, color, HALO);
  if (!inSelectedLayer || session.playing) return;
  path.points.forEach((point, k) => {
    const isPicked = isSelected && selection.point === k;
    // The arrow head is the handle of the last point.
    if (!isPicked && k === path.points.length - 1 && curve.length > 0) return;
    drawHandle(context, toStage(point), color, isPicked, path.corners.includes(k), k === 0);
  });
}

/** Draws an arrow along a polyline. @param {CanvasRenderingContext2D} context @param {Point[]} line CSS px @param {string} color @param {number} width @param {boolean} [dashed] */
export function drawArrow(context, line, color, width, dashed = false) {
  if (line.length < 2) return; // a point that stays
  const tip = line[line.length - 1];
  const size = 8 + 3 * width;
  let back = line.length - 2;
  while (back > 0 && distance(tip, line[back]) < size) back--;
  const shaftEnd = subtract(tip, line[back]);
  const long = length(shaftEnd);
  if (long < 1) return;
  const direction = scale(shaftEnd, 1 / long);
  const reach = Math.min(size, long);
  const base = subtract(tip, scale(direction, reach));
  const notch = subtract(tip, scale(direction, reach * 0.72));
  const side = scale(perpendicular(direction), reach * 0.48);
  const shaft = new Path2D(`M${[...line.slice(0, back + 1), notch].join("L")}`);
  const head = new Path2D(`M${[tip, add(base, side), notch, subtract(base, side)].join("L")}Z`);
  context.lineCap = context.lineJoin = "round";
  const dash = dashed ? [6, 6] : [];
  /** @type {[style: string, edge: number][]} */
  const passes = [
    [SHADE, 5],
    [HALO, 3],
    [color, 0],
  ];
  for (const [style, edge] of passes) {
    context.strokeStyle = context.fillStyle = style;
    context.lineWidth = width + edge;
    context.setLineDash(dash);
    context.stroke(shaft);
    context.lineWidth = edge || 0.5;
    context.setLineDash([]);
    context.stroke(head);
    context.fill(head);
  }
}

/** @param {CanvasRenderingContext2D} context @param {Point[]} points */
function drawTicks(context, points) {
  let last = points[0];
  points.forEach((point, frame) => {
    if (frame === 0 || distance(point, last) < TICK_GAP) return;
    last = point;
    drawDot(context, point, frame % 8 === 0 ? 2.6 : 1.7, "#fff", "rgba(0, 0, 0, 0.75)", 1);
  });
}

/** @param {CanvasRenderingContext2D} context @param {Point} at @param {number} radius @param {string} fill @param {string} ring @param {number} [width] of the ring */
function drawDot(context, at, radius, fill, ring, width = 2.5) {
  context.beginPath();
  context.arc(at[0], at[1], radius, 0, 2 * Math.PI);
  context.fillStyle = fill;
  context.fill();
  context.strokeStyle = ring;
  context.lineWidth = width;
  context.stroke();
}

/** @param {CanvasRenderingContext2D} context @param {Point} at @param {string} color @param {boolean} isSelected @param {boolean} isCorner @param {boolean} isFirst */
export function drawHandle(context, at, color, isSelected, isCorner, isFirst) {
  const radius = isSelected ? 6 : isFirst ? 5.5 : 4.5;
  context.beginPath();
  if (isCorner) context.rect(at[0] - radius + 0.5, at[1] - radius + 0.5, 2 * radius - 1, 2 * radius - 1);
  else context.arc(at[0], at[1], radius, 0, 2 * Math.PI);
  context.lineWidth = 5;
  context.strokeStyle = SHADE;
  context.stroke();
  context.lineWidth = 2.5;
  context.strokeStyle = isSelected ? "#fff" : color;
  context.fillStyle = isSelected || isFirst ? color : "#fff";
  context.stroke();
  context.fill();
  if (isFirst && !isSelected) drawDot(context, at, 1.2, "#fff", "#fff", 1);
}

/** Draws the translation of the sliders as a dashed arrow from the region's centre. @param {CanvasRenderingContext2D} context @param {Stage} stage @param {number} index @param {string} color @param {ToStage} toStage */
function drawTranslation(context, stage, index, color, toStage) {
  const { horizontal, vertical } = stage.session.document.layers[index].motion;
  const centre = centreOf(stage, index);
  if (!centre || !(horizontal || vertical)) return;
  drawArrow(context, [centre, add(centre, [horizontal, vertical])].map(toStage), color, 2, true);
}

/** Draws the point that the layer rotates and grows about. @param {CanvasRenderingContext2D} context @param {Stage} stage @param {number} index @param {string} color @param {ToStage} toStage */
function drawPivot(context, stage, index, color, toStage) {
  const pivot = pivotOf(stage, index);
  if (!pivot) return;
  const [x, y] = toStage(pivot);
  const cross = new Path2D(`M${x - 9} ${y}H${x + 9}M${x} ${y - 9}V${y + 9}`);
  cross.moveTo(x + 5, y);
  cross.arc(x, y, 5, 0, 2 * Math.PI);
  /** @type {[style: string, width: number][]} */
  const passes = [
    [SHADE, 5],
    [HALO, 3.5],
    [color, 1.5],
  ];
  for (const [style, width] of passes) {
    context.strokeStyle = style;
    context.lineWidth = width;
    context.stroke(cross);
  }
}

/** The point that the selected layer rotates and grows about; null where it does neither. @param {Stage} stage @param {number} index @returns {Point | null} */
export function pivotOf(stage, index) {
  const { layer, selection } = stage.session;
  if (index !== selection.layer || !layer?.visible) return null;
  const { rotation, proximity, pivot } = layer.motion;
  return pivot ?? (rotation || proximity ? centreOf(stage, index) : null);
}

/** The mean position of a layer's region; null where nothing is covered. @param {Stage} stage @param {number} index @returns {Point | null} */
function centreOf({ regions }, index) {
  const drawn = regions.layer(index);
  if (!drawn?.box) return null;
  if (drawn.centre !== undefined) return drawn.centre;
  let sum = 0;
  let sumX = 0;
  let sumY = 0;
  const [left, top, right, bottom] = drawn.box;
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const value = drawn.coverage[y * regions.width + x];
      sum += value;
      sumX += value * (x + 0.5);
      sumY += value * (y + 0.5);
    }
  }
  drawn.centre = sum ? [sumX / sum / regions.width, sumY / sum / regions.height] : null;
  return drawn.centre;
}

/** Names the frame whose tick is under the pointer. @param {CanvasRenderingContext2D} context @param {Stage} stage @param {Layer} layer @param {Contact} contact */
export function drawHoveredTick(context, stage, layer, contact) {
  const { session } = stage;
  const sight = stage.viewOf(layer);
  for (const path of layer.motion.paths) {
    const ticks = ticksOf(layer, path, session);
    const frame = hitPoint(ticks, sight, contact.stage, 6);
    if (frame <= 0) continue;
    const at = sight.toStage(ticks[frame]);
    drawDot(context, at, 4, "#fff", "#000", 1.5);
    return drawLabel(context, `frame ${frame + 1}`, at[0], at[1] - 20, 1, 12 * stage.textScale);
  }
}
