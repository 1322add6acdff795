// @ts-check
/** What commands do with the layers, the time and the view of a session. */

import * as edits from "../document/edits.mjs";
import { clamp } from "../geometry/values.mjs";

/** @import { Layer, LayerPart } from "../types" */
/** @typedef {import("../document/session.mjs").Session} Session */

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
  session.notice(`Copied the motion of ${session.layer.name || "the layer"}; paste it on another layer.`);
}

export const canPasteMotion = () => copiedLayer !== null;

/** @param {Session} session */
export async function pasteMotion(session) {
  const source = copiedLayer;
  if (!source) return session.notice("Copy the motion of a layer first.");
  const motionEdits = await import("../document/motion_edits.mjs");
  const at = session.editableLayer();
  if (at >= 0) session.apply((document) => motionEdits.pasteMotion(document, at, source), "paste motion");
}

/** Moves the playhead by frames and pauses. @param {Session} session @param {number} by */
export function stepFrame(session, by) {
  const steps = Math.max(1, session.length - 1);
  session.setPlaying(false);
  session.setTime(clamp((Math.round(session.time * steps) + by) / steps, 0, 1));
}

/** Shows the flow in the next way: not at all, as arrows, as colours. @param {Session} session */
export function nextFlow(session) {
  const kinds = /** @type {const} */ (["none", "arrows", "wheel"]);
  session.setOption("flow", kinds[(kinds.indexOf(session.options.flow) + 1) % 3]);
}

/** The frame number, from 1, of a time of the clip. @param {Session} session @param {number} time */
export const frameOf = (session, time) => 1 + time * (session.length - 1);
