// @ts-check
/**
 * What is selected, and how it follows edits: layers and paths by identity, as documents share what did
 * not change.
 */

/** @typedef {import("./history.mjs").Selection} Selection */
/** @typedef {import("./document.mjs").MotionDocument} MotionDocument */

/** @type {Selection} */
export const NOTHING = Object.freeze({ layer: -1, path: null, point: null, keyframe: null });

/** @param {number | null} index @param {number} count @returns {number | null} */
const within = (index, count) =>
  index !== null && Number.isInteger(index) && index >= 0 && index < count ? index : null;

/**
 * A selection with indices that exist; a layer beyond the last becomes the last.
 * @param {Selection} selection @param {MotionDocument} document @returns {Selection}
 */
export function clamped(selection, { layers, camera }) {
  const wanted = Number.isInteger(selection.layer) ? selection.layer : -1;
  const layer = Math.min(Math.max(wanted, -1), layers.length - 1);
  const paths = layers[layer]?.motion.paths ?? [];
  const path = layer === wanted ? within(selection.path, paths.length) : null;
  const point = path === null ? null : within(selection.point, paths[path].points.length);
  return Object.freeze({ layer, path, point, keyframe: within(selection.keyframe, camera.keyframes.length) });
}

/**
 * The selection after an edit. @param {Selection} selection @param {MotionDocument} before
 * @param {MotionDocument} after @returns {Selection}
 */
export function followed(selection, before, after) {
  const was = before.layers[selection.layer];
  const moved = was ? after.layers.indexOf(was) : -1;
  if (moved >= 0) return clamped({ ...selection, layer: moved }, after);
  const result = { ...selection };
  const now = after.layers[selection.layer];
  if (after.layers.length < before.layers.length || !was || !now) {
    return clamped({ ...result, path: null, point: null }, after);
  }
  if (selection.path !== null && was.motion.paths !== now.motion.paths) {
    const path = was.motion.paths[selection.path];
    const same = now.motion.paths.indexOf(path);
    if (same >= 0) result.path = same;
    else if (now.motion.paths.length < was.motion.paths.length) result.path = null;
    else if (now.motion.paths[selection.path].points.length < path.points.length) result.point = null;
  }
  if (after.camera.keyframes.length < before.camera.keyframes.length) result.keyframe = null;
  return clamped(result, after);
}

/** @param {Selection} a @param {Selection} b */
export const sameSelection = (a, b) =>
  a.layer === b.layer && a.path === b.path && a.point === b.point && a.keyframe === b.keyframe;
