// @ts-check
// Frames of video files that are known from the graph without a run.
import { inputIndex } from "./node_inputs.mjs";
import { fileOf, numberOf, origin, valueAt } from "./upstream.mjs";

/** @import { Output } from "./upstream.mjs" */
/**
 * A video file and one frame of it, as the server's route for pictures reads it.
 * @typedef {{kind: "video", filename: string, subfolder: string, type: string, frame: number, start?: number, duration?: number}} VideoSource
 */
/** @typedef {{every: number, most: number | null}} ClipFrames which frames a clip has: every which one of the file's, and at most how many */
/** @typedef {{source: VideoSource, clip: ClipFrames}} Clip */

const MAX_HOPS = 64;

/** The clip that an output of pictures gives, from its first frame; null where it is not known without a run. @param {Output} output @returns {Clip | null} */
export function clipAt({ node, slot, hosts }, hops = 0) {
  if (hops > MAX_HOPS || slot !== 0) return null;
  if (/^VHS_LoadVideo$/.test(node.type)) return vhsClip({ node, slot, hosts });
  const isPart = /^ImageFromBatch$/.test(node.type);
  if (!isPart && !/^GetVideoComponents$/.test(node.type)) return null;
  const from = origin(node, inputIndex(node, isPart ? "image" : "video"), hosts);
  if (!from || !isPart) return from && videoAt(from, hops + 1);
  const whole = clipAt(from, hops + 1);
  const [first, length] = [numberOf(node, "batch_index", hosts), numberOf(node, "length", hosts)];
  if (!whole || first === null || length === null) return null;
  const { every, most } = whole.clip;
  return {
    source: { ...whole.source, frame: whole.source.frame + first * every },
    clip: { every, most: most === null ? length : Math.min(length, Math.max(1, most - first)) },
  };
}

/** The clip of an output of a VIDEO: a file, or a part of one. @param {Output} output @param {number} hops @returns {Clip | null} */
function videoAt({ node, hosts }, hops) {
  if (/^LoadVideo$/.test(node.type)) return fileClip(valueAt(node, "file", hosts));
  if (!/^Video Slice$/.test(node.type) || hops > MAX_HOPS) return null;
  const from = origin(node, inputIndex(node, "video"), hosts);
  const whole = from && videoAt(from, hops + 1);
  const [start, duration] = [numberOf(node, "start_time", hosts), numberOf(node, "duration", hosts)];
  if (!whole || whole.source.start !== undefined || start === null || duration === null) return null;
  return { ...whole, source: { ...whole.source, start, duration } };
}

/** The frames that VideoHelperSuite's Load Video gives, unless it changes the rate or the size of the clip. @param {Output} output @returns {Clip | null} */
function vhsClip({ node, hosts }) {
  const value = (/** @type {string} */ name) => numberOf(node, name, hosts) ?? 0;
  if (["force_rate", "custom_width", "custom_height"].some(value)) return null;
  const whole = fileClip(valueAt(node, "video", hosts));
  const frame = value("skip_first_frames");
  const clip = { every: value("select_every_nth") || 1, most: value("frame_load_cap") || null };
  return whole && { source: { ...whole.source, frame }, clip };
}

/** @param {unknown} value of the widget that names a video file @returns {Clip | null} */
function fileClip(value) {
  const file = fileOf(value);
  return file && { source: { kind: "video", ...file, frame: 0 }, clip: { every: 1, most: null } };
}
