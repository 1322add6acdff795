// @ts-check
// The camera's frame: at each keyframe while the picture stands still, and where it is now while it moves.
import { framePolygon } from "./camera.mjs";
import { drawLabel, drawLine } from "./overlay.mjs";

/** @param {CanvasRenderingContext2D} context @param {import("./stage.mjs").Stage} stage */
export function drawCamera(context, { session, view }) {
  const { camera } = session.document;
  const times = session.time > 0 ? [session.time] : camera.keyframes.map((key) => key.time);
  times.forEach((time, k) => {
    const corners = framePolygon(camera, time, session.aspect).map(view.toStage, view);
    const frame = new Path2D(`M${corners.join("L")}Z`), chosen = k === session.selection.keyframe || session.time > 0;
    context.globalAlpha = chosen ? 1 : 0.6;
    drawLine(context, frame, chosen ? 2 : 1.25, time === session.time ? [] : [7, 5]);
    const [x, y] = corners[0];
    context.globalAlpha = 1;
    drawLabel(context, `camera, frame ${1 + Math.round(time * (session.length - 1))}`, x + 58, y + 14, 0.9, 11);
  });
}
