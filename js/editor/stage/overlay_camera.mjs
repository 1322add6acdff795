// @ts-check
// The camera's frame at each keyframe that is still to come, on the picture as the camera sees it now: at that keyframe
// the frame is the whole view.
import { framePolygon } from "../geometry/camera.mjs";
import { drawLabel, drawLine } from "./draw.mjs";

const APART = 20; // px between two labels

/** @param {CanvasRenderingContext2D} context @param {import("./stage.mjs").Stage} stage */
export function drawCamera(context, stage) {
  const { session } = stage;
  const {
    aspect,
    time: now,
    document: { camera },
  } = session;
  const sight = stage.viewOf();
  /** @type {number[][]} */ const labels = [];
  camera.keyframes.forEach(({ time }, k) => {
    if (now > 0 && time <= now) return;
    const corners = framePolygon(camera, time, aspect).map((corner) => sight.toStage(corner));
    const chosen = k === session.selection.keyframe;
    context.globalAlpha = chosen ? 1 : 0.6;
    drawLine(context, new Path2D(`M${corners.join("L")}Z`), chosen ? 2 : 1.25, [7, 5]);
    labels.push([corners[0][0], corners[0][1], time, Number(chosen)]);
  });
  context.globalAlpha = 1;
  // The chosen one and the later ones first: what would lie over another is left out.
  labels
    .sort((a, b) => b[3] - a[3] || b[2] - a[2])
    .forEach(([x, y, time], k) => {
      if (
        labels.slice(0, k).some(([left, top]) => Math.abs(top - y) < APART && Math.abs(left - x) < 6 * APART)
      )
        return;
      drawLabel(
        context,
        `camera, frame ${1 + Math.round(time * (session.length - 1))}`,
        x + 58,
        y + 14,
        0.9,
        11,
      );
    });
}
