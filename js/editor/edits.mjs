// @ts-check
/**
 * Edits of a motion document: pure functions document -> document that share what they do not change. What is given
 * is rounded and brought into range. An edit that changes nothing returns the same object.
 */

import { PATH, REGION, regionIsEmpty, sealed } from "./document.mjs";
import { boxOf } from "./geometry.mjs";
import * as kinds from "./schema.mjs";
import { clamp, equal, fitted } from "./schema.mjs";

/** @import { Edit, Kind, Layer, LayerEdit, Motion, MotionDocument, MotionPart, Point, Polygon, Region, Stroke } from "./types" */

const SHORTEST = 0.01; // of the clip: start and end stay apart

/** Eight colours, apart from one another and readable on pictures. */
export const PALETTE = ["#ff5d5d", "#3fa7ff", "#5fd35f", "#ffb02e", "#c07cff", "#2fd6cf", "#ff7ac8", "#f4e04d"];

/** The first colour that no layer has, or the one that fewest have. @param {MotionDocument} document */
export function nextColor({ layers }) {
  const uses = PALETTE.map((color) => layers.filter((layer) => layer.color === color).length);
  return PALETTE[uses.indexOf(Math.min(...uses))];
}

/** @param {readonly Layer[]} layers @param {(number: number) => string} name the first that no layer has @param {number} from */
function freeName(layers, name, from) {
  while (layers.some((layer) => layer.name === name(from))) from++;
  return name(from);
}

/** @param {MotionDocument} document */
export const nextName = ({ layers }) => freeName(layers, (number) => `Layer ${number}`, layers.length + 1);

/** An object with members replaced, or the same where they are equal. @template {object} T @param {T} value @param {any} partial */
export function withMembers(value, partial) {
  const same = Object.entries(partial).every(([name, entry]) => equal(/** @type {any} */ (value)[name], entry));
  return same ? value : { ...value, ...partial };
}

/** @type {Edit<[layers: readonly any[]]>} */
const withLayers = (document, layers) => sealed({ ...document, layers });

/** @type {LayerEdit<[edit: (layer: Layer) => Layer]>} */
export function editLayer(document, index, edit) {
  const layer = document.layers[index], edited = layer && edit(layer);
  return edited === layer ? document : withLayers(document, document.layers.with(index, edited));
}

/** @type {LayerEdit<[edit: (region: Region) => Region]>} */
const editRegion = (document, index, edit) =>
  editLayer(document, index, (layer) => withMembers(layer, { region: edit(layer.region) }));

/** A new layer, in front or at an index, named and coloured unless told. @type {Edit<[partial?: Partial<Layer>, at?: number]>} */
export function addLayer(document, partial = {}, at = document.layers.length) {
  const layer = { name: nextName(document), color: nextColor(document), ...fitted(kinds.LAYER, partial) };
  return withLayers(document, document.layers.toSpliced(at, 0, layer));
}

/** @type {LayerEdit} */
export const removeLayer = (document, index) =>
  document.layers[index] ? withLayers(document, document.layers.toSpliced(index, 1)) : document;

/** A copy in front of the layer, in a colour of its own. @type {LayerEdit} */
export function duplicateLayer(document, index) {
  const { layers } = document, layer = layers[index];
  if (!layer) return document;
  const stem = `${layer.name.replace(/ copy( \d+)?$/, "")} copy`;
  const name = freeName(layers, (number) => (number > 1 ? `${stem} ${number}` : stem), 1);
  return addLayer(document, { ...layer, name, color: nextColor(document), locked: false }, index + 1);
}

/** `to` is its index afterwards. @type {LayerEdit<[to: number]>} */
export function moveLayer(document, from, to) {
  const { layers } = document, at = clamp(to, 0, layers.length - 1);
  if (!layers[from] || at === from) return document;
  return withLayers(document, layers.toSpliced(from, 1).toSpliced(at, 0, layers[from]));
}

/** @type {LayerEdit<[partial: Partial<Layer>]>} */
export const changeLayer = (document, index, partial) =>
  editLayer(document, index, (layer) => withMembers(layer, fitted(kinds.LAYER, partial)));

