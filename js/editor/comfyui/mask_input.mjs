// @ts-check
// A connected mask as the editor's session has it.
import { refusalText } from "../player/refusal.mjs";

const LARGEST = 1024; // cells, the longer side
/** @type {Record<string, number>} */
const OFFSETS = { red: 0, green: 1, blue: 2, grey: 0 };

/** @param {any} api @param {any} ref a file and the channel that is the mask @param {AbortSignal} signal
 * @returns {Promise<import("../types").Mask>} */
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
  const offset = OFFSETS[channel] ?? 3;
  // ComfyUI's MASK of a picture is what its alpha leaves out.
  const data = Uint8ClampedArray.from({ length: width * height }, (_, i) =>
    offset === 3 ? 255 - pixels[4 * i + 3] : pixels[4 * i + offset],
  );
  return { width, height, data };
}
