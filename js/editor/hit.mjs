// @ts-check
// What lies under the pointer. Pure: positions are document coordinates, distances are CSS px of the stage.
import { Curve } from "./curve.mjs";
import { extent } from "./geometry.mjs";
import { drawOrder } from "./layers.mjs";

/** @typedef {import("./document.mjs").MotionDocument} MotionDocument */
/** @typedef {import("./types").Selection} Selection */
/** @typedef {import("./view.mjs").View} View */

/** @type {WeakMap<object, {aspect: number, curve: Curve}>} */
const curves = new WeakMap();

/**
 * The curve of a path, kept as long as the path is. @param {any} path @param {number} aspect @returns {Curve}
 */
export function curveOf(path, aspect) {
  let kept = curves.get(path);
  if (!kept || kept.aspect !== aspect) {
    kept = { aspect, curve: new Curve(path.points, path.corners, path.times, aspect) };
    curves.set(path, kept);
  }
  return kept.curve;
}

/** The point nearest to a stage position within a radius, or -1.
 * @param {readonly (readonly number[])[]} points @param {View} view
 * @param {number[]} stage @param {number} radius */
export function hitPoint(points, view, stage, radius) {
  let found = -1, nearest = radius;
  points.forEach((point, index) => {
    const [x, y] = view.toStage(point), distance = Math.hypot(x - stage[0], y - stage[1]);
    // Of two points at one place the later is taken: an arrow's head rather than its foot.
    if (distance <= nearest) [found, nearest] = [index, distance];
  });
  return found;
}

/**
 * The path, and its point if one is near, under a stage position. The selected layer's come first, its
 * selected path before all; the points of other layers are not handles.
 * @param {MotionDocument} document @param {Selection} selection @param {View} view @param {number[]} stage
 * @param {number} radius
 * @returns {{layer: number, path: number, point: number | null, segment: number} | null}
 */
export function hitPath(document, selection, view, stage, radius) {
  const order = drawOrder(document).reverse().filter((layer) => document.layers[layer].visible);
  order.sort((a, b) => Number(b === selection.layer) - Number(a === selection.layer));
  const at = view.toDocument(stage);
  for (const layer of order) {
    const { paths } = document.layers[layer].motion, own = layer === selection.layer;
    const indices = [...paths.keys()].reverse();
    if (own) indices.sort((a, b) => Number(b === selection.path) - Number(a === selection.path));
    for (const path of own ? indices : []) {
      const point = hitPoint(paths[path].points, view, stage, radius);
      if (point >= 0) return { layer, path, point, segment: point };
    }
    for (const path of indices) {
      const near = curveOf(paths[path], view.aspect).nearest(at);
      if (near.distance * view.scale > radius * 0.8) continue;
      return { layer, path, point: null, segment: near.segment };
    }
  }
  return null;
}

/** `to` turned about `from` to the nearest multiple of 45°. @param {readonly number[]} from
 * @param {readonly number[]} to
 * @param {number} aspect @returns {[number, number]} */
export function snapped(from, to, aspect) {
  const [width, height] = extent(aspect), x = (to[0] - from[0]) * width, y = (to[1] - from[1]) * height;
  const angle = Math.round(Math.atan2(y, x) / (Math.PI / 4)) * (Math.PI / 4);
  const along = x * Math.cos(angle) + y * Math.sin(angle);
  return [from[0] + along * Math.cos(angle) / width, from[1] + along * Math.sin(angle) / height];
}
