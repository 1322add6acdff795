// @ts-check
/**
 * The camera over time. Without a depth map the picture is a plane at depth 1, as in motion/field/camera.py.
 */

import { ease, pendulum } from "./easing.mjs";

/** @import { Camera, Keyframe, MotionDocument, Pose } from "../types" */

/** The camera that took the picture, as the keyframe before all others. @type {Keyframe} */
const START = { time: 0, pan: 0, tilt: 0, truck: 0, pedestal: 0, dolly: 0, zoom: 1, roll: 0, ease: "linear" };
const VALUES = /** @type {const} */ (["pan", "tilt", "truck", "pedestal", "dolly", "zoom", "roll"]);
const FARTHEST = 1000; // the depth of a corner whose ray does not meet the picture's plane
const CLOSEST = 1e-3; // the smallest depth, also for points behind the camera

/**
 * The camera's pose at a time: neutral at 0, eased to each keyframe by its own `ease`, constant after the last.
 * @param {Camera} camera @param {number} time @returns {Pose}
 */
export function cameraAt({ keyframes }, time) {
  const next = keyframes.findIndex((key) => key.time > time);
  const to = keyframes.at(next) ?? START;
  const from = next < 0 ? to : (keyframes[next - 1] ?? START);
  const share = to === from ? 1 : ease(to.ease, Math.max((time - from.time) / (to.time - from.time), 0));
  const values = VALUES.map((name) => {
    if (name === "zoom") return [name, from.zoom * (to.zoom / from.zoom) ** share]; // it changes by equal factors in equal times
    return [name, from[name] + (to[name] - from[name]) * share];
  });
  return Object.fromEntries(values);
}

/**
 * The time of the camera's keyframes that is seen at a time of the clip. They differ in a seamless loop whose camera has to
 * return. @param {MotionDocument} document @param {number} time
 */
export function cameraTime({ camera: { keyframes }, loop }, time) {
  const last = keyframes.at(-1);
  if (loop !== "seamless" || !last) return time;
  const { pan, tilt, truck, pedestal, dolly, zoom, roll } = last;
  const closes = zoom === 1 && !(pan || tilt || truck || pedestal || dolly || roll % 360);
  return closes ? time : pendulum(time);
}

/**
 * The corners, clockwise from the top left in document coordinates, of the part of the picture that the moved camera
 * shows. @param {Camera} camera @param {number} time
 * @param {number} aspect
 */
export function framePolygon(camera, time, aspect) {
  const from = lens(camera, time, aspect);
  return [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 1],
  ].map((corner) => {
    const ray = rayThrough(corner, from);
    return placeOn(ray, Math.min((1 - from.pose.dolly) / Math.max(ray[2], 1e-9), FARTHEST), from);
  });
}

/**
 * The homography of the moved camera: it takes a point of the picture to where the camera shows it, both in document
 * coordinates.
 * @param {Camera} camera @param {number} time @param {number} aspect
 * @returns {(point: readonly number[]) => number[]}
 */
export function projection(camera, time, aspect) {
  const { pose, across, down } = lens(camera, time, aspect);
  return ([x, y]) => {
    const [right, below, away] = toCamera(
      (x - 0.5 - pose.truck) / across,
      (y - 0.5 + pose.pedestal) / down,
      1 - pose.dolly,
      pose,
    );
    const scale = pose.zoom / Math.max(away, CLOSEST);
    return [0.5 + across * scale * right, 0.5 + down * scale * below];
  };
}

/**
 * The inverse of `projection`: it takes a point of the view to the place of the picture there, or to null where the
 * camera looks past the picture's plane. @param {Camera} camera @param {number} time @param {number} aspect
 * @returns {(point: readonly number[]) => number[] | null}
 */
export function backProjection(camera, time, aspect) {
  const from = lens(camera, time, aspect);
  return (point) => {
    const ray = rayThrough(point, from);
    const along = (1 - from.pose.dolly) / ray[2];
    return along > CLOSEST && along < FARTHEST ? placeOn(ray, along, from) : null;
  };
}

/** @typedef {ReturnType<typeof lens>} Lens */

/** The direction in the world of the ray through a point of the view. @param {readonly number[]} point @param {Lens} lens */
function rayThrough([x, y], { pose, across, down }) {
  return toWorld((x - 0.5) / across / pose.zoom, (y - 0.5) / down / pose.zoom, pose);
}

/** A place on a ray from the camera. @param {number[]} ray @param {number} along @param {Lens} lens */
function placeOn([x, y], along, { pose, across, down }) {
  return [0.5 + pose.truck + across * along * x, 0.5 - pose.pedestal + down * along * y];
}

/** The pose at a time, and the focal length in widths and in heights of the picture.
 * @param {Camera} camera @param {number} time @param {number} aspect */
function lens(camera, time, aspect) {
  const across = 0.5 / Math.tan((camera.field_of_view * Math.PI) / 360);
  return { pose: cameraAt(camera, time), across, down: across * aspect };
}

/**
 * The direction in the world of the camera's ray [x,y,1], after roll, tilt and pan (y points down). @param {number} x
 * @param {number} y @param {Pose} pose
 */
function toWorld(x, y, { pan, tilt, roll }) {
  const rolled = rotate(x, y, roll);
  const tilted = rotate(rolled[1], 1, tilt);
  const panned = rotate(tilted[1], rolled[0], pan);
  return [panned[1], tilted[0], panned[0]];
}

/** The camera coordinates of a direction in the world: the inverse of `toWorld`.
 * @param {number} x @param {number} y @param {number} z @param {Pose} pose */
function toCamera(x, y, z, { pan, tilt, roll }) {
  const [ahead, right] = rotate(z, x, -pan);
  const [down, away] = rotate(y, ahead, -tilt);
  return [...rotate(right, down, -roll), away];
}

/** @param {number} x @param {number} y @param {number} degrees */
function rotate(x, y, degrees) {
  const cosine = Math.cos((degrees * Math.PI) / 180);
  const sine = Math.sin((degrees * Math.PI) / 180);
  return [cosine * x - sine * y, sine * x + cosine * y];
}
