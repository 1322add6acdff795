// @ts-check
// What lies under the pointer. Pure functions: positions are document coordinates, distances are CSS px of the stage.
import { drawOrder } from "../document/draw_order.mjs";
import { Curve } from "../geometry/curve.mjs";
import { extent } from "../geometry/units.mjs";
import { distance } from "../geometry/vec.mjs";

/** @import { Sight } from "../parts" */
/** @import { Layer, MotionDocument, Path, Point, Selection } from "../types" */

/** @type {WeakMap<Path, {aspect: number, curve: Curve}>} */
const curves = new WeakMap();

/** The curve of a path, which is cached with the path. @param {Path} path @param {number} aspect @returns {Curve} */
export function curveOf(path, aspect) {
  let cached = curves.get(path);
  if (!cached || cached.aspect !== aspect) {
    cached = { aspect, curve: new Curve(path.points, path.corners, path.times, aspect) };
    curves.set(path, cached);
  }
  return cached.curve;
}

/**
 * The index of the point nearest to a position of the stage within a radius, or -1. Of several points at one place
 * the last counts: an arrow's head rather than its foot.
 * @param {readonly Point[]} points @param {Sight} sight @param {Point} position @param {number} radius
 */
export function hitPoint(points, sight, position, radius) {
  let found = -1;
  let nearest = radius;
  points.forEach((point, index) => {
    const away = distance(sight.toStage(point), position);
    if (away <= nearest) [found, nearest] = [index, away];
  });
  return found;
}

/**
 * @typedef {{layer: number, path: number, point: number | null, segment: number}} PathHit
 * `segment` is the point that begins the segment of the path that was hit
 */

/**
 * The path at a position of the stage, and its point if one is near. The selected layer's paths come first, and its
 * selected path before the others; points of other layers cannot be hit.
 * @param {MotionDocument} document @param {Selection} selection
 * @param {(layer: Layer) => Sight} sightOf how a layer is seen @param {Point} position @param {number} radius
 * @returns {PathHit | null}
 */
export function hitPath(document, selection, sightOf, position, radius) {
  const order = drawOrder(document)
    .reverse()
    .filter((layer) => document.layers[layer].visible);
  order.sort((a, b) => Number(b === selection.layer) - Number(a === selection.layer));
  for (const layer of order) {
    const sight = sightOf(document.layers[layer]);
    const { paths } = document.layers[layer].motion;
    const indices = [...paths.keys()].reverse();
    if (layer === selection.layer) {
      indices.sort((a, b) => Number(b === selection.path) - Number(a === selection.path));
      for (const path of indices) {
        const point = hitPoint(paths[path].points, sight, position, radius);
        if (point >= 0) return { layer, path, point, segment: point };
      }
    }
    const at = sight.toDocument(position);
    if (!at) continue;
    for (const path of indices) {
      const curve = curveOf(paths[path], sight.aspect);
      const { progress, segment } = curve.nearest(at);
      if (hitPoint([curve.position(progress)], sight, position, radius * 0.8) >= 0)
        return { layer, path, point: null, segment };
    }
  }
  return null;
}

/**
 * The front layer that covers a place, or -1. A preferred layer comes first if it covers the place at all.
 * @param {MotionDocument} document @param {(layer: number) => number} coverage 0..1 at the place
 * @param {number} [preferred]
 */
export function hitRegion(document, coverage, preferred = -1) {
  const covers = (/** @type {number} */ layer) => document.layers[layer]?.visible && coverage(layer) >= 0.5;
  return covers(preferred) ? preferred : (drawOrder(document).reverse().find(covers) ?? -1);
}

/**
 * The layer whose region is seen at a position of the stage, or -1. @param {import("./stage.mjs").Stage} stage
 * @param {Point} position @param {number} [preferred]
 */
export function layerAt({ session: { document }, regions, pointer }, position, preferred) {
  const { width, height } = regions;
  const coverage = (/** @type {number} */ layer) => {
    const [x, y] = pointer.viewOf(document.layers[layer]).toDocument(position) ?? [-1, -1];
    if (!(x >= 0 && y >= 0 && x < 1 && y < 1)) return 0;
    const cell = Math.floor(y * height) * width + Math.floor(x * width);
    return (regions.layer(layer)?.coverage[cell] ?? 0) / 255;
  };
  return hitRegion(document, coverage, preferred);
}

/** The point `to`, turned about `from` to the nearest multiple of 45°. @param {Point} from @param {Point} to @param {number} aspect @returns {[number, number]} */
export function snapTo45(from, to, aspect) {
  const [width, height] = extent(aspect);
  const x = (to[0] - from[0]) * width;
  const y = (to[1] - from[1]) * height;
  const angle = Math.round(Math.atan2(y, x) / (Math.PI / 4)) * (Math.PI / 4);
  const along = x * Math.cos(angle) + y * Math.sin(angle);
  return [from[0] + (along * Math.cos(angle)) / width, from[1] + (along * Math.sin(angle)) / height];
}
