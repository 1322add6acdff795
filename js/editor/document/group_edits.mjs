// @ts-check
/** Edits of several layers, paths and points at once: they are moved, scaled, rotated, aligned or removed as one. */

import { extent } from "../geometry/units.mjs";
import { editLayer, removeLayer, withMembers } from "./edits.mjs";
import { removePath, removePoint } from "./path_edits.mjs";
import { fitToRange } from "./range.mjs";
import * as kinds from "./schema.mjs";

/** @import { Edit, Layer, MotionDocument, Path, Point } from "../types" */
/** @typedef {import("./group.mjs").Item} Item */
/** @typedef {{place: (point: Point) => Point, factor: number, turn: number}} Transform of places in document coordinates; `factor` of lengths, `turn` in degrees */
/** @typedef {[left: number, top: number, right: number, bottom: number]} Bounds in document coordinates */
/** @typedef {"left" | "centre" | "right" | "top" | "middle" | "bottom"} Side */

/** The transform that shifts by fractions of the picture. @param {number} dx @param {number} dy @returns {Transform} */
export const shift = (dx, dy) => ({ place: ([x, y]) => [x + dx, y + dy], factor: 1, turn: 0 });

/** The transform that scales and turns about a place. @param {Point} about @param {number} factor @param {number} turn degrees, clockwise @param {number} aspect @returns {Transform} */
export function scaleAndTurn(about, factor, turn, aspect) {
  const [width, height] = extent(aspect);
  const angle = (turn * Math.PI) / 180;
  const cos = Math.cos(angle) * factor;
  const sin = Math.sin(angle) * factor;
  return {
    place([x, y]) {
      const [u, v] = [(x - about[0]) * width, (y - about[1]) * height];
      return [about[0] + (cos * u - sin * v) / width, about[1] + (sin * u + cos * v) / height];
    },
    factor,
    turn,
  };
}

/** @param {Path} path @param {Transform} by @returns {Path} */
const movedPath = (path, { place }) => fitToRange(kinds.PATH, { ...path, points: path.points.map(place) });

/** A layer with its region and all that lies in it. @param {Layer} layer @param {Transform} by @returns {Layer} */
function movedLayer(layer, by) {
  const { place, factor } = by;
  const moved = (/** @type {Point} */ [x, y, ...pressure]) => [...place([x, y]), ...pressure];
  const { region, motion } = layer;
  const strokes = region.strokes.map((stroke) =>
    fitToRange(kinds.STROKE, { ...stroke, points: stroke.points.map(moved), radius: stroke.radius * factor }),
  );
  const polygons = region.polygons.map((polygon) =>
    fitToRange(kinds.POLYGON, { ...polygon, points: polygon.points.map(moved) }),
  );
  const pins = motion.pins.map((pin) => {
    const at = place(pin.at);
    const to = place([pin.at[0] + pin.move[0], pin.at[1] + pin.move[1]]);
    const path = pin.path && movedPath(pin.path, by);
    return { ...pin, at, move: [to[0] - at[0], to[1] - at[1]], path, reach: pin.reach * factor };
  });
  const { pivot, sway } = motion;
  const changed = fitToRange(kinds.MOTION, {
    paths: motion.paths.map((path) => movedPath(path, by)),
    pivot: pivot && place(pivot),
    pins,
    sway: { ...sway, anchor: sway.anchor && place(sway.anchor) },
  });
  return withMembers(layer, {
    region: withMembers(region, { strokes, polygons }),
    motion: withMembers(motion, changed),
  });
}

/** @param {Layer} layer @param {readonly Item[]} items of this layer @param {Transform} by */
function movedPaths(layer, items, by) {
  const paths = layer.motion.paths.map((path, p) => {
    const mine = items.filter((item) => item.path === p);
    if (!mine.length) return path;
    if (mine.some(({ point }) => point === null)) return movedPath(path, by);
    const points = path.points.map((at, k) => (mine.some(({ point }) => point === k) ? by.place(at) : at));
    return fitToRange(kinds.PATH, { ...path, points });
  });
  return withMembers(layer, { motion: withMembers(layer.motion, { paths }) });
}

/** The items that may be edited: those of layers that are shown and not locked. @param {MotionDocument} document @param {readonly Item[]} items */
export const editable = ({ layers }, items) =>
  items.filter(({ layer }) => layers[layer]?.visible && !layers[layer].locked);

/** Moves, scales and turns what is selected. @type {Edit<[items: readonly Item[], by: Transform]>} */
export function transformed(document, items, by) {
  let result = document;
  for (const layer of new Set(editable(document, items).map((item) => item.layer))) {
    const mine = items.filter((item) => item.layer === layer);
    const isWhole = mine.some(({ path }) => path === null);
    result = editLayer(result, layer, (before) =>
      isWhole ? movedLayer(before, by) : movedPaths(before, mine, by),
    );
  }
  return result;
}

