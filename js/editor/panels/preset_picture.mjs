// @ts-check
/** The thumbnail of a preset: the picture, the regions that move, and how they and the camera move. */

import { layerColor } from "../document/layers.mjs";

/** @import { Camera, Layer, Picture, Point } from "../types" */
/** @typedef {import("../document/presets.mjs").Preset} Preset */

export const WIDTH = 132; // px
const SHADE = "rgba(0, 0, 0, 0.6)";
const WAVE = 0.05; // height of the waves, as a share of the thumbnail's width

/** @param {HTMLCanvasElement} canvas @param {Preset} preset @param {Picture | null} picture @param {number} aspect */
export function drawPreset(canvas, preset, picture, aspect) {
  const shown = Math.min(Math.max(aspect, 1), 2.4);
  canvas.width = 2 * WIDTH;
  canvas.height = Math.round(canvas.width / shown);
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const { width, height } = canvas;
  if (picture) context.drawImage(picture.image, 0, 0, width, height);
  context.fillStyle = picture ? "rgba(16, 18, 22, 0.4)" : "#33373f";
  context.fillRect(0, 0, width, height);
  const { layers, camera } = preset.document;
  layers.forEach((layer, k) => {
    drawRegion(context, layer, layerColor(preset.document, k));
    for (const line of motionLines(layer, height / width)) drawArrow(context, line);
  });
  for (const line of cameraLines(camera)) drawArrow(context, line);
}

/** @param {CanvasRenderingContext2D} context @param {Layer} layer @param {string} color */
function drawRegion(context, { region }, color) {
  const { width, height } = context.canvas;
  const area = new Path2D();
  for (const { points, mode } of region.polygons)
    if (mode === "paint")
      area.addPath(new Path2D(`M${points.map(([x, y]) => [x * width, y * height]).join("L")}Z`));
  if (region.everything) area.rect(0, 0, width, height);
  context.fillStyle = context.strokeStyle = color;
  context.globalAlpha = 0.35;
  context.fill(area);
  context.lineCap = context.lineJoin = "round";
  const side = Math.min(width, height);
  for (const { points, radius, mode } of region.strokes) {
    if (mode !== "paint") continue;
    context.lineWidth = 2 * radius * side;
    const places = points.map(([x, y]) => [x * width, y * height]);
    context.stroke(new Path2D(`M${[places[0], ...places].join("L")}`));
  }
  context.globalAlpha = 0.9;
  context.lineWidth = 2;
  context.stroke(area);
  context.globalAlpha = 1;
}

/** The middle of a region, and half of its size. @param {Layer} layer @returns {{middle: Point, size: Point}} */
function boxOf({ region }) {
  const points = [...region.polygons, ...region.strokes].flatMap((shape) => shape.points);
  if (region.everything || !points.length) return { middle: [0.5, 0.5], size: [0.5, 0.5] };
  const [left, top] = [0, 1].map((axis) => Math.max(0, Math.min(...points.map((point) => point[axis]))));
  const [right, bottom] = [0, 1].map((axis) => Math.min(1, Math.max(...points.map((point) => point[axis]))));
  return { middle: [(left + right) / 2, (top + bottom) / 2], size: [(right - left) / 2, (bottom - top) / 2] };
}

/** Lines that say how a layer moves; each ends in an arrow head. @param {Layer} layer @param {number} tall height by width @returns {Point[][]} */
function motionLines(layer, tall) {
  const { motion } = layer;
  const { middle, size } = boxOf(layer);
  const [x, y] = middle;
  const lines = motion.paths.map(({ points }) => [...points]);
  if (motion.horizontal || motion.vertical) {
    const long = Math.max(Math.abs(motion.horizontal), Math.abs(motion.vertical));
    const by = [(motion.horizontal / long) * 0.6 * size[0], (motion.vertical / long) * 0.6 * size[1]];
    lines.push([
      [x - by[0], y - by[1]],
      [x + by[0], y + by[1]],
    ]);
  }
  if (motion.rotation) lines.push(arc(middle, 0.12, Math.sign(motion.rotation), tall));
  if (motion.proximity)
    lines.push([
      [x, y],
      [x + 0.5 * size[0], y - 0.5 * size[1]],
    ]);
  if (!lines.length) {
    const upright = motion.sway.amount > 0 && /breathe|jelly/.test(motion.sway.kind);
    lines.push(...(upright ? swell(middle, size) : [wave(middle, size, tall)]));
  }
  return lines;
}

