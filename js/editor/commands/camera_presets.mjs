// @ts-check
/** Usual camera moves over the whole clip. */

import { changeCamera } from "../document/camera_edits.mjs";
import { KEYFRAME } from "../document/document.mjs";

/** @import { Edit, Keyframe } from "../types" */

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
  handheld: SHAKE.map(([pan, tilt, roll], k) => ({ time: (k + 1) / SHAKE.length, pan, tilt, roll })),
};

export const CAMERA_PRESETS = Object.keys(PRESETS);

/** Replaces all keyframes by a camera move; the lens stays. @type {Edit<[name: string]>} */
export function cameraPreset(document, name) {
  const preset = PRESETS[name]?.map((key) => ({ ...KEYFRAME, time: 1, ease: "ease_in_out", ...key }));
  return preset ? changeCamera(document, { keyframes: preset }) : document;
}
