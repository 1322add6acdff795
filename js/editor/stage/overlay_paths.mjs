// @ts-check
// Arrows and splines on the stage: a white halo for any picture, a proper head, a tick a frame, points to take hold of.

import { layerColor } from "../document/layers.mjs";
import { ease, pathTicks, progress } from "../geometry/easing.mjs";
import { drawLabel } from "./draw.mjs";
import { curveOf, hitPoint } from "./hit.mjs";

/** @typedef {import("../types").Layer} Layer */
/** @typedef {import("./stage.mjs").Stage} Stage */

const HALO = "rgba(255, 255, 255, 0.92)";
const SHADE = "rgba(0, 0, 0, 0.45)";
const GAP = 5; // px between ticks

/** @type {WeakMap<object, {key: string, points: number[][]}>} */
const ticks = new WeakMap();

/** Where a path is at each frame; kept as long as path and timing are the same.
 * @param {Layer} layer @param {any} path @param {number} length @param {number} aspect @returns {number[][]} */
function ticksOf(layer, path, length, aspect) {
  const { ease: easing, start, end, loop } = layer.motion;
  const key = JSON.stringify([easing, start, end, loop, length, aspect]);
  let kept = ticks.get(path);
  if (kept?.key !== key) ticks.set(path, (kept = { key, points: pathTicks(layer, path, length, aspect) }));
  return /** @type {any} */ (kept).points;
}

/** @param {CanvasRenderingContext2D} context in CSS px @param {Stage} stage */
export function drawPaths(context, stage) {
  const { session } = stage;
  const { selection } = session;
  const layers = session.document.layers
    .map((layer, index) => ({ layer, index, own: index === selection.layer }))
    .filter(({ layer }) => layer.visible)
    .sort((a, b) => Number(a.own) - Number(b.own));
  for (const { layer, index, own } of layers) {
    const color = layerColor(session.document, index);
    const { motion } = layer;
    const sight = stage.viewOf(layer);
    const toStage = (/** @type {readonly number[]} */ point) => sight.toStage(point);
    context.globalAlpha = layer.freeze ? 0.35 : own ? 1 : 0.8;
    drawSum(context, stage, layer, index, color, toStage);
    motion.paths.forEach((path, number) => {
      const chosen = own && number === selection.path;
      const curve = curveOf(path, session.aspect);
      drawArrow(context, curve.polyline().map(toStage), color, chosen ? 3 : own ? 2.5 : 2);
      if (own) drawTicks(context, ticksOf(layer, path, session.length, session.aspect).map(toStage));
      if (session.time > 0) {
        const { start, end, loop, ease: easing } = motion;
        const done = ease(easing, progress(session.time, start, end, loop));
        dot(context, toStage(curve.position(done)), 6, color, HALO);
      }
      if (own && !session.playing) {
        path.points.forEach((point, k) => {
          const picked = chosen && selection.point === k;
          // The head is the last point's handle.
          if (!picked && k === path.points.length - 1 && curve.length > 0) return;
          drawHandle(context, toStage(point), color, picked, path.corners.includes(k), k === 0);
        });
      }
    });
  }
  context.globalAlpha = 1;
}

/** An arrow along a polyline in CSS px. @param {CanvasRenderingContext2D} context @param {number[][]} line
 * @param {string} color @param {number} width @param {boolean} [dashed] */
export function drawArrow(context, line, color, width, dashed = false) {
  const tip = line[line.length - 1];
  const size = 8 + 3 * width;
  let back = line.length - 2;
  while (back > 0 && Math.hypot(tip[0] - line[back][0], tip[1] - line[back][1]) < size) back--;
  const dx = tip[0] - line[back][0];
  const dy = tip[1] - line[back][1];
  const length = Math.hypot(dx, dy);
  if (length < 1) return;
  const [x, y] = [dx / length, dy / length];
  const reach = Math.min(size, length);
  const wide = reach * 0.48;
  const base = [tip[0] - x * reach, tip[1] - y * reach];
  const notch = [tip[0] - x * reach * 0.72, tip[1] - y * reach * 0.72];
  const sides = [-wide, wide].map((side) => [base[0] + y * side, base[1] - x * side]);
  const shaft = new Path2D(`M${[...line.slice(0, back + 1), notch].join("L")}`);
  const head = new Path2D(`M${[tip, sides[0], notch, sides[1]].join("L")}Z`);
  context.lineCap = context.lineJoin = "round";
  context.setLineDash(dashed ? [6, 6] : []);
  for (const [style, more] of /** @type {[string, number][]} */ ([
    [SHADE, 5],
    [HALO, 3],
    [color, 0],
  ])) {
    context.strokeStyle = context.fillStyle = style;
    context.lineWidth = width + more;
    context.stroke(shaft);
    context.lineWidth = more || 0.5;
    context.setLineDash([]);
    context.stroke(head);
    context.fill(head);
    context.setLineDash(dashed ? [6, 6] : []);
  }
  context.setLineDash([]);
}

