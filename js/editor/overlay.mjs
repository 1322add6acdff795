// @ts-check
// What lies over picture and regions, in two canvases: the scene (paths, camera, flow), and on top what follows the pointer.
import { framePolygon } from "./camera.mjs";
import { drawFlow } from "./flow.mjs";
import { hint, hitPoint } from "./hit.mjs";
import { dot, drawPaths, ticksOf } from "./overlay_paths.mjs";

/** @typedef {import("./pointer.mjs").Contact} Contact */
/** @typedef {import("./stage.mjs").Stage} Stage */

/** @param {CanvasRenderingContext2D} context in CSS px @param {Stage} stage */
export function drawScene(context, stage) {
  const { session, view } = stage, { options } = session, [a, d, e, f] = view.matrix;
  context.clearRect(0, 0, view.width, view.height);
  context.strokeStyle = "rgba(128, 128, 128, 0.6)";
  context.lineWidth = 1;
  context.setLineDash(session.picture ? [] : [6, 5]);
  context.strokeRect(e - 0.5, f - 0.5, a + 1, d + 1);
  context.setLineDash([]);
  if (options.flow !== "none") drawFlow(context, stage.field, session.time, view, options.flow);
  if (options.frame) drawCamera(context, stage);
  if (options.paths) drawPaths(context, stage);
}

/** The camera's frame: at each keyframe while the picture stands still, and where it is now while it moves.
 * @param {CanvasRenderingContext2D} context @param {Stage} stage */
function drawCamera(context, stage) {
  const { session, view } = stage, { camera } = session.document;
  if (!camera.keyframes.length) return;
  const times = session.time > 0 ? [session.time] : camera.keyframes.map((key) => key.time);
  times.forEach((time, k) => {
    const corners = framePolygon(camera, time, session.aspect).map(view.toStage, view);
    const frame = new Path2D(`M${corners.join("L")}Z`), chosen = k === session.selection.keyframe || session.time > 0;
    context.globalAlpha = chosen ? 1 : 0.6;
    stage.line(context, frame, chosen ? 2 : 1.25, time === session.time ? [] : [7, 5]);
    const [x, y] = corners[0];
    context.globalAlpha = 1;
    label(context, `camera, frame ${1 + Math.round(time * (session.length - 1))}`, x + 58, y + 14, 0.9, 11);
  });
}

/** @param {CanvasRenderingContext2D} context in CSS px @param {Stage} stage */
export function drawTop(context, stage) {
  const { session, view, tool } = stage, { contact } = stage.pointer;
  context.clearRect(0, 0, view.width, view.height);
  tool.draw(context, contact);
  if (stage.pointer.busy || session.playing) return;
  const tick = contact && hoveredTick(stage, contact);
  if (tick) {
    dot(context, tick.at, 4, "#fff", "#000", 1.5);
    label(context, `frame ${tick.frame + 1}`, tick.at[0], tick.at[1] - 20);
  }
  const sentence = hint(session, stage.played);
  // In the middle as long as nothing is there that it would cover.
  const y = session.document.layers.length ? view.height - 26 : view.height / 2;
  if (sentence && session.time === 0) label(context, sentence, view.width / 2, y, 1, 14);
}

/** @param {Stage} stage @param {Contact} contact */
function hoveredTick({ session, view }, contact) {
  const { layer } = session;
  if (!layer?.visible || !session.options.paths || session.time > 0) return null;
  for (const path of layer.motion.paths) {
    const ticks = ticksOf(layer, path, session.length, session.aspect);
    const frame = hitPoint(ticks, view, contact.stage, 6);
    if (frame > 0) return { frame, at: view.toStage(ticks[frame]) };
  }
  return null;
}

/** A sentence on a dark plate, readable on any picture. @param {CanvasRenderingContext2D} context @param {string} text
 * @param {number} x @param {number} y @param {number} [alpha] @param {number} [size] */
function label(context, text, x, y, alpha = 1, size = 12) {
  context.save();
  context.font = `500 ${size}px system-ui, sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  const width = context.measureText(text).width + size * 1.4, height = size * 2;
  context.globalAlpha *= 0.68 * alpha;
  context.fillStyle = "#101216";
  context.beginPath();
  context.roundRect(x - width / 2, y - height / 2, width, height, height / 2);
  context.fill();
  context.globalAlpha = alpha;
  context.fillStyle = "#fff";
  context.fillText(text, x, y + 0.5);
  context.restore();
}
