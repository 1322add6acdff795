// @ts-check
/**
 * The selection, and how it follows edits. Layers and paths are recognized by identity, as documents share what did
 * not change.
 */

/** @import { MotionDocument, Selection } from "../types" */

/** @type {Selection} */
export const NOTHING = Object.freeze({ layer: -1, path: null, point: null, keyframe: null });

/** @param {number | null} index @param {readonly unknown[] | undefined} list */
const within = (index, list) => (index !== null && list?.[index] ? index : null);

/**
 * The selection limited to what exists; a layer beyond the last becomes the last.
 * @param {Selection} selection @param {MotionDocument} document @returns {Selection}
 */
export function clampSelection(selection, { layers, camera }) {
  const layer = Math.min(Math.max(selection.layer, -1), layers.length - 1);
  const paths = layer === selection.layer ? layers[layer]?.motion.paths : [];
  const path = within(selection.path, paths);
  const point = within(selection.point, paths?.[path ?? -1]?.points);
  return Object.freeze({ layer, path, point, keyframe: within(selection.keyframe, camera.keyframes) });
}

/**
 * The selection after an edit. @param {Selection} selection @param {MotionDocument} before
 * @param {MotionDocument} after
 */
export function selectionAfter(selection, before, after) {
  const layer = before.layers[selection.layer];
  const edited = after.layers[selection.layer];
  const at = layer ? after.layers.indexOf(layer) : -1;
  if (at >= 0) return clampSelection({ ...selection, layer: at }, after);
  let { path, point, keyframe } = selection;
  if (!layer || !edited || after.layers.length < before.layers.length) path = null;
  else if (path !== null) {
    const was = layer.motion.paths;
    const now = edited.motion.paths;
    const same = now.indexOf(was[path]);
    if (same >= 0) path = same;
    else if (now.length < was.length) path = null;
    else if (now[path].points.length < was[path].points.length) point = null;
  }
  if (after.camera.keyframes.length < before.camera.keyframes.length) keyframe = null;
  return clampSelection({ layer: selection.layer, path, point, keyframe }, after);
}

/** @param {Selection} a @param {Selection} b */
export const sameSelection = (a, b) =>
  a.layer === b.layer && a.path === b.path && a.point === b.point && a.keyframe === b.keyframe;