/** @param {CanvasRenderingContext2D} context @param {number[][]} points */
function drawTicks(context, points) {
  let last = points[0];
  points.forEach((point, frame) => {
    if (frame === 0 || Math.hypot(point[0] - last[0], point[1] - last[1]) < GAP) return;
    last = point;
    dot(context, point, frame % 8 === 0 ? 2.6 : 1.7, "#fff", "rgba(0, 0, 0, 0.75)", 1);
  });
}

/** @param {CanvasRenderingContext2D} context @param {number[]} at @param {number} radius @param {string} fill
 * @param {string} ring @param {number} [width] */
function dot(context, at, radius, fill, ring, width = 2.5) {
  context.beginPath();
  context.arc(at[0], at[1], radius, 0, 2 * Math.PI);
  context.fillStyle = fill;
  context.fill();
  context.strokeStyle = ring;
  context.lineWidth = width;
  context.stroke();
}

/** @param {CanvasRenderingContext2D} context @param {number[]} at @param {string} color @param {boolean} chosen
 * @param {boolean} corner @param {boolean} first */
export function drawHandle(context, at, color, chosen, corner, first) {
  const radius = chosen ? 6 : first ? 5.5 : 4.5;
  context.beginPath();
  if (corner) context.rect(at[0] - radius + 0.5, at[1] - radius + 0.5, 2 * radius - 1, 2 * radius - 1);
  else context.arc(at[0], at[1], radius, 0, 2 * Math.PI);
  context.lineWidth = 5;
  context.strokeStyle = SHADE;
  context.stroke();
  context.lineWidth = 2.5;
  context.strokeStyle = chosen ? "#fff" : color;
  context.fillStyle = chosen || first ? color : "#fff";
  context.stroke();
  context.fill();
  if (first && !chosen) dot(context, at, 1.2, "#fff", "#fff", 1);
}

/** What the sliders add: a dashed arrow from the region's centre, and the point that it turns about.
 * @param {CanvasRenderingContext2D} context @param {Stage} stage @param {Layer} layer @param {number} index @param {string} color
 * @param {(point: readonly number[]) => number[]} toStage */
function drawSum(context, stage, layer, index, color, toStage) {
  const { horizontal, vertical } = layer.motion;
  const centre = centreOf(stage, index);
  if (centre && (horizontal || vertical)) {
    const to = [centre[0] + horizontal, centre[1] + vertical];
    drawArrow(context, [centre, to].map(toStage), color, 2, true);
  }
  const pivot = pivotOf(stage, index);
  if (!pivot) return;
  const [x, y] = toStage(pivot);
  const cross = new Path2D(`M${x - 9} ${y}H${x + 9}M${x} ${y - 9}V${y + 9}`);
  cross.moveTo(x + 5, y);
  cross.arc(x, y, 5, 0, 2 * Math.PI);
  for (const [style, width] of /** @type {[string, number][]} */ ([
    [SHADE, 5],
    [HALO, 3.5],
    [color, 1.5],
  ])) {
    context.strokeStyle = style;
    context.lineWidth = width;
    context.stroke(cross);
  }
}

/** Where the selected layer turns about, if it turns or grows. @param {Stage} stage @param {number} index */
export function pivotOf(stage, index) {
  const { layer, selection } = stage.session;
  if (index !== selection.layer || !layer?.visible) return null;
  const { rotation, proximity, pivot } = layer.motion;
  return pivot ?? (rotation || proximity ? centreOf(stage, index) : null);
}

/** Mean position of a layer's region, null where nothing is covered. @param {Stage} stage @param {number} index */
function centreOf({ regions }, index) {
  const shown = regions.shown(index);
  if (!shown?.box || shown.centre !== undefined) return shown?.centre ?? null;
  let sum = 0;
  let sumX = 0;
  let sumY = 0;
  const [left, top, right, bottom] = shown.box;
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const value = shown.coverage[y * regions.width + x];
      sum += value;
      sumX += value * (x + 0.5);
      sumY += value * (y + 0.5);
    }
  }
  return (shown.centre = sum ? [sumX / sum / regions.width, sumY / sum / regions.height] : null);
}

/** The number of the frame whose tick is under the pointer.
 * @param {CanvasRenderingContext2D} context @param {Stage} stage @param {Layer} layer
 * @param {import("./pointer.mjs").Contact} contact */
export function drawHoveredTick(context, stage, layer, contact) {
  const { session } = stage;
  const view = stage.viewOf(layer);
  for (const path of layer.motion.paths) {
    const ticks = ticksOf(layer, path, session.length, session.aspect);
    const frame = hitPoint(ticks, view, contact.stage, 6);
    if (frame <= 0) continue;
    const at = view.toStage(ticks[frame]);
    dot(context, at, 4, "#fff", "#000", 1.5);
    return drawLabel(context, `frame ${frame + 1}`, at[0], at[1] - 20);
  }
}
