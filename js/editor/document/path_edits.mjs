// @ts-check
/** Edits of a layer's paths and their points. */

import { Curve } from "../geometry/curve.mjs";
import { distance } from "../geometry/geometry.mjs";
import { clamp, rounded } from "../geometry/values.mjs";
import { editLayer, withMembers } from "./edits.mjs";
import { fitted, PATH } from "./schema.mjs";

/** @import { LayerEdit, Path, PathEdit, Point, PointEdit } from "../types" */

const APART = 0.001; // of the clip; the shortest time between two points
const ROOM = 1e-4; // between a new point and its neighbours

/** @type {LayerEdit<[edit: (paths: readonly Path[]) => readonly Path[]]>} */
const editPaths = (document, index, edit) =>
  editLayer(document, index, (layer) =>
    withMembers(layer, { motion: withMembers(layer.motion, { paths: edit(layer.motion.paths) }) }),
  );

/** @type {PathEdit<[edit: (path: Path) => any]>} */
const editPath = (document, index, p, edit) =>
  editPaths(document, index, (paths) => (paths[p] ? paths.with(p, edit(paths[p])) : paths));

/** Only where the path has a point k. @type {PointEdit<[edit: (path: Path) => any]>} */
const editPoint = (document, index, p, k, edit) =>
  editPath(document, index, p, (path) => (path.points[k] ? edit(path) : path));

/** @type {LayerEdit<[path: Partial<Path>]>} */
export const addPath = (document, index, path) =>
  editPaths(document, index, (paths) => [...paths, fitted(PATH, path)]);

/** @type {PathEdit<[partial: Partial<Path>]>} */
export const changePath = (document, index, p, partial) =>
  editPath(document, index, p, (path) => withMembers(path, fitted(PATH, partial)));

/** @type {PathEdit} */
export const removePath = (document, index, p) =>
  editPaths(document, index, (paths) => (paths[p] ? paths.toSpliced(p, 1) : paths));

/** @type {PointEdit<[point: Point]>} */
export const movePoint = (document, index, p, k, point) =>
  editPoint(document, index, p, k, (path) =>
    withMembers(path, fitted(PATH, { points: path.points.with(k, point) })),
  );

/** A new point, which becomes point k, from 0 to the number of points. @type {PointEdit<[point: Point]>} */
export const insertPoint = (document, index, p, k, point) =>
  editPath(document, index, p, ({ points, corners, times }) => {
    const at = clamp(k, 0, points.length);
    return {
      ...fitted(PATH, { points: points.toSpliced(at, 0, point) }),
      corners: corners.map((corner) => (corner >= at ? corner + 1 : corner)),
      times: times && timesWith(times, at, points, point),
    };
  });

/** @param {Point} times @param {number} at @param {readonly Point[]} points @param {Point} point */
function timesWith(times, at, points, point) {
  if (at === 0) return null; // the motion begins elsewhere: its times say nothing any more
  const before = times[at - 1];
  const after = times[at] ?? 1;
  if (!(after - before > 2 * ROOM)) return null;
  if (at === times.length) return [...times, after];
  const from = distance(points[at - 1], point);
  const to = distance(point, points[at]);
  const time = rounded(before + ((after - before) * from) / (from + to || 1));
  return times.toSpliced(at, 0, clamp(time, before + ROOM, after - ROOM));
}

/** A path of fewer than two points goes. @type {PointEdit} */
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

/** Smooth or sharp. @type {PointEdit} */
export const toggleCorner = (document, index, p, k) =>
  editPoint(document, index, p, k, (path) => {
    const others = path.corners.filter((corner) => corner !== k);
    const isCorner = others.length < path.corners.length;
    return { ...path, corners: isCorner ? others : [...others, k].sort((a, b) => a - b) };
  });

/**
 * When a point from k = 1 is reached, between its neighbours' times; the others keep the times they have at
 * constant speed. @type {PointEdit<[time: number, aspect?: number]>}
 */
export const setPointTime = (document, index, p, k, time, aspect = 1) =>
  editPoint(document, index, p, k, (path) => {
    if (k === 0) return path;
    const times = path.times ?? evenTimes(path, aspect);
    const latest = k + 1 < times.length ? times[k + 1] - APART : 1;
    const at = rounded(clamp(time, Math.min(times[k - 1] + APART, latest), latest));
    return at > times[k - 1] ? withMembers(path, { times: times.with(k, at) }) : path;
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
  return times.map((time, k) => rounded(Math.min(time, 1 - (last - k) * step)));
}
