// @ts-check
/** What the panels and the select tool do with layers. */

import * as edits from "../document/edits.mjs";
import { layerName } from "../document/layers.mjs";
import { keyText } from "../dom/dom.mjs";

/** @import { DocumentEdit, LayerEdit } from "../types" */
/** @typedef {import("../document/session.mjs").Session} Session */

/** @param {Session} session @param {number} [at] */
export function removeLayer(session, at = session.selection.layer) {
  if (at < 0 || session.problem) return;
  if (session.document.layers[at].locked)
    return session.notice("This layer is locked; unlock it to delete it.");
  const name = layerName(session.document, at);
  session.apply((document) => edits.removeLayer(document, at), "delete layer");
  session.notice(`${name} was deleted; ${keyText("Ctrl+Z")} brings it back.`);
}

/** @param {Session} session @param {number} from @param {number} to */
export function moveLayer(session, from, to) {
  if (to < 0 || to >= session.document.layers.length || to === from) return;
  session.apply((document) => edits.moveLayer(document, from, to), "reorder layers");
  session.select({ layer: to });
}

/**
 * An edit of the selected layer; null where it may not be edited. @template {unknown[]} Rest
 * @param {Session} session @param {LayerEdit<Rest>} edit @param {Rest} rest @returns {DocumentEdit | null}
 */
export function layerEdit(session, edit, ...rest) {
  const at = session.editableLayer();
  return at < 0 ? null : (document) => edit(document, at, ...rest);
}

/**
 * Applies an edit of the selected layer where it may be edited. @template {unknown[]} Rest
 * @param {Session} session @param {string} label @param {LayerEdit<Rest>} edit @param {Rest} rest
 */
export function editLayer(session, label, edit, ...rest) {
  const change = layerEdit(session, edit, ...rest);
  if (change) session.apply(change, label);
}
