// @ts-check
// What lies over picture and regions, in two canvases: the scene (paths, camera, flow), and above it what follows the
// pointer.
import { regionIsEmpty } from "../document/document.mjs";
import { moves } from "../document/layers.mjs";
import { drawLabel } from "./draw.mjs";

/** @typedef {import("../document/session.mjs").Session} Session */
/** @typedef {import("./stage.mjs").Stage} Stage */

const flow = () => import("../player/flow.mjs");
const camera = () => import("./overlay_camera.mjs");
const marks = () => import("./overlay_marks.mjs");

/** @param {CanvasRenderingContext2D} context in CSS px @param {Stage} stage */
export function drawScene(context, stage) {
  const { session, view } = stage;
  const { options, document, picture, time } = session;
  const [width, height, left, top] = view.matrix;
  context.clearRect(0, 0, view.width, view.height);
  context.strokeStyle = "rgba(128, 128, 128, 0.6)";
  context.lineWidth = 1;
  context.setLineDash(picture ? [] : [6, 5]);
  context.strokeRect(left - 0.5, top - 0.5, width + 1, height + 1);
  context.setLineDash([]);
  if (options.flow !== "none") stage.part(flow)?.drawFlow(context, stage.field, time, view, options.flow);
  if (options.frame && document.camera.keyframes.length) stage.part(camera)?.drawCamera(context, stage);
  if (options.paths && document.layers.some((layer) => moves(layer) || layer.motion.pivot))
    stage.part(marks)?.drawMarks(context, stage);
}

/** @param {CanvasRenderingContext2D} context in CSS px @param {Stage} stage */
export function drawTop(context, stage) {
  const { session, view, tool } = stage;
  const { contact, busy } = stage.pointer;
  const { layer, options } = session;
  context.clearRect(0, 0, view.width, view.height);
  tool.draw(context, contact);
  stage.keyPointer?.draw(context);
  if (busy || session.playing) return;
  if (contact && options.paths && layer?.visible && layer.motion.paths.length)
    stage.part(marks)?.drawHoveredTick(context, stage, layer, contact);
  const sentence = session.time > 0 ? "" : hint(session, stage.hasPlayed);
  // The hint stands in the middle while there is no layer that it could cover.
  const y = session.document.layers.length ? view.height - 26 * stage.textScale : view.height / 2;
  if (sentence) drawLabel(context, sentence, view.width / 2, y, 1, 14 * stage.textScale, view.width - 8);
}

/**
 * The sentence on the stage that says what to do next, or "". @param {Session} session
 * @param {boolean} hasPlayed whether the clip was ever played
 */
export function hint(session, hasPlayed) {
  const { layers, camera } = session.document;
  if (session.problem) return "";
  if (session.waiting === "loading") return "Loading the picture… (Escape cancels)";
  if (session.waiting === "cancelled") return "The picture was not loaded; Enter loads it";
  if (session.waiting === "run" && !session.picture) return "Run once (Ctrl+Enter) to see the picture here";
  if (!session.picture && !layers.length) return "Drop a picture here, paste one, or connect “image”";
  if (camera.keyframes.length || layers.length > 1) return "";
  if (!layers.length || regionIsEmpty(layers[0].region)) return "Paint (B) or click (C) what should move";
  if (!moves(layers[0])) return layers[0].freeze ? "" : "Drag an arrow (A) from it";
  return hasPlayed ? "" : "Press play (Space)";
}
