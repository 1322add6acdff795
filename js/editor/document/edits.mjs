// @ts-check
/**
 * Edits of a motion document: pure functions document -> document that share what they do not change. Numbers are
 * rounded and limited to their ranges. An edit that changes nothing returns the same object.
 */

import { clamp, equal } from "../geometry/values.mjs";
import { completeDocument, REGION } from "./document.mjs";
import { nextColor } from "./layers.mjs";
import { fitToRange } from "./range.mjs";
import * as kinds from "./schema.mjs";

/** @import { Edit, Layer, LayerEdit, LayerPart, MotionDocument, Polygon, Region, RegionPart, Stroke } from "../types" */

/** The first name, counted from a number, that no layer has. @param {readonly Layer[]} layers @param {(number: number) => string} name @param {number} from */
function freeName(layers, name, from) {
  while (layers.some((layer) => layer.name === name(from))) from++;
  return name(from);
}

/** @param {MotionDocument} document */
export const nextName = ({ layers }) => freeName(layers, (number) => `Layer ${number}`, layers.length + 1);

/** An object with members replaced; the same object where they are equal. @template {object} T @param {T} value @param {object} partial @returns {T} */
export function withMembers(value, partial) {
  const result = { ...value, ...partial };
  return equal(result, value) ? value : result;
}

/** @type {Edit<[layers: readonly LayerPart[]]>} */
const withLayers = (document, layers) => completeDocument({ ...document, layers });

/** Edits one layer. @type {LayerEdit<[edit: (layer: Layer) => Layer]>} */
export function editLayer(document, index, edit) {
  const layer = document.layers[index];
  const edited = layer && edit(layer);
  return edited === layer ? document : withLayers(document, document.layers.with(index, edited));
}

/** @type {LayerEdit<[edit: (region: Region) => RegionPart]>} */
const editRegion = (document, index, edit) =>
  editLayer(document, index, (layer) => withMembers(layer, { region: edit(layer.region) }));

/**
 * Adds a layer, in front or at an index. Its name and colour are chosen where `partial` has none.
 * @type {Edit<[partial?: LayerPart, at?: number]>}
 */
export function addLayer(document, partial = {}, at = document.layers.length) {
  const layer = { name: nextName(document), color: nextColor(document), ...fitToRange(kinds.LAYER, partial) };
  /** @type {LayerPart[]} */
  const layers = [...document.layers];
  layers.splice(at, 0, layer);
  return withLayers(document, layers);
}

/** @type {LayerEdit} */
export const removeLayer = (document, index) =>
  document.layers[index] ? withLayers(document, document.layers.toSpliced(index, 1)) : document;

/** Adds a copy in front of a layer, with a name and a colour of its own. @type {LayerEdit} */
export function duplicateLayer(document, index) {
  const { layers } = document;
  const layer = layers[index];
  if (!layer) return document;
  const stem = `${layer.name.replace(/ copy( \d+)?$/, "")} copy`;
  const name = freeName(layers, (number) => (number > 1 ? `${stem} ${number}` : stem), 1);
  return addLayer(document, { ...layer, name, color: nextColor(document), locked: false }, index + 1);
}

/** Moves a layer; `to` is its index afterwards. @type {LayerEdit<[to: number]>} */
export function moveLayer(document, from, to) {
  const { layers } = document;
  const at = clamp(to, 0, layers.length - 1);
  if (!layers[from] || at === from) return document;
  return withLayers(document, layers.toSpliced(from, 1).toSpliced(at, 0, layers[from]));
}

/** @type {LayerEdit<[partial: Partial<Layer>]>} */
export const changeLayer = (document, index, partial) =>
  editLayer(document, index, (layer) => withMembers(layer, fitToRange(kinds.LAYER, partial)));

/** @type {LayerEdit<[stroke: Partial<Stroke>]>} */
export const addStroke = (document, index, stroke) =>
  editRegion(document, index, (region) => {
    return { ...region, strokes: [...region.strokes, fitToRange(kinds.STROKE, stroke)] };
  });

/** @type {LayerEdit<[polygon: Partial<Polygon>]>} */
export const addPolygon = (document, index, polygon) =>
  editRegion(document, index, (region) => {
    return { ...region, polygons: [...region.polygons, fitToRange(kinds.POLYGON, polygon)] };
  });

/** @type {LayerEdit<[partial: Partial<Region>]>} */
export const changeRegion = (document, index, partial) =>
  editRegion(document, index, (region) => withMembers(region, fitToRange(kinds.REGION, partial)));

/** Removes all that is painted; the width of the edge stays. @type {LayerEdit} */
export const clearRegion = (document, index) =>
  editRegion(document, index, (region) => withMembers(region, { ...REGION, feather: region.feather }));