/** @type {LayerEdit<[stroke: Partial<Stroke>]>} */
export const addStroke = (document, index, stroke) =>
  editRegion(document, index, (region) => ({ ...region, strokes: [...region.strokes, fitted(kinds.STROKE, stroke)] }));

/** @type {LayerEdit<[polygon: Partial<Polygon>]>} */
export const addPolygon = (document, index, polygon) =>
  editRegion(document, index, (region) => ({ ...region, polygons: [...region.polygons, fitted(kinds.POLYGON, polygon)] }));

/** @type {LayerEdit<[partial: Partial<Region>]>} */
export const changeRegion = (document, index, partial) =>
  editRegion(document, index, (region) => withMembers(region, fitted(kinds.REGION, partial)));

/** Nothing painted any more; the edge's width stays. @type {LayerEdit} */
export const clearRegion = (document, index) =>
  editRegion(document, index, (region) => withMembers(region, { ...REGION, feather: region.feather }));

/** Region, paths and pivot moved by fractions of the picture. @type {LayerEdit<[dx: number, dy: number]>} */
export const translateLayer = (document, index, dx, dy) =>
  editLayer(document, index, (layer) => {
    const strokes = layer.region.strokes.map((stroke) => moved(kinds.STROKE, stroke, dx, dy));
    const polygons = layer.region.polygons.map((polygon) => moved(kinds.POLYGON, polygon, dx, dy));
    const region = withMembers(layer.region, { strokes, polygons });
    return withMembers(layer, { region, motion: movedMotion(layer.motion, dx, dy) });
  });

/** @template {{points: readonly Point[]}} T @param {Kind} kind @param {T} shape @param {number} dx @param {number} dy @returns {T} */
const moved = (kind, shape, dx, dy) =>
  fitted(kind, { ...shape, points: shape.points.map(([x, y, ...pressure]) => [x + dx, y + dy, ...pressure]) });

/** @param {Motion} motion @param {number} dx @param {number} dy */
function movedMotion(motion, dx, dy) {
  const paths = motion.paths.map((path) => moved(kinds.PATH, path, dx, dy));
  const pivot = motion.pivot && [motion.pivot[0] + dx, motion.pivot[1] + dy];
  return withMembers(motion, fitted(kinds.MOTION, { paths, pivot }));
}

/** Start and end stay apart: the one that is given pushes the other. @type {LayerEdit<[partial: MotionPart]>} */
export const changeMotion = (document, index, partial) =>
  editLayer(document, index, (layer) => {
    const given = { ...fitted(kinds.MOTION, partial) };
    if (given.ambient) given.ambient = withMembers(layer.motion.ambient, given.ambient);
    if (given.paths) given.paths = given.paths.map((/** @type {any} */ path) => ({ ...PATH, ...path }));
    const { start, end } = { ...layer.motion, ...given };
    if (end - start < SHORTEST) {
      const begin = "start" in given ? Math.min(start, 1 - SHORTEST) : Math.max(end - SHORTEST, 0);
      Object.assign(given, fitted(kinds.MOTION, { start: begin, end: begin + SHORTEST }));
    }
    return withMembers(layer, { motion: withMembers(layer.motion, given) });
  });

/** @type {Edit<[from: number, to: number]>} */
export const copyMotion = (document, from, to) =>
  document.layers[from] ? pasteMotion(document, to, document.layers[from]) : document;

/**
 * The motion of a layer, kept from anywhere; where both are painted, paths and pivot come along to the other's place.
 * @type {LayerEdit<[source: {motion: Motion, region: Region}]>}
 */
export const pasteMotion = (document, to, source) =>
  editLayer(document, to, (layer) => {
    const from = centre(source.region), here = centre(layer.region);
    const motion = from && here ? movedMotion(source.motion, here[0] - from[0], here[1] - from[1]) : source.motion;
    return withMembers(layer, { motion });
  });

/** The middle of what was painted, or null where it is not known. @param {Region} region */
function centre(region) {
  if (regionIsEmpty(region) || region.everything || region.invert || region.mask !== null) return null;
  const painted = [...region.polygons, ...region.strokes].filter(({ mode }) => mode === "paint");
  const box = boxOf(painted.flatMap(({ points }) => points));
  return box && [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
}
