// @ts-check
// Labels that can be read on any picture.
import { said } from "../dom/language.mjs";

/**
 * Draws a sentence on a dark plate around (x, y). @param {CanvasRenderingContext2D} context @param {string} sentence
 * @param {number} x @param {number} y @param {number} [alpha] @param {number} [size] px of the font
 */
export function drawLabel(context, sentence, x, y, alpha = 1, size = 12) {
  const text = said(sentence);
  context.save();
  context.font = `500 ${size}px system-ui, sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  const width = context.measureText(text).width + size * 1.4;
  const height = size * 2;
  context.globalAlpha *= 0.68 * alpha;
  context.fillStyle = "#101216";
  context.beginPath();
  context.roundRect(x - width / 2, y - height / 2, width, height, height / 2);
  context.fill();
  context.globalAlpha = alpha;
  context.fillStyle = "#fff";
  context.fillText(text, x, y + 0.5);
  context.restore();
}
