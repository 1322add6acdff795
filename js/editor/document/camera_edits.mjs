// @ts-check
/** Edits of the camera. At time 0 it stands where the picture was taken and cannot be moved. */

import { cameraAt } from "../geometry/camera.mjs";
import { clamp, rounded } from "../geometry/values.mjs";
import { completeDocument } from "./document.mjs";
import { withMembers } from "./edits.mjs";
import { fitToRange } from "./range.mjs";
import * as kinds from "./schema.mjs";

/** @import { Camera, Edit, Keyframe } from "../types" */

const APART = 0.001; // the shortest time between two keyframes, as a share of the clip

/** Replaces the lens or all keyframes. @type {Edit<[partial: Partial<Camera>]>} */
export function changeCamera(document, partial) {
  const camera = withMembers(document.camera, fitToRange(kinds.CAMERA, partial));
  return camera === document.camera ? document : completeDocument({ ...document, camera });
}

/** Adds a keyframe with the camera's pose at a time, unless the time is 0 or has a keyframe. @type {Edit<[time: number]>} */
export function addKeyframe(document, time) {
  const { keyframes } = document.camera;
  const at = clamp(rounded(time), 0, 1);
  if (!(at >= APART) || keyframes.some((key) => Math.abs(key.time - at) < APART)) return document;
  const keyframe = { ...cameraAt(document.camera, at), time: at, ease: "linear" };
  return changeCamera(document, { keyframes: [...keyframes, keyframe].sort((a, b) => a.time - b.time) });
}

/** @type {Edit<[k: number, partial: Partial<Keyframe>]>} */
export function changeKeyframe(document, k, { time, ...partial }) {
  const { keyframes } = document.camera;
  const key = keyframes[k];
  if (!key) return document;
  const given = key.time === 0 ? (partial.ease === undefined ? {} : { ease: partial.ease }) : partial;
  const changed = changeCamera(document, { keyframes: keyframes.with(k, { ...key, ...given }) });
  return time === undefined ? changed : moveKeyframe(changed, k, time);
}

/** @type {Edit<[k: number]>} */
export const removeKeyframe = (document, k) =>
  changeCamera(document, { keyframes: document.camera.keyframes.filter((_, index) => index !== k) });

/** Moves a keyframe to another time between its neighbours. @type {Edit<[k: number, time: number]>} */
export function moveKeyframe(document, k, time) {
  const { keyframes } = document.camera;
  const key = keyframes[k];
  if (!key || key.time === 0) return document;
  const earliest = (keyframes[k - 1]?.time ?? 0) + APART;
  const latest = (keyframes[k + 1]?.time ?? 1 + APART) - APART;
  if (earliest > latest) return document;
  const moved = { ...key, time: clamp(time, earliest, latest) };
  return changeCamera(document, { keyframes: keyframes.with(k, moved) });
}
