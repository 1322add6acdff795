// @ts-check
/** What the camera panel, the timeline and the shortcuts do with keyframes. */

import {
  addKeyframe as addKeyframeAt,
  changeKeyframe,
  removeKeyframe as removeKeyframeAt,
} from "../document/camera_edits.mjs";
import { cameraAt } from "../geometry/camera.mjs";

/** @typedef {import("../document/session.mjs").Session} Session */

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
    session.apply((document) => addKeyframeAt(document, time), "add keyframe");
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
  session.apply((document) => removeKeyframeAt(document, at), "delete keyframe");
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
    const keyed = addKeyframeAt(document, time);
    const at = keyed.camera.keyframes.findIndex((key) => Math.abs(key.time - time) < 1e-3);
    return changeKeyframe(keyed, at, partial);
  };
}

/** The camera's values that the sliders show. @param {Session} session */
export const cameraShown = (session) => cameraAt(session.document.camera, keyTime(session));
