// @ts-check
/** @typedef {import("./player.mjs").Picture} Picture */

/** The picture, or a smaller copy whose sides are at most `largest`. @param {Picture} picture @param {number} largest */
export function atMost({ image, width, height }, largest) {
  const scale = largest / Math.max(width, height);
  if (scale >= 1) return image;
  const canvas = document.createElement("canvas");
  const context = sized(
    canvas,
    Math.max(1, Math.round(width * scale)),
    Math.max(1, Math.round(height * scale)),
  );
  context.imageSmoothingQuality = "high";
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/** An empty canvas of a size. @param {HTMLCanvasElement} canvas @param {number} width @param {number} height */
export function sized(canvas, width, height) {
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  else context.clearRect(0, 0, width, height);
  return context;
}
