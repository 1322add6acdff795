// @ts-check
// Reads a connected mask into the form that the session uses.
import { refusalText } from "../dom/refusal.mjs";

/** @import { ChannelReference } from "../parts" */
/** @import { Mask } from "../types" */

const LARGEST = 1024; // pixels of the longer side
const ALPHA = 3;
/** The offset of each channel in a pixel; anything else is alpha. @type {Record<string, number>} */
const OFFSETS = { red: 0, green: 1, blue: 2, grey: 0 };

/** @param {import("./litegraph").ComfyApi} api @param {ChannelReference} reference @param {AbortSignal} signal @returns {Promise<Mask>} */
export async function readMask(api, { channel, ...file }, signal) {
  const query = new URLSearchParams({ ...file, channel: channel === "alpha" ? "a" : "rgb" });
  const answer = await api.fetchApi(`/view?${query}`, { signal });
  if (!answer.ok) throw new Error(await refusalText(answer));
  const image = await createImageBitmap(await answer.blob());
  const scale = Math.min(1, LARGEST / Math.max(image.width, image.height));
  const [width, height] = [image.width, image.height].map((side) => Math.max(1, Math.round(side * scale)));
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = /** @type {CanvasRenderingContext2D} */ (
    canvas.getContext("2d", { willReadFrequently: true })
  );
  context.drawImage(image, 0, 0, width, height);
  image.close();
  const { data: pixels } = context.getImageData(0, 0, width, height);
  const offset = OFFSETS[channel] ?? ALPHA;
  // ComfyUI's MASK of a picture is 1 where the picture is transparent.
  const value = (/** @type {number} */ i) =>
    offset === ALPHA ? 255 - pixels[4 * i + ALPHA] : pixels[4 * i + offset];
  const data = Uint8ClampedArray.from({ length: width * height }, (_, i) => value(i));
  return { width, height, data };
}
