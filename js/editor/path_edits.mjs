// @ts-check
/** Edits of a layer's paths and their points. */

import { Curve } from "./curve.mjs";
import { pathKind } from "./declarations.mjs";
import { PATH } from "./document.mjs";
import { editLayer, withEntry, withMembers } from "./edits.mjs";
import { distance } from "./geometry.mjs";
import { clamp, fitted, rounded } from "./schema.mjs";

/**
 * @typedef {import("./declarations.mjs").MotionDocument} MotionDocument
 * @typedef {import("./declarations.mjs").Path} Path
 */

const APART = 0.001; // of the clip; the shortest time between two points

/**
 * @param {MotionDocument} document @param {number} index
 * @param {(paths: readonly Path[]) => readonly Path[]} edit
 */
const editPaths = (document, index, edit) =>
  editLayer(document, index, (layer) =>
    withMembers(layer, { motion: withMembers(layer.motion, { paths: edit(layer.motion.paths) }) }),
  );

/**
 * @param {MotionDocument} document @param {number} index @param {number} p
 * @param {(path: Path) => Path} edit
 */
const editPath = (document, index, p, edit) =>
  editPaths(document, index, (paths) => (paths[p] ? withEntry(paths, p, edit(paths[p])) : paths));

/** @param {MotionDocument} document @param {number} index @param {Partial<Path>} path */
export const addPath = (document, index, path) =>
  editPaths(document, index, (paths) => [...paths, { ...PATH, ...fitted(pathKind, path) }]);

/** @param {MotionDocument} document @param {number} index @param {number} p @param {Partial<Path>} partial */
export const changePath = (document, index, p, partial) =>
  editPath(document, index, p, (path) => withMembers(path, fitted(pathKind, partial)));

/** @param {MotionDocument} document @param {number} index @param {number} p */
export const removePath = (document, index, p) =>
  editPaths(document, index, (paths) => (paths[p] ? paths.toSpliced(p, 1) : paths));

/**
 * @param {MotionDocument} document @param {number} index @param {number} p @param {number} k
 * @param {readonly number[]} point
 */
export const movePoint = (document, index, p, k, point) =>
  editPath(document, index, p, (path) =>
    path.points[k] ? withMembers(path, fitted(pathKind, { points: withEntry(path.points, k, point) })) : path,
  );

/**
 * A new point, which becomes point k. @param {MotionDocument} document @param {number} index
 * @param {number} p @param {number} k 0 to the number of points @param {readonly number[]} point
 */
export const insertPoint = (document, index, p, k, point) =>
  editPath(document, index, p, ({ points, corners, times }) => {
    const at = clamp(k, 0, points.length);
    return {
      ...fitted(pathKind, { points: points.toSpliced(at, 0, point) }),
      corners: corners.map((corner) => (corner >= at ? corner + 1 : corner)),
      times: times && timesWith(times, at, points, point),
    };
  });

/**
 * @param {readonly number[]} times @param {number} at @param {readonly (readonly number[])[]} points
 * @param {readonly number[]} point
 */
function timesWith(times, at, points, point) {
  if (at === 0) return null; // the motion begins elsewhere: its times say nothing any more
  const [a, b] = [times[at - 1], times[at] ?? 1];
  if (!(b - a > 2e-4)) return null; // no room between
  const before = distance(points[at - 1], point);
  const share = points[at] ? before / (before + distance(point, points[at]) || 1) : 1;
  return times.toSpliced(
    at,
    0,
    at === times.length ? b : clamp(rounded(a + (b - a) * share), a + 1e-4, b - 1e-4),
  );
}

/**
 * A path of fewer than two points goes. @param {MotionDocument} document @param {number} index
 * @param {number} p @param {number} k
 */
export const removePoint = (document, index, p, k) =>
  editPaths(document, index, (paths) => {
    const path = paths[p];
    if (!path?.points[k]) return paths;
    if (path.points.length <= 2) return paths.toSpliced(p, 1);
    const corners = path.corners
      .filter((corner) => corner !== k)
      .map((corner) => (corner > k ? corner - 1 : corner));
    const times = path.times && path.times.toSpliced(k, 1).map((time, i) => (i ? time : 0));
    return withEntry(paths, p, { points: path.points.toSpliced(k, 1), corners, times });
  });

/**
 * Smooth or sharp. @param {MotionDocument} document @param {number} index @param {number} p
 * @param {number} k
 */
export const toggleCorner = (document, index, p, k) =>
  editPath(document, index, p, (path) => {
    if (!path.points[k]) return path;
    const without = path.corners.filter((corner) => corner !== k);
    const corners = without.length < path.corners.length ? without : [...without, k].sort((a, b) => a - b);
    return { ...path, corners };
  });

/**
 * When a point is reached, between its neighbours' times; the others keep the times they have at constant
 * speed. @param {MotionDocument} document @param {number} index @param {number} p
 * @param {number} k from 1 @param {number} time @param {number} [aspect] of the picture, for the lengths
 */
export const setPointTime = (document, index, p, k, time, aspect = 1) =>
  editPath(document, index, p, (path) => {
    if (!(k > 0) || !path.points[k]) return path;
    const times = [...(path.times ?? evenTimes(path, aspect))];
    const latest = k + 1 < times.length ? times[k + 1] - APART : 1;
    times[k] = rounded(clamp(time, Math.min(times[k - 1] + APART, latest), latest));
    return times[k] > times[k - 1] ? withMembers(path, { times }) : path;
  });

/**
 * When each point is reached at constant speed, at least a little apart. @param {Path} path
 * @param {number} aspect
 */
export function evenTimes(path, aspect) {
  const curve = new Curve(path.points, path.corners, null, aspect);
  const last = path.points.length - 1;
  const step = Math.min(APART, 1 / last);
  const times = path.points.map((_, k) => curve.share(k));
  for (let k = 1; k <= last; k++) times[k] = Math.max(times[k], times[k - 1] + step);
  for (let k = last; k > 0; k--) times[k] = Math.min(times[k], 1 - (last - k) * step);
  return times.map((time) => rounded(time));
}
