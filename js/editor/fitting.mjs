// @ts-check
/** A freehand track to a spline of few points. */

import { Curve } from "./curve.mjs";
import { distance, distanceToPolyline, extent, simplify } from "./geometry.mjs";

/**
 * Few points [n][x,y] (document) whose Catmull-Rom curve passes within `tolerance` units of a drawn track.
 * @param {readonly (readonly number[])[]} points @param {number} aspect
 */
export function fitSpline(points, aspect, tolerance = 0.008) {
  const [width, height] = extent(aspect);
  const track = smoothed(
    simplify(
      points.map(([x, y]) => [x * width, y * height]),
      0.001,
    ),
  );
  const back = (/** @type {number[]} */ [x, y]) => [x / width, y / height];
  if (track.length < 3) return track.map(back);
  const kept = [0, track.length - 1];
  while (kept.length < track.length) {
    const samples = new Curve(kept.map((index) => track[index])).polyline();
    let worst = tolerance,
      at = -1;
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
  return kept.map((index) => back(track[index]));
}

/** A track [x,y] (units) at even steps, its tremor averaged away, its ends kept. @param {number[][]} track */
function smoothed(track) {
  const even = [track[0]];
  const step = 0.01;
  let left = step;
  for (let i = 1; i < track.length; i++) {
    const [a, b] = [track[i - 1], track[i]];
    const length = distance(a, b);
    for (; left <= length; left += step) {
      even.push([a[0] + ((b[0] - a[0]) * left) / length, a[1] + ((b[1] - a[1]) * left) / length]);
    }
    left -= length;
  }
  const end = track[track.length - 1];
  if (distance(even[even.length - 1], end) > step / 2) even.push(end);
  else even[even.length - 1] = even.length > 1 ? end : even[0];
  return even.map((point, i) => {
    if (!i || i === even.length - 1) return point;
    const [a, b] = [even[i - 1], even[i + 1]];
    return [(a[0] + 2 * point[0] + b[0]) / 4, (a[1] + 2 * point[1] + b[1]) / 4];
  });
}
