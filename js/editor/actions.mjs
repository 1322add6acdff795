// @ts-check
/**
 * What buttons, menus and shortcuts do alike: each is an edit of the selected layer, the camera or the time.
 */

import * as edits from "./edits.mjs";
import { cameraAt } from "./camera.mjs";
import { keyText } from "./dom.mjs";
import { layerName } from "./layers.mjs";

/** @typedef {import("./session.mjs").Session} Session */

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
export function pasteMotion(session) {
  if (!copied) return session.notice("Copy the motion of a layer first.");
  const at = session.editableLayer();
  const source = copied;
  if (at >= 0) session.apply((document) => edits.pasteMotion(document, at, source), "paste motion");
}

/**
 * @param {Session} session @param {any} partial of the selected layer's motion @returns {any} edit or null
 */
export function motionEdit(session, partial) {
  const at = session.editableLayer();
  return at < 0 ? null : (/** @type {any} */ document) => edits.changeMotion(document, at, partial);
}

/**
 * @param {Session} session @param {any} partial of the selected layer's region @returns {any} edit or null
 */
export function regionEdit(session, partial) {
  const at = session.editableLayer();
  return at < 0 ? null : (/** @type {any} */ document) => edits.changeRegion(document, at, partial);
}

/** Which keyframe stands at the playhead, or -1. @param {Session} session @param {number} [time] */
export function keyframeAt(session, time = session.time) {
  const near = 0.4 / Math.max(1, session.length - 1);
  return session.document.camera.keyframes.findIndex(
    (/** @type {any} */ key) => Math.abs(key.time - time) < near,
  );
}

/** @param {Session} session @param {number} [time] */
export function addKeyframe(session, time = session.time) {
  if (session.problem) return;
  if (keyframeAt(session, time) < 0)
    session.apply((document) => edits.addKeyframe(document, time), "add keyframe");
  session.select({ keyframe: keyframeAt(session, time) });
}

/** @param {Session} session */
export function toggleKeyframe(session) {
  const at = keyframeAt(session);
  if (at < 0) addKeyframe(session);
  else removeKeyframe(session, at);
}

/** @param {Session} session @param {number} at */
export function removeKeyframe(session, at) {
  session.apply((document) => edits.removeKeyframe(document, at), "delete keyframe");
  session.select({ keyframe: null });
}

/** @param {Session} session @param {number} at */
export function goToKeyframe(session, at) {
  const key = session.document.camera.keyframes[at];
  if (!key) return;
  session.select({ keyframe: at });
  session.setPlaying(false);
  session.setTime(key.time);
}

/**
 * When the keyframe stands that the camera's sliders write: the selected one, one at the playhead, or else a
 * new one there. At the first frame, where the camera cannot move, the last one, or a new one at the end.
 * @param {Session} session
 */
export function keyTime(session) {
  const { keyframes } = session.document.camera;
  const chosen = keyframes[session.selection.keyframe ?? -1] ?? keyframes[keyframeAt(session)];
  return (chosen ? chosen.time : session.time) || (keyframes.at(-1)?.time ?? 1) || 1;
}

/** @param {Session} session @param {any} partial */
export function cameraEdit(session, partial) {
  if (session.problem) return null;
  const time = keyTime(session);
  return (/** @type {any} */ document) => {
    const keyed = edits.addKeyframe(document, time);
    const at = keyed.camera.keyframes.findIndex((key) => Math.abs(key.time - time) < 1e-3);
    return edits.changeKeyframe(keyed, at, partial);
  };
}

/** The camera's values that the sliders show. @param {Session} session */
export const cameraShown = (session) => cameraAt(session.document.camera, keyTime(session));

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

/** @param {Session} session @param {number} frame */
export const timeOf = (session, frame) =>
  Math.min(1, Math.max(0, (frame - 1) / Math.max(1, session.length - 1)));
