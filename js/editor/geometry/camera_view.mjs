// @ts-check
/** The view through the camera: where it shows a place of the first frame, and which place lies under the pointer. */

import { backProjection, cameraAt, projection } from "./camera.mjs";
import { extent, fromUnits, toUnits } from "./units.mjs";

export { cameraTime } from "./camera.mjs";

/** @import { Camera, Point } from "../types" */
/** @import { PlainView as View } from "../parts" */

const CORNERS = 72; // points of a polygon that approximates a circle
const CLOSEST = 0.05; // the smallest depth at which sizes are computed

export class CameraView {
  #view;
  #seen;
  #place;
  #growth;

  /** @param {View} view @param {Camera} camera @param {number} time @param {number} aspect */
  constructor(view, camera, time, aspect) {
    this.camera = camera;
    this.time = time;
    this.aspect = aspect;
    this.#view = view;
    this.#seen = projection(camera, time, aspect);
    this.#place = backProjection(camera, time, aspect);
    const { zoom, dolly } = cameraAt(camera, time);
    this.#growth = zoom / Math.max(1 - dolly, CLOSEST);
  }

  /** CSS px per unit of the picture's short side, in the middle of the view. */
  get scale() {
    return this.#view.scale * this.#growth;
  }

  /** @param {Point} point document @returns {[number, number]} CSS px */
  toStage(point) {
    return this.#view.toStage(this.#seen(point));
  }

  /**
   * The place under a point of the stage; null where the camera does not see the picture's plane, or sees it
   * farther outside the picture than `beyond` units.
   * @param {Point} point CSS px @param {number} [beyond] @returns {[number, number] | null}
   */
  toDocument(point, beyond = Infinity) {
    const place = this.#place(this.#view.toDocument(point));
    if (!place) return null;
    const [width, height] = extent(this.aspect);
    const [x, y] = toUnits(place, this.aspect);
    const outside = Math.max(-x, x - width, -y, y - height);
    return outside > beyond ? null : [place[0], place[1]];
  }

  /** A circle around a place as the camera shows it, in CSS px. @param {Point} centre document @param {number} radius units */
  ring(centre, radius) {
    const [x, y] = toUnits(centre, this.aspect);
    return Array.from({ length: CORNERS }, (_, k) => {
      const angle = (k / CORNERS) * 2 * Math.PI;
      return this.toStage(
        fromUnits([x + radius * Math.cos(angle), y + radius * Math.sin(angle)], this.aspect),
      );
    });
  }

  /**
   * Lines [x0,y0,x1,y1,…] of the first frame, in cells of a grid, as the camera shows them at its time.
   * @param {number[][]} lines @param {number} width cells @param {number} height
   */
  lines(lines, width, height) {
    return lines.map((line) => {
      const moved = new Array(line.length);
      for (let k = 0; k < line.length; k += 2) {
        const [x, y] = this.#seen([line[k] / width, line[k + 1] / height]);
        [moved[k], moved[k + 1]] = [x * width, y * height];
      }
      return moved;
    });
  }
}

/** @type {WeakMap<View, CameraView>} */
const views = new WeakMap();

/**
 * The view through the camera. The same object is returned until camera, time or aspect change. @param {View} view
 * @param {Camera} camera
 * @param {number} time @param {number} aspect
 */
export function cameraView(view, camera, time, aspect) {
  let kept = views.get(view);
  if (kept?.camera !== camera || kept.time !== time || kept.aspect !== aspect)
    views.set(view, (kept = new CameraView(view, camera, time, aspect)));
  return kept;
}
