// @ts-check
/** @import { MotionDocument } from "../types" */

/** The indices of the layers from back to front: by `order`, then by index. @param {MotionDocument} document */
export function drawOrder({ layers }) {
  return [...layers.keys()].sort((a, b) => layers[a].order - layers[b].order || a - b);
}
