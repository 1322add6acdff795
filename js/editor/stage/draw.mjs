// @ts-check
import { said } from "../dom/language.mjs";

// A word, or a sign of a script without spaces.
const PARTS = /\s*[\u3040-\u9fff][\u3001-\u300d\uff09\uff0c…]*|\s*[^\s\u3040-\u9fff]+/g;

/**
 * Draws a sentence at (x, y), more lines above. @param {CanvasRenderingContext2D} context @param {string} sentence
 * @param {number} x @param {number} y @param {number} [alpha] @param {number} [size] px of the font @param {number} [widest]
 */
export function drawLabel(context, sentence, x, y, alpha = 1, size = 12, widest = Infinity) {
  context.save();
  context.font = `500 ${size}px system-ui, sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  const widthOf = (/** @type {string} */ text) => context.measureText(text).width + size * 1.4;
  const lines = [""]; // from below
  for (const part of said(sentence).match(PARTS) ?? [])
    if (lines[0] && widthOf(lines[0] + part) > widest) lines.unshift(part.trim());
    else lines[0] += part;
  const width = Math.max(...lines.map(widthOf));
  const above = size * 1.3 * (lines.length - 1);
  context.globalAlpha *= 0.68 * alpha;
  context.fillStyle = "#101216";
  context.beginPath();
  context.roundRect(x - width / 2, y - size - above, width, size * 2 + above, size);
  context.fill();
  context.globalAlpha = alpha;
  context.fillStyle = "#fff";
  lines.forEach((line, row) => context.fillText(line, x, y + 0.5 - size * 1.3 * row));
  context.restore();
}
