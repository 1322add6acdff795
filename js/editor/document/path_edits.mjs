// @ts-check
/** Edits of a layer's paths and their points. */

import { Curve } from "../geometry/curve.mjs";
import { clamp, rounded } from "../geometry/values.mjs";
import { distance } from "../geometry/vec.mjs";
import { editLayer, withMembers } from "./edits.mjs";
import { fitToRange } from "./range.mjs";
import { PATH } from "./schema.mjs";

/** @import { LayerEdit, Path, PathEdit, Point, PointEdit } from "../types" */

const APART = 0.001; // the shortest time between two points, as a share of the clip
const ROOM = 1e-4; // the shortest time between a new point and its neighbours

/** @type {LayerEdit<[edit: (paths: readonly Path[]) => readonly Partial<Path>[]]>} */
const editPaths = (document, index, edit) =>
  editLayer(document, index, (layer) =>
    withMembers(layer, { motion: withMembers(layer.motion, { paths: edit(layer.motion.paths) }) }),
  );

/** @type {PathEdit<[edit: (path: Path) => Path]>} */
const editPath = (document, index, p, edit) =>
  editPaths(document, index, (paths) => (paths[p] ? paths.with(p, edit(paths[p])) : paths));

/** Edits a path that has a point k. @type {PointEdit<[edit: (path: Path) => Path]>} */
const editPoint = (document, index, p, k, edit) =>
  editPath(document, index, p, (path) => (path.points[k] ? edit(path) : path));

/** @type {LayerEdit<[path: Partial<Path>]>} */
export const addPath = (document, index, path) =>
  editPaths(document, index, (paths) => [...paths, fitToRange(PATH, path)]);

/** @type {PathEdit<[partial: Partial<Path>]>} */
export const changePath = (document, index, p, partial) =>
  editPath(document, index, p, (path) => withMembers(path, fitToRange(PATH, partial)));

/** @type {PathEdit} */
export const removePath = (document, index, p) =>
  editPaths(document, index, (paths) => (paths[p] ? paths.toSpliced(p, 1) : paths));

/** @type {PointEdit<[point: Point]>} */
export const movePoint = (document, index, p, k, point) =>
  editPoint(document, index, p, k, (path) =>
    withMembers(path, fitToRange(PATH, { points: path.points.with(k, point) })),
  );

/** Inserts a point, which becomes point k. @type {PointEdit<[point: Point]>} */
export const insertPoint = (document, index, p, k, point) =>
  editPath(document, index, p, ({ points, corners, times }) => {
    const at = clamp(k, 0, points.length);
    return {
      ...fitToRange(PATH, { points: points.toSpliced(at, 0, point) }),
      corners: corners.map((corner) => (corner >= at ? corner + 1 : corner)),
      times: times && timesWith(times, at, points, point),
    };
  });

/** The times of a path with a point inserted. They are null if the new point is the first, or if there is no room for its time. @param {Point} times @param {number} at @param {readonly Point[]} points @param {Point} point */
function timesWith(times, at, points, point) {
  if (at === 0) return null; // the motion begins at another place, so the times are no longer valid
  const before = times[at - 1];
  const after = times[at] ?? 1;
  if (!(after - before > 2 * ROOM)) return null;
  if (at === times.length) return [...times, after];
  const from = distance(points[at - 1], point);
  const to = distance(point, points[at]);
  const time = rounded(before + ((after - before) * from) / (from + to || 1));
  return times.toSpliced(at, 0, clamp(time, before + ROOM, after - ROOM));
}

/** Removes a point; a path of two points is removed as a whole. @type {PointEdit} */
export const removePoint = (document, index, p, k) =>
  editPaths(document, index, (paths) => {
    const path = paths[p];
    if (!path?.points[k]) return paths;
    if (path.points.length <= 2) return paths.toSpliced(p, 1);
    const others = path.corners.filter((corner) => corner !== k);
    const corners = others.map((corner) => (corner > k ? corner - 1 : corner));
    const times = path.times?.toSpliced(k, 1).with(0, 0) ?? null;
    return paths.with(p, { points: path.points.toSpliced(k, 1), corners, times });
  });

/** Makes a point a corner, or smooth again. @type {PointEdit} */
export const toggleCorner = (document, index, p, k) =>
  editPoint(document, index, p, k, (path) => {
    const others = path.corners.filter((corner) => corner !== k);
    const isCorner = others.length < path.corners.length;
    return { ...path, corners: isCorner ? others : [...others, k].sort((a, b) => a - b) };
  });

/**
 * Sets the time at which point k (from 1 on) is reached, between the times of its neighbours. Without times, the
 * other points get those of constant speed. @type {PointEdit<[time: number, aspect?: number]>}
 */
export const setPointTime = (document, index, p, k, time, aspect = 1) =>
  editPoint(document, index, p, k, (path) => {
    if (k === 0) return path;
    const times = path.times ?? evenTimes(path, aspect);
    const latest = k + 1 < times.length ? times[k + 1] - APART : 1;
    const at = rounded(clamp(time, Math.min(times[k - 1] + APART, latest), latest));
    return at > times[k - 1] ? withMembers(path, { times: times.with(k, at) }) : path;
  });

/** Whether a path waits at its first point, which then stands there twice. @param {Path} path */
const waits = ({ points, times }) =>
  times !== null && points.length > 2 && distance(points[0], points[1]) === 0;

/** When a path sets out and when it arrives, as shares of the motion's time. @param {Path} path @returns {[start: number, end: number]} */
export const pathSpan = (path) => [waits(path) ? (path.times?.[1] ?? 0) : 0, path.times?.at(-1) ?? 1];

/**
 * Lets a path set out and arrive at other times than the motion; its points keep their shares of the way in between.
 * @type {PathEdit<[start: number, end: number, aspect?: number]>}
 */
export const setPathSpan = (document, index, p, start, end, aspect = 1) =>
  editPath(document, index, p, (path) => {
    const [from, to] = pathSpan(path);
    const first = waits(path) ? 1 : 0;
    const points = path.points.slice(first);
    const corners = path.corners.map((corner) => corner - first).filter((corner) => corner >= 0);
    const moving = { ...path, points, corners };
    const before = path.times?.slice(first) ?? evenTimes({ ...moving, times: null }, aspect);
    const latest = clamp(end, 2 * APART * points.length, 1);
    const begin = clamp(start, 0, latest - APART * points.length);
    const times = before.map((time) => rounded(begin + ((time - from) / (to - from)) * (latest - begin)));
    if (!begin)
      return fitToRange(PATH, { ...moving, times: path.times || latest < 1 ? times.with(0, 0) : null });
    const waiting = { points: [points[0], ...points], corners: corners.map((corner) => corner + 1) };
    return fitToRange(PATH, { ...waiting, times: [0, ...times] });
  });

/** The times at which the points are reached at constant speed, at least a little apart. @param {Path} path @param {number} aspect */
export function evenTimes(path, aspect) {
  const curve = new Curve(path.points, path.corners, null, aspect);
  const last = path.points.length - 1;
  const step = Math.min(APART, 1 / last);
  const times = path.points.map((_, k) => curve.share(k));
  for (let k = 1; k <= last; k++) times[k] = Math.max(times[k], times[k - 1] + step);
  return times.map((time, k) => rounded(Math.min(time, 1 - (last - k) * step)));
}
