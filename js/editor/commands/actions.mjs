// @ts-check
/**
 * What buttons, menus and shortcuts do alike: each is an edit of the selected layer, the camera or the time.
 */

import * as edits from "../document/edits.mjs";

/** @typedef {import("../document/session.mjs").Session} Session */

/** The layer whose motion was copied last; shared by every editor of the page. @type {any} */
let copied = null;

/** @param {Session} session @param {any} [partial] */
export function newLayer(session, partial = {}) {
  if (session.problem) return;
  const at = session.document.layers.length;
  session.apply(
    (document) => edits.addLayer(document, partial),
    partial.freeze ? "freeze layer" : "new layer",
  );
  session.select({ layer: at, path: null, point: null });
}

/** @param {Session} session */
export function duplicateLayer(session) {
  const at = session.selection.layer;
  if (at < 0 || session.problem) return;
  session.apply((document) => edits.duplicateLayer(document, at), "duplicate layer");
  session.select({ layer: at + 1, path: null, point: null });
}

const TOGGLED = { freeze: ["freeze", "unfreeze"], visible: ["show", "hide"], locked: ["lock", "unlock"] };

/** @param {Session} session @param {"freeze" | "visible" | "locked"} member @param {number} [at] */
export function toggleLayer(session, member, at = session.selection.layer) {
  const layer = session.document.layers[at];
  if (!layer) return;
  if (member === "freeze" && layer.locked) return session.notice("This layer is locked.");
  const label = `${TOGGLED[member][Number(layer[member])]} layer`;
  session.apply((document) => edits.changeLayer(document, at, { [member]: !layer[member] }), label);
}

/** @param {Session} session */
export function copyMotion(session) {
  if (!session.layer) return session.notice("Select a layer to copy its motion.");
  copied = session.layer;
  session.notice(`Copied the motion of ${session.layer.name || "the layer"}; paste it on another layer.`);
}

export const canPasteMotion = () => copied !== null;

/** @param {Session} session */
export async function pasteMotion(session) {
  if (!copied) return session.notice("Copy the motion of a layer first.");
  const motionEdits = await import("../document/motion_edits.mjs");
  const at = session.editableLayer();
  const source = copied;
  if (at >= 0) session.apply((document) => motionEdits.pasteMotion(document, at, source), "paste motion");
}

/** @param {Session} session @param {number} by frames */
export function stepFrame(session, by) {
  const steps = Math.max(1, session.length - 1);
  session.setPlaying(false);
  session.setTime(Math.min(1, Math.max(0, (Math.round(session.time * steps) + by) / steps)));
}

/** @param {Session} session */
export function nextFlow(session) {
  const kinds = ["none", "arrows", "wheel"];
  session.setOption("flow", kinds[(kinds.indexOf(session.options.flow) + 1) % 3]);
}

/** A time of the clip as a frame number, from 1. @param {Session} session @param {number} time */
export const frameOf = (session, time) => 1 + time * (session.length - 1);
