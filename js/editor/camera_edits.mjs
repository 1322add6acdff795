// @ts-check
/**
 * Edits of the camera's keyframes. The camera at time 0 is where the picture was taken: it cannot be
 * moved.
 */

import { cameraAt } from "./camera.mjs";
import { keyframeKind } from "./declarations.mjs";
import { KEYFRAME, sealed } from "./document.mjs";
import { withEntry, withMembers } from "./edits.mjs";
import { clamp, equal, fitted, rounded } from "./schema.mjs";

/**
 * @typedef {import("./declarations.mjs").MotionDocument} MotionDocument
 * @typedef {import("./declarations.mjs").Keyframe} Keyframe
 */

const APART = 0.001; // of the clip

/** @param {MotionDocument} document @param {readonly any[]} keyframes @returns {MotionDocument} */
const withKeyframes = (document, keyframes) =>
  equal(keyframes, document.camera.keyframes)
    ? document
    : sealed({ ...document, camera: { ...document.camera, keyframes } });

/**
 * A keyframe of what the camera is at a time; none at time 0, nor where one is.
 * @param {MotionDocument} document @param {number} time
 */
export function addKeyframe(document, time) {
  const { keyframes } = document.camera;
  const at = clamp(rounded(time), 0, 1);
  if (!(at >= APART) || keyframes.some((key) => Math.abs(key.time - at) < APART)) return document;
  const keyframe = { ...KEYFRAME, ...fitted(keyframeKind, cameraAt(document.camera, at)), time: at };
  return withKeyframes(
    document,
    [...keyframes, keyframe].sort((a, b) => a.time - b.time),
  );
}

/**
 * @param {MotionDocument} document @param {number} k
 * @param {Partial<Keyframe>} partial; `time` by moveKeyframe
 */
export function changeKeyframe(document, k, partial) {
  const { keyframes } = document.camera;
  const key = keyframes[k];
  if (!key) return document;
  const { time, ...given } = fitted(keyframeKind, partial);
  const values =
    key.time === 0 ? Object.fromEntries(Object.entries(given).filter(([name]) => name === "ease")) : given;
  const changed = withKeyframes(document, withEntry(keyframes, k, withMembers(key, values)));
  return time === undefined ? changed : moveKeyframe(changed, k, time);
}

/** @param {MotionDocument} document @param {number} k */
export function removeKeyframe(document, k) {
  const { keyframes } = document.camera;
  return keyframes[k] ? withKeyframes(document, keyframes.toSpliced(k, 1)) : document;
}

/**
 * To another time between its neighbours. @param {MotionDocument} document @param {number} k
 * @param {number} time
 */
export function moveKeyframe(document, k, time) {
  const { keyframes } = document.camera;
  if (!keyframes[k] || keyframes[k].time === 0) return document;
  const earliest = (keyframes[k - 1]?.time ?? 0) + APART;
  const latest = keyframes[k + 1] ? keyframes[k + 1].time - APART : 1;
  if (earliest > latest) return document;
  const at = rounded(clamp(time, earliest, latest));
  return withKeyframes(document, withEntry(keyframes, k, withMembers(keyframes[k], { time: at })));
}

const SHAKE = [
  [0.4, -0.3, 0.3],
  [-0.5, 0.35, -0.4],
  [0.3, 0.5, 0.2],
  [-0.3, -0.4, -0.3],
  [0.5, 0.1, 0.4],
  [-0.2, 0.3, -0.2],
  [0.2, -0.2, 0.1],
];

/** @type {Record<string, Partial<Keyframe>[]>} */
const PRESETS = {
  none: [],
  push_in: [{ dolly: 0.2 }],
  pull_out: [{ dolly: -0.25 }],
  pan_left: [{ pan: -8 }],
  pan_right: [{ pan: 8 }],
  tilt_up: [{ tilt: 6 }],
  tilt_down: [{ tilt: -6 }],
  truck_left: [{ truck: -0.15 }],
  truck_right: [{ truck: 0.15 }],
  pedestal_up: [{ pedestal: 0.15 }],
  pedestal_down: [{ pedestal: -0.15 }],
  orbit_left: [{ truck: -0.2, pan: 10 }],
  orbit_right: [{ truck: 0.2, pan: -10 }],
  zoom_in: [{ zoom: 1.3 }],
  zoom_out: [{ zoom: 0.77 }],
  roll: [{ roll: 10 }],
  handheld: SHAKE.map(([pan, tilt, roll], k) => ({ time: rounded((k + 1) / SHAKE.length), pan, tilt, roll })),
};

export const CAMERA_PRESETS = Object.keys(PRESETS);

/**
 * A usual move over the whole clip in place of the keyframes; the lens stays.
 * @param {MotionDocument} document @param {string} name
 */
export const cameraPreset = (document, name) =>
  withKeyframes(
    document,
    (PRESETS[name] ?? document.camera.keyframes).map((key) => ({
      ...KEYFRAME,
      time: 1,
      ease: "ease_in_out",
      ...key,
    })),
  );
