// @ts-check
/** What commands, panels and the select tool do with layers. */

import * as edits from "../document/edits.mjs";
import { LaterModule } from "../document/later_module.mjs";
import { layerName } from "../document/layers.mjs";
import { keyText } from "../dom/dom.mjs";

/** @import { DocumentEdit, Layer, LayerEdit, LayerPart } from "../types" */
/** @typedef {import("../document/session.mjs").Session} Session */

const motionEdits = new LaterModule(() => import("../document/motion_edits.mjs"));

/** The layer whose motion was copied last; shared by all editors of the page. @type {Layer | null} */
let copiedLayer = null;

/** @param {Session} session @param {LayerPart} [partial] */
export function newLayer(session, partial = {}) {
  if (session.problem) return;
  const at = session.document.layers.length;
  const label = partial.freeze ? "freeze layer" : "new layer";
  session.apply((document) => edits.addLayer(document, partial), label);
  session.select({ layer: at, path: null, point: null });
}

/** @param {Session} session */
export function duplicateLayer(session) {
  const at = session.selection.layer;
  if (at < 0 || session.problem) return;
  session.apply((document) => edits.duplicateLayer(document, at), "duplicate layer");
  session.select({ layer: at + 1, path: null, point: null });
}

/** The verbs for switching a member of a layer on and off. */
const TOGGLE_VERBS = {
  freeze: ["freeze", "unfreeze"],
  visible: ["show", "hide"],
  locked: ["lock", "unlock"],
};

/** @param {Session} session @param {"freeze" | "visible" | "locked"} member @param {number} [at] */
export function toggleLayer(session, member, at = session.selection.layer) {
  const layer = session.document.layers[at];
  if (!layer) return;
  if (member === "freeze" && layer.locked) return session.notice("This layer is locked.");
  const label = `${TOGGLE_VERBS[member][Number(layer[member])]} layer`;
  session.apply((document) => edits.changeLayer(document, at, { [member]: !layer[member] }), label);
}

/** @param {Session} session */
export function copyMotion(session) {
  if (!session.layer) return session.notice("Select a layer to copy its motion.");
  copiedLayer = session.layer;
  motionEdits.use(session, () => {}); // so that it is there when the motion is pasted
  session.notice(`Copied the motion of ${session.layer.name || "the layer"}; paste it on another layer.`);
}

export const canPasteMotion = () => copiedLayer !== null;

/** @param {Session} session */
export function pasteMotion(session) {
  const source = copiedLayer;
  if (!source) return session.notice("Copy the motion of a layer first.");
  motionEdits.use(session, (module) => {
    const at = session.editableLayer();
    if (at >= 0) session.apply((document) => module.pasteMotion(document, at, source), "paste motion");
  });
}

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

/** Lets the region of the selected layer snap to an object of the picture, or not. @param {Session} session */
export function toggleSnap(session) {
  const snap = !session.layer?.region.snap;
  editLayer(session, snap ? "snap region" : "unsnap region", edits.changeRegion, { snap });
}

/**
 * Applies an edit of the selected layer where it may be edited. @template {unknown[]} Rest
 * @param {Session} session @param {string} label @param {LayerEdit<Rest>} edit @param {Rest} rest
 */
export function editLayer(session, label, edit, ...rest) {
  const change = layerEdit(session, edit, ...rest);
  if (change) session.apply(change, label);
}
