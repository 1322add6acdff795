// @ts-check
// The frame of a clip that the artist has chosen, as the picture to paint on.
import { refusalText } from "../dom/refusal.mjs";

/** @import { ComfyApi } from "./litegraph" */
/** @import { PictureSource } from "./upstream.mjs" */
/** @import { VideoSource } from "./clip_source.mjs" */
/** @typedef {{image: ImageBitmap, total: number, width: number, height: number}} Shown a frame, the number of the file's frames, and their size */
/** @typedef {PictureSource & {source: VideoSource, clip: import("./clip_source.mjs").ClipFrames}} ClipPicture */

const MOST_KEPT = 24;
/** The frames that were shown last, the latest last. @type {Map<string, Shown>} */
const kept = new Map();

/** Whether a picture is a frame of a clip. @param {PictureSource | null} picture @returns {picture is ClipPicture} */
export const isClip = (picture) => picture?.source.kind === "video" && picture.clip !== undefined;

/** What two pictures of the same clip have in common. @param {PictureSource | null} picture */
export const clipKey = (picture) =>
  isClip(picture) ? JSON.stringify({ ...picture, source: { ...picture.source, frame: 0 } }) : "";

/** The picture of a frame of a clip; any other picture as it is. @param {PictureSource | null} picture @param {number} number of the frame @returns {PictureSource | null} */
export function atFrame(picture, number) {
  if (!isClip(picture)) return picture;
  const { source, clip } = picture;
  const last = clip.most === null ? number : clip.most - 1;
  return {
    ...picture,
    source: { ...source, frame: source.frame + clip.every * Math.min(number, last) },
    first: source.frame,
  };
}

/**
 * Loads a frame of a clip, or the first one where the clip has no such frame. @param {ComfyApi} api
 * @param {import("../document/session.mjs").Session} session @param {ClipPicture} picture @param {AbortSignal} signal
 */
export async function showFrame(api, session, { source, clip, first = 0, label, size }, signal) {
  let frame = source.frame;
  const shown = await load(api, source, signal).catch((error) => {
    if (!(error instanceof NoSuchFrame) || frame === first) throw error;
    session.notice(error.message);
    frame = first;
    return load(api, { ...source, frame }, signal);
  });
  if (signal.aborted) return;
  const frames = Math.min(Math.ceil((shown.total - first) / clip.every), clip.most ?? Infinity);
  const { width, height } = size ?? shown;
  session.setPicture({
    image: shown.image,
    width,
    height,
    label,
    request: { source: { ...source, frame }, fit: null },
    ...(frames > 1 && { clip: { frames, frame: Math.round((frame - first) / clip.every) } }),
  });
}

class NoSuchFrame extends Error {}

/** @param {ComfyApi} api @param {VideoSource} source @param {AbortSignal} signal @returns {Promise<Shown>} */
async function load(api, source, signal) {
  const key = JSON.stringify(source);
  const known = kept.get(key);
  if (known) {
    kept.delete(key);
    kept.set(key, known);
    return known;
  }
  const answer = await api.fetchApi("/flowbrush/picture", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ source, fit: null }),
    signal,
  });
  if (!answer.ok) {
    const text = await refusalText(answer);
    throw text.startsWith("source.frame") ? new NoSuchFrame(text) : new Error(text);
  }
  const image = await createImageBitmap(await answer.blob());
  const [width, height] = (answer.headers.get("X-Picture-Size") ?? "").split("x").map(Number);
  const total = Number(answer.headers.get("X-Clip-Frames") ?? 1);
  const shown = { image, total, width: width || image.width, height: height || image.height };
  kept.set(key, shown);
  for (const oldest of kept.keys()) {
    if (kept.size <= MOST_KEPT) break;
    kept.delete(oldest);
  }
  return shown;
}
