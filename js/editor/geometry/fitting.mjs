// @ts-check
/** Fits a spline of few points to a freehand track. */

import { Curve } from "./curve.mjs";
import { distance, distanceToSegment, mix, simplify } from "./geometry.mjs";
import { fromUnits, toUnits } from "./units.mjs";

/** @import { Point } from "../types" */

const FINEST = 0.001;
const STEP = 0.01; // units

/**
 * Few points [n][x,y] (document) whose Catmull-Rom curve passes within `tolerance` units of a drawn track.
 * @param {readonly Point[]} points @param {number} aspect
 */
export function fitSpline(points, aspect, tolerance = 0.008) {
  const track = smoothTrack(
    simplify(
      points.map(([x, y]) => toUnits([x, y], aspect)),
      FINEST,
    ),
  );
  const kept = track.length < 2 ? [0] : [0, track.length - 1];
  while (kept.length < track.length) {
    const samples = new Curve(kept.map((index) => track[index])).polyline();
    let worst = tolerance;
    let at = -1;
    for (let k = 0; k + 1 < kept.length; k++) {
      const segment = samples.slice(k * 64, k * 64 + 65);
      for (let i = kept[k] + 1; i < kept[k + 1]; i++) {
        const error = distanceToPolyline(track[i], segment);
        if (error > worst) [worst, at] = [error, i];
      }
    }
    if (at < 0) break;
    kept.push(at);
    kept.sort((a, b) => a - b);
  }
  return kept.map((index) => fromUnits(track[index], aspect));
}

/** @param {Point} point @param {readonly Point[]} line */
export const distanceToPolyline = (point, line) =>
  Math.min(...line.map((end, i) => distanceToSegment(point, line[Math.max(i - 1, 0)], end)));

/** A track [x,y] (units) at even steps, smoothed, with the same ends. @param {Point[]} track */
function smoothTrack(track) {
  const even = [track[0]];
  const end = track[track.length - 1];
  let left = STEP;
  for (let i = 1; i < track.length; i++) {
    const length = distance(track[i - 1], track[i]);
    for (; left <= length; left += STEP) even.push(mix(track[i - 1], track[i], left / length));
    left -= length;
  }
  if (distance(even[even.length - 1], end) > STEP / 2) even.push(end);
  else if (even.length > 1) even[even.length - 1] = end;
  return even.map((point, i) =>
    i && i < even.length - 1 ? mix(mix(even[i - 1], even[i + 1], 0.5), point, 0.5) : point,
  );
}