/** A wave across a region. @param {Point} middle @param {Point} size @param {number} tall @returns {Point[]} */
const wave = ([x, y], [half], tall) =>
  Array.from({ length: 41 }, (_, k) => {
    const along = k / 20 - 1;
    return [x + along * Math.min(half, 0.35) * 0.9, y + (Math.sin(along * 3 * Math.PI) * WAVE) / tall];
  });

/** Two arrows that part. @param {Point} middle @param {Point} size @returns {Point[][]} */
const swell = ([x, y], [, half]) =>
  [-1, 1].map((side) => [
    [x, y + side * 0.15 * half],
    [x, y + side * 0.7 * half],
  ]);

/** Most of a circle. @param {Point} middle @param {number} radius @param {number} turn @param {number} tall @returns {Point[]} */
const arc = ([x, y], radius, turn, tall) =>
  Array.from({ length: 31 }, (_, k) => {
    const angle = turn * (k / 30) * 1.6 * Math.PI - Math.PI / 2;
    return [x + radius * Math.cos(angle), y + (radius * Math.sin(angle)) / tall];
  });

/** Lines that say how a camera moves. @param {Camera} camera @returns {Point[][]} */
function cameraLines({ keyframes }) {
  const far = (/** @type {"truck" | "pan" | "pedestal" | "tilt" | "dolly" | "roll"} */ name) =>
    keyframes.reduce((most, key) => (Math.abs(key[name]) > Math.abs(most) ? key[name] : most), 0);
  const [across, up, inward] = [far("truck") || far("pan"), far("pedestal") || far("tilt"), far("dolly")];
  /** @type {Point[][]} */
  const lines = [];
  if (keyframes.length > 3) lines.push(wave([0.5, 0.5], [0.4, 0.4], 0.4));
  else if (across)
    lines.push([
      [0.5 - 0.3 * Math.sign(across), 0.5],
      [0.5 + 0.3 * Math.sign(across), 0.5 - 0.2 * Math.sign(up)],
    ]);
  else if (up)
    lines.push([
      [0.5, 0.5 + 0.25 * Math.sign(up)],
      [0.5, 0.5 - 0.25 * Math.sign(up)],
    ]);
  if (inward)
    for (const [x, y] of [
      [0.08, 0.1],
      [0.92, 0.1],
      [0.08, 0.9],
      [0.92, 0.9],
    ]) {
      const inner = [x + (0.5 - x) * 0.35, y + (0.5 - y) * 0.35];
      lines.push(inward > 0 ? [[x, y], inner] : [inner, [x, y]]);
    }
  if (far("roll") && keyframes.length <= 3) lines.push(arc([0.5, 0.5], 0.14, Math.sign(far("roll")), 0.5));
  return lines;
}

/** Draws a line with an arrow head. @param {CanvasRenderingContext2D} context @param {readonly Point[]} line */
function drawArrow(context, line) {
  const { width, height } = context.canvas;
  const places = line.map(([x, y]) => [x * width, y * height]);
  const [x, y] = places[places.length - 1];
  const before = places.findLast((place) => Math.hypot(place[0] - x, place[1] - y) > 8) ?? places[0];
  const angle = Math.atan2(y - before[1], x - before[0]);
  const wing = (/** @type {number} */ side) =>
    [x - 14 * Math.cos(angle + side), y - 14 * Math.sin(angle + side)].join(" ");
  const path = new Path2D(`M${places.join("L")}M${wing(0.5)}L${x} ${y}L${wing(-0.5)}`);
  context.lineCap = context.lineJoin = "round";
  for (const [style, wide] of /** @type {const} */ ([
    [SHADE, 8],
    ["#fff", 4],
  ])) {
    context.strokeStyle = style;
    context.lineWidth = wide;
    context.stroke(path);
  }
}
