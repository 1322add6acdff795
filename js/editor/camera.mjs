// @ts-check
/**
 * The camera's view over time, as motion/camera.py sees a picture without a depth map: a plane at depth 1.
 */

import { KEYFRAME } from "./document.mjs";
import { ease } from "./easing.mjs";
import { extent } from "./geometry.mjs";

/** @typedef {{pan: number, tilt: number, truck: number, pedestal: number, dolly: number, zoom: number, roll: number}} Pose */

const VALUES = /** @type {const} */ (["pan", "tilt", "truck", "pedestal", "dolly", "zoom", "roll"]);
const CLOSEST = 0.05; // unit depths
const FARTHEST = 50;

/**
 * The camera's values at a time: neutral at 0, eased to each keyframe by its own `ease`, held after the
 * last. @param {import("./declarations.mjs").Camera} camera @param {number} time @returns {Pose}
 */
export function cameraAt({ keyframes }, time) {
  const keys = keyframes[0]?.time === 0 ? keyframes : [KEYFRAME, ...keyframes];
  let i = 0;
  while (i + 2 < keys.length && keys[i + 1].time <= time) i++;
  const a = keys[i],
    b = keys[Math.min(i + 1, keys.length - 1)];
  const along = b.time > a.time ? Math.min(Math.max((time - a.time) / (b.time - a.time), 0), 1) : 0;
  const share = b === a ? 0 : ease(b.ease, along);
  const mixed = VALUES.map((name) => [
    name,
    name === "zoom" // in equal ratios
      ? Math.exp((1 - share) * Math.log(a.zoom) + share * Math.log(b.zoom))
      : (1 - share) * a[name] + share * b[name],
  ]);
  return Object.fromEntries(mixed);
}

/**
 * Corners (document, clockwise from the top left) of what the moved camera frames on the picture: the
 * inverse of the homography by which it sees the picture. Where it looks past the picture's horizon, they
 * are far away. @param {import("./declarations.mjs").Camera} camera @param {number} time
 * @param {number} aspect @returns {number[][]}
 */
export function framePolygon(camera, time, aspect) {
  const pose = cameraAt(camera, time);
  const [width, height] = extent(aspect);
  const focal = width / 2 / Math.tan((camera.field_of_view * Math.PI) / 360);
  const position = [(pose.truck * width) / focal, (-pose.pedestal * height) / focal, pose.dolly];
  return [
    [-1, -1],
    [1, -1],
    [1, 1],
    [-1, 1],
  ].map(([x, y]) => {
    const ray = turned(
      [(x * width) / 2 / (focal * pose.zoom), (y * height) / 2 / (focal * pose.zoom), 1],
      pose,
    );
    const along = Math.min((1 - position[2]) / Math.max(ray[2], 1e-9), FARTHEST / CLOSEST);
    return [
      0.5 + (focal * (position[0] + along * ray[0])) / width,
      0.5 + (focal * (position[1] + along * ray[1])) / height,
    ];
  });
}

/**
 * A ray of the camera in the world: rolled, tilted, panned (y down). @param {number[]} ray
 * @param {Pose} pose
 */
function turned([x, y, z], { pan, tilt, roll }) {
  const radians = Math.PI / 180;
  const [cr, sr] = [Math.cos(roll * radians), Math.sin(roll * radians)];
  [x, y] = [cr * x - sr * y, sr * x + cr * y];
  const [ct, st] = [Math.cos(tilt * radians), Math.sin(tilt * radians)];
  [y, z] = [ct * y - st * z, st * y + ct * z];
  const [cp, sp] = [Math.cos(pan * radians), Math.sin(pan * radians)];
  return [cp * x + sp * z, y, -sp * x + cp * z];
}
