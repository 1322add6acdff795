// @ts-check
/** Edits of a layer's motion and place. */

import { PATH, regionIsEmpty } from "./document.mjs";
import { editLayer, withMembers } from "./edits.mjs";
import { fitToRange } from "./range.mjs";
import * as kinds from "./schema.mjs";

/** @import { Edit, Kind, LayerEdit, Motion, MotionPart, Point, Region } from "../types" */

const SHORTEST = 0.01; // the shortest motion, as a share of the clip

/** Moves region, paths and pivot by fractions of the picture. @type {LayerEdit<[dx: number, dy: number]>} */
export const translateLayer = (document, index, dx, dy) =>
  editLayer(document, index, (layer) => {
    const strokes = layer.region.strokes.map((stroke) => movedShape(kinds.STROKE, stroke, dx, dy));
    const polygons = layer.region.polygons.map((polygon) => movedShape(kinds.POLYGON, polygon, dx, dy));
    const region = withMembers(layer.region, { strokes, polygons });
    return withMembers(layer, { region, motion: movedMotion(layer.motion, dx, dy) });
  });

/** The middle of the box around what is painted, or null where nothing is. @param {Region} region @returns {[number, number] | null} */
function middleOf({ strokes, polygons }) {
  const points = [...strokes, ...polygons].flatMap((shape) => shape.points);
  if (!points.length) return null;
  const middle = (/** @type {0 | 1} */ axis) => {
    const values = points.map((point) => point[axis]);
    return (values.reduce((a, b) => Math.min(a, b)) + values.reduce((a, b) => Math.max(a, b))) / 2;
  };
  return [middle(0), middle(1)];
}

/** Scales what is painted of a region about its middle; the paths stay. @type {LayerEdit<[factor: number]>} */
export const scaleRegion = (document, index, factor) =>
  editLayer(document, index, (layer) => {
    const middle = middleOf(layer.region);
    if (!middle) return layer;
    const [x, y] = middle;
    /** @type {(points: readonly Point[]) => Point[]} */
    const scaled = (points) =>
      points.map(([px, py, ...rest]) => [x + (px - x) * factor, y + (py - y) * factor, ...rest]);
    const strokes = layer.region.strokes.map((stroke) =>
      fitToRange(kinds.STROKE, { ...stroke, points: scaled(stroke.points), radius: stroke.radius * factor }),
    );
    const polygons = layer.region.polygons.map((polygon) =>
      fitToRange(kinds.POLYGON, { ...polygon, points: scaled(polygon.points) }),
    );
    return withMembers(layer, { region: withMembers(layer.region, { strokes, polygons }) });
  });

/**
 * @template {{points: readonly Point[]}} T @param {Kind} kind @param {T} shape @param {number} dx
 * @param {number} dy @returns {T}
 */
function movedShape(kind, shape, dx, dy) {
  const points = shape.points.map(([x, y, ...pressure]) => [x + dx, y + dy, ...pressure]);
  return fitToRange(kind, { ...shape, points });
}

/** @param {Motion} motion @param {number} dx @param {number} dy */
function movedMotion(motion, dx, dy) {
  const paths = motion.paths.map((path) => movedShape(kinds.PATH, path, dx, dy));
  /** @param {Point} point */
  const moved = ([x, y]) => [x + dx, y + dy];
  const pivot = motion.pivot && moved(motion.pivot);
  const pins = motion.pins.map((pin) => ({
    ...pin,
    at: moved(pin.at),
    path: pin.path && movedShape(kinds.PATH, pin.path, dx, dy),
  }));
  const sway = { ...motion.sway, anchor: motion.sway.anchor && moved(motion.sway.anchor) };
  const hang = { ...motion.hang, anchor: motion.hang.anchor && moved(motion.hang.anchor) };
  return withMembers(motion, fitToRange(kinds.MOTION, { paths, pivot, pins, sway, hang }));
}

/**
 * Changes members of a motion. If a new start comes too close to the end, the end moves with it, and the other way
 * round.
 * @type {LayerEdit<[partial: MotionPart]>}
 */
export const changeMotion = (document, index, partial) =>
  editLayer(document, index, (layer) => {
    /** @type {MotionPart} */
    const given = { ...fitToRange(kinds.MOTION, partial) };
    if (given.ambient) given.ambient = withMembers(layer.motion.ambient, given.ambient);
    if (given.flow) given.flow = withMembers(layer.motion.flow, given.flow);
    if (given.sway) given.sway = withMembers(layer.motion.sway, given.sway);
    if (given.hang) given.hang = withMembers(layer.motion.hang, given.hang);
    if (given.paths) given.paths = given.paths.map((path) => ({ ...PATH, ...path }));
    const { start, end } = { ...layer.motion, ...given };
    if (end - start < SHORTEST) {
      const begin = "start" in given ? Math.min(start, 1 - SHORTEST) : Math.max(end - SHORTEST, 0);
      Object.assign(given, fitToRange(kinds.MOTION, { start: begin, end: begin + SHORTEST }));
    }
    return withMembers(layer, { motion: withMembers(layer.motion, given) });
  });

/** @type {Edit<[from: number, to: number]>} */
export const copyMotion = (document, from, to) =>
  document.layers[from] ? pasteMotion(document, to, document.layers[from]) : document;

/**
 * Gives a layer the motion of another. If both regions are painted, paths and pivot are shifted from the one to the
 * other.
 * @type {LayerEdit<[source: {motion: Motion, region: Region}]>}
 */
export const pasteMotion = (document, to, source) =>
  editLayer(document, to, (layer) => {
    const from = centre(source.region);
    const here = centre(layer.region);
    const { motion } = source;
    const along = from && here && movedMotion(motion, here[0] - from[0], here[1] - from[1]);
    return withMembers(layer, { motion: along ?? motion });
  });

/** The middle of the painted shapes, or null if the region is not painted. @param {Region} region */
function centre(region) {
  if (regionIsEmpty(region) || region.everything || region.invert || region.mask !== null) return null;
  const painted = [...region.polygons, ...region.strokes].filter(({ mode }) => mode === "paint");
  const points = painted.flatMap((shape) => shape.points);
  const middle = (/** @type {number} */ axis) => {
    const along = points.map((point) => point[axis]);
    return (Math.min(...along) + Math.max(...along)) / 2;
  };
  return points.length ? [middle(0), middle(1)] : null;
}
