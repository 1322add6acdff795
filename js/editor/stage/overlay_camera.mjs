// @ts-check
// The camera's frame at each later keyframe, drawn on the picture as the camera sees it now: when that keyframe is
// reached, the frame fills the view.
import { framePolygon } from "../geometry/camera.mjs";
import { drawLabel } from "./draw.mjs";
import { drawLine } from "./line.mjs";

const LABEL_HEIGHT = 20; // the smallest distance in px between labels
const LABEL_WIDTH = 120;

/** @param {CanvasRenderingContext2D} context @param {import("./stage.mjs").Stage} stage */
export function drawCamera(context, stage) {
  const { session } = stage;
  const { aspect, time: now } = session;
  const { camera } = session.document;
  const sight = stage.viewOf();
  /** @type {{x: number, y: number, time: number, isSelected: boolean}[]} */ const labels = [];
  camera.keyframes.forEach(({ time }, k) => {
    if (now > 0 && time <= now) return;
    const corners = framePolygon(camera, time, aspect).map((corner) => sight.toStage(corner));
    const isSelected = k === session.selection.keyframe;
    context.globalAlpha = isSelected ? 1 : 0.6;
    drawLine(context, new Path2D(`M${corners.join("L")}Z`), isSelected ? 2 : 1.25, [7, 5]);
    const [x, y] = corners[0];
    labels.push({ x, y, time, isSelected });
  });
  context.globalAlpha = 1;
  // The selected keyframe first, then the later ones; a label that would cover one of these is left out.
  labels.sort((a, b) => Number(b.isSelected) - Number(a.isSelected) || b.time - a.time);
  labels.forEach(({ x, y, time }, k) => {
    const isClose = (/** @type {{x: number, y: number}} */ other) =>
      Math.abs(other.y - y) < LABEL_HEIGHT && Math.abs(other.x - x) < LABEL_WIDTH;
    if (labels.slice(0, k).some(isClose)) return;
    const frame = 1 + Math.round(time * (session.length - 1));
    drawLabel(context, `camera, frame ${frame}`, x + 58, y + 14, 0.9, 12 * stage.textScale);
  });
}
