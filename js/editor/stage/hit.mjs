// @ts-check
// What lies under the pointer. Pure: positions are document coordinates, distances are CSS px of the stage.

import { drawOrder } from "../document/layers.mjs";
import { Curve } from "../geometry/curve.mjs";
import { extent } from "../geometry/geometry.mjs";

/** @typedef {import("../document/document.mjs").MotionDocument} MotionDocument */
/** @typedef {import("../types").Selection} Selection */
/** @typedef {import("../types").Layer} Layer */
/** @typedef {import("../parts").Sight} Sight */

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
 * @param {readonly (readonly number[])[]} points @param {Sight} view
 * @param {number[]} stage @param {number} radius */
export function hitPoint(points, view, stage, radius) {
  let found = -1;
  let nearest = radius;
  points.forEach((point, index) => {
    const [x, y] = view.toStage(point);
    const distance = Math.hypot(x - stage[0], y - stage[1]);
    // Of two points at one place the later is taken: an arrow's head rather than its foot.
    if (distance <= nearest) [found, nearest] = [index, distance];
  });
  return found;
}

/**
 * The path, and its point if one is near, under a stage position. The selected layer's come first, its
 * selected path before all; the points of other layers are not handles.
 * @param {MotionDocument} document @param {Selection} selection
 * @param {(layer: Layer) => Sight} viewOf how a layer is seen @param {number[]} stage @param {number} radius
 * @returns {{layer: number, path: number, point: number | null, segment: number} | null}
 */
export function hitPath(document, selection, viewOf, stage, radius) {
  const order = drawOrder(document)
    .reverse()
    .filter((layer) => document.layers[layer].visible);
  order.sort((a, b) => Number(b === selection.layer) - Number(a === selection.layer));
  for (const layer of order) {
    const view = viewOf(document.layers[layer]);
    const at = view.toDocument(stage);
    const { paths } = document.layers[layer].motion;
    const own = layer === selection.layer;
    const indices = [...paths.keys()].reverse();
    if (own) indices.sort((a, b) => Number(b === selection.path) - Number(a === selection.path));
    for (const path of own ? indices : []) {
      const point = hitPoint(paths[path].points, view, stage, radius);
      if (point >= 0) return { layer, path, point, segment: point };
    }
    for (const path of indices) {
      if (!at) break;
      const curve = curveOf(paths[path], view.aspect);
      const { progress, segment } = curve.nearest(at);
      if (hitPoint([curve.position(progress)], view, stage, radius * 0.8) < 0) continue;
      return { layer, path, point: null, segment };
    }
  }
  return null;
}

/**
 * The front layer that covers a place, or -1; a preferred one first if it covers it at all.
 * @param {MotionDocument} document @param {(layer: number) => number} coverage there
 * @param {number} [preferred]
 */
export function hitRegion(document, coverage, preferred = -1) {
  const covers = (/** @type {number} */ layer) => document.layers[layer]?.visible && coverage(layer) >= 0.5;
  return covers(preferred) ? preferred : (drawOrder(document).reverse().find(covers) ?? -1);
}

/** The layer whose region is seen at a stage position, or -1. @param {import("./stage.mjs").Stage} stage
 * @param {number[]} position @param {number} [preferred] */
export function layerAt({ session: { document }, regions, pointer }, position, preferred) {
  const { width, height } = regions;
  return hitRegion(
    document,
    (layer) => {
      const [x, y] = pointer.viewOf(document.layers[layer]).toDocument(position) ?? [-1, -1];
      if (!(x >= 0 && y >= 0 && x < 1 && y < 1)) return 0;
      return (
        (regions.shown(layer)?.coverage[Math.floor(y * height) * width + Math.floor(x * width)] ?? 0) / 255
      );
    },
    preferred,
  );
}

/** `to` turned about `from` to the nearest multiple of 45°. @param {readonly number[]} from
 * @param {readonly number[]} to
 * @param {number} aspect @returns {[number, number]} */
export function snapped(from, to, aspect) {
  const [width, height] = extent(aspect);
  const x = (to[0] - from[0]) * width;
  const y = (to[1] - from[1]) * height;
  const angle = Math.round(Math.atan2(y, x) / (Math.PI / 4)) * (Math.PI / 4);
  const along = x * Math.cos(angle) + y * Math.sin(angle);
  return [from[0] + (along * Math.cos(angle)) / width, from[1] + (along * Math.sin(angle)) / height];
}
