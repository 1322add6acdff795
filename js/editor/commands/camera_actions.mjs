// @ts-check
/** What the camera panel, the timeline and the commands do with keyframes. */

import {
  addKeyframe as addKeyframeAt,
  changeKeyframe,
  removeKeyframe as removeKeyframeAt,
} from "../document/camera_edits.mjs";
import { cameraAt } from "../geometry/camera.mjs";

/** @import { DocumentEdit, Keyframe } from "../types" */
/** @typedef {import("../document/session.mjs").Session} Session */

/** The index of the keyframe at a time, the playhead's by default, or -1. @param {Session} session @param {number} [time] */
export function keyframeAt(session, time = session.time) {
  const near = 0.4 / Math.max(1, session.length - 1);
  return session.document.camera.keyframes.findIndex((key) => Math.abs(key.time - time) < near);
}

/** Adds a keyframe where there is none, and selects the one there. @param {Session} session @param {number} [time] */
export function addKeyframe(session, time = session.time) {
  if (session.problem) return;
  if (keyframeAt(session, time) < 0)
    session.apply((document) => addKeyframeAt(document, time), "add keyframe");
  session.select({ keyframe: keyframeAt(session, time) });
}

/** Adds a keyframe at the playhead, or deletes the one there. @param {Session} session */
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

/** Selects a keyframe and moves the playhead there. @param {Session} session @param {number} at */
export function goToKeyframe(session, at) {
  const key = session.document.camera.keyframes[at];
  if (!key) return;
  session.select({ keyframe: at });
  session.setPlaying(false);
  session.setTime(key.time);
}

/**
 * The time of the keyframe that the camera's sliders edit: of the selected keyframe, of the one at the playhead, or
 * else the playhead, where an edit makes a new one. At the first frame, where the camera cannot move, it is the time
 * of the last keyframe, or the end of the clip. @param {Session} session
 */
export function keyTime(session) {
  const { keyframes } = session.document.camera;
  const edited = keyframes[session.selection.keyframe ?? -1] ?? keyframes[keyframeAt(session)];
  return (edited ? edited.time : session.time) || (keyframes.at(-1)?.time ?? 1) || 1;
}

/**
 * The edit that sets values of the keyframe at `keyTime`; null where the document cannot be edited.
 * @param {Session} session @param {Partial<Keyframe>} partial @returns {DocumentEdit | null}
 */
export function cameraEdit(session, partial) {
  if (session.problem) return null;
  const time = keyTime(session);
  return (document) => {
    const withKey = addKeyframeAt(document, time);
    const at = withKey.camera.keyframes.findIndex((key) => Math.abs(key.time - time) < 1e-3);
    return changeKeyframe(withKey, at, partial);
  };
}

/** The pose of the camera at `keyTime`. @param {Session} session */
export const editedPose = (session) => cameraAt(session.document.camera, keyTime(session));