/** The box around an item; null for a region that is not painted. @param {MotionDocument} document @param {Item} item @param {number} aspect @returns {Bounds | null} */
function boundsOf({ layers }, { layer, path, point }, aspect) {
  const { region, motion } = layers[layer];
  const [width, height] = extent(aspect);
  /** @type {[x: number, y: number, radius: number][]} */
  const discs = [];
  const addPoints = (/** @type {readonly Point[]} */ points, radius = 0) => {
    for (const [x, y] of points) discs.push([x, y, radius]);
  };
  if (path !== null)
    addPoints(point === null ? motion.paths[path].points : [motion.paths[path].points[point]]);
  else {
    for (const { points, mode } of region.polygons) if (mode === "paint") addPoints(points);
    for (const { points, mode, radius } of region.strokes) if (mode === "paint") addPoints(points, radius);
  }
  if (!discs.length) return null;
  /** @type {Bounds} */
  const bounds = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y, radius] of discs) {
    bounds[0] = Math.min(bounds[0], x - radius / width);
    bounds[1] = Math.min(bounds[1], y - radius / height);
    bounds[2] = Math.max(bounds[2], x + radius / width);
    bounds[3] = Math.max(bounds[3], y + radius / height);
  }
  return bounds;
}

/** The box around all items; null where nothing has a place. @param {MotionDocument} document @param {readonly Item[]} items @param {number} aspect @returns {Bounds | null} */
export function boundsOfAll(document, items, aspect) {
  const all = items.map((item) => boundsOf(document, item, aspect)).filter((bounds) => bounds !== null);
  if (!all.length) return null;
  const side = (/** @type {number} */ k) => all.map((bounds) => bounds[k]);
  return [Math.min(...side(0)), Math.min(...side(1)), Math.max(...side(2)), Math.max(...side(3))];
}

/** Each side as the axis, and the share of the box from its start. @type {Record<Side, [axis: 0 | 1, share: number]>} */
const SIDES = {
  left: [0, 0],
  centre: [0, 0.5],
  right: [0, 1],
  top: [1, 0],
  middle: [1, 0.5],
  bottom: [1, 1],
};

/** Aligns each item with the box of all, or one item with the picture. @type {Edit<[items: readonly Item[], side: Side, aspect: number]>} */
export function aligned(document, items, side, aspect) {
  const [axis, share] = SIDES[side];
  const whole = items.length > 1 ? boundsOfAll(document, items, aspect) : [0, 0, 1, 1];
  if (!whole) return document;
  const at = (/** @type {readonly number[]} */ bounds) =>
    bounds[axis] + share * (bounds[axis + 2] - bounds[axis]);
  return items.reduce((result, item) => {
    const bounds = boundsOf(document, item, aspect);
    if (!bounds) return result;
    const by = at(whole) - at(bounds);
    return transformed(result, [item], axis ? shift(0, by) : shift(by, 0));
  }, document);
}

/** Removes what is selected, the last first, so that the indices of the others hold. @type {Edit<[items: readonly Item[]]>} */
export function removed(document, items) {
  const order = [...editable(document, items)].sort(
    (a, b) => b.layer - a.layer || (b.path ?? -1) - (a.path ?? -1) || (b.point ?? -1) - (a.point ?? -1),
  );
  const count = (/** @type {Item} */ { layer, path }) =>
    order.filter((item) => item.layer === layer && item.path === path).length;
  return order.reduce((result, item, k) => {
    const { layer, path, point } = item;
    if (path === null) return removeLayer(result, layer);
    const { length } = document.layers[layer].motion.paths[path].points;
    if (point !== null && length - count(item) >= 2) return removePoint(result, layer, path, point);
    // Too few points would be left: the path goes, once.
    const isFirst = order.findIndex((other) => other.layer === layer && other.path === path) === k;
    return isFirst ? removePath(result, layer, path) : result;
  }, document);
}

/** A layer that has only some of its paths, and no region. @param {Layer} layer @param {readonly number[]} paths @returns {Layer} */
export const onlyPaths = (layer, paths) => ({
  ...layer,
  region: /** @type {import("../types").Region} */ (kinds.REGION.value),
  motion: { ...layer.motion, paths: layer.motion.paths.filter((_, p) => paths.includes(p)) },
});

/** Adds paths to a layer. @type {Edit<[layer: number, paths: readonly Path[]]>} */
export const withPaths = (document, layer, paths) =>
  editLayer(document, layer, (before) =>
    withMembers(before, {
      motion: withMembers(before.motion, { paths: [...before.motion.paths, ...paths] }),
    }),
  );

/** A copy of a layer that lies a little beside it. @param {Layer} layer @param {number} by as a share of the picture */
export const besides = (layer, by) => movedLayer(layer, shift(by, by));
