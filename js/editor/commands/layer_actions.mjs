// @ts-check
/** What panels and the select tool do to layers. */

import * as edits from "../document/edits.mjs";
import { layerName } from "../document/layers.mjs";
import { keyText } from "../dom/dom.mjs";

/** @typedef {import("../document/session.mjs").Session} Session */

/** @param {Session} session @param {number} [at] */
export function removeLayer(session, at = session.selection.layer) {
  if (at < 0 || session.problem) return;
  if (session.document.layers[at].locked)
    return session.notice("This layer is locked; unlock it to delete it.");
  const name = layerName(session.document, at);
  session.apply((document) => edits.removeLayer(document, at), "delete layer");
  session.notice(`${name} deleted; ${keyText("Ctrl+Z")} brings it back.`);
}

/** @param {Session} session @param {number} from @param {number} to */
export function moveLayer(session, from, to) {
  if (to < 0 || to >= session.document.layers.length || to === from) return;
  session.apply((document) => edits.moveLayer(document, from, to), "reorder layers");
  session.select({ layer: to });
}

/**
 * An edit of the selected layer, or null where it may not be edited.
 * @param {Session} session @param {(document: any, layer: number, ...more: any[]) => any} edit @param {any[]} more
 */
export function layerEdit(session, edit, ...more) {
  const at = session.editableLayer();
  return at < 0 ? null : (/** @type {any} */ document) => edit(document, at, ...more);
}
