// @ts-check
// Fits a picture to the video as First Frame does, but keeps its own pixels where it has more of them than the video.

const LARGEST = 2048; // px of the longer side

/** @param {ImageBitmap} image @param {import("./upstream.mjs").Fit} fit @returns {Promise<ImageBitmap>} */
export async function fitPicture(image, { width, height, mode }) {
  if (mode === "stretch") return image; // the picture is stretched when it is drawn
  const across = width / image.width;
  const down = height / image.height;
  const scale = mode === "pad" ? Math.min(across, down) : Math.max(across, down);
  const density = Math.min(1 / scale, LARGEST / Math.max(width, height)); // pixels per pixel of the video
  const size = [width, height].map((side) => Math.max(1, Math.round(side * density)));
  const canvas = Object.assign(document.createElement("canvas"), { width: size[0], height: size[1] });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.fillRect(0, 0, size[0], size[1]); // the black bars of "pad"
  context.imageSmoothingQuality = "high";
  const [wide, high] = [image.width, image.height].map((side) => side * scale * density);
  context.drawImage(image, (size[0] - wide) / 2, (size[1] - high) / 2, wide, high);
  image.close();
  return createImageBitmap(canvas);
}
