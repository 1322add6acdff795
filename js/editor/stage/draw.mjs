// @ts-check
// Labels that can be read on any picture.
import { said } from "../dom/language.mjs";

// Where a line may end: after a word, or after any sign of a script that is written without spaces.
const PARTS =
  /[\u3040-\u30ff\u3400-\u9fff][\u3001\u3002\uff09\uff0c\u300d\u201d…)]*\s*|[^\s\u3040-\u30ff\u3400-\u9fff]+\s*/gu;

/**
 * Draws a sentence on a dark plate around (x, y). @param {CanvasRenderingContext2D} context @param {string} sentence
 * @param {number} x @param {number} y @param {number} [alpha] @param {number} [size] px of the font
 * @param {{ widest: number, lowest: number }} [room] px: the plate is at most so wide, with more lines if need be, and it
 * ends at `lowest` or above
 */
export function drawLabel(
  context,
  sentence,
  x,
  y,
  alpha = 1,
  size = 12,
  room = { widest: Infinity, lowest: Infinity },
) {
  context.save();
  context.font = `500 ${size}px system-ui, sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  const margin = size * 1.4;
  const lines = wrapped(context, said(sentence), room.widest - margin);
  const width = Math.max(...lines.map((line) => context.measureText(line).width)) + margin;
  const height = size * (2 + 1.3 * (lines.length - 1));
  const middle = Math.min(y, room.lowest - height / 2);
  context.globalAlpha *= 0.68 * alpha;
  context.fillStyle = "#101216";
  context.beginPath();
  context.roundRect(x - width / 2, middle - height / 2, width, height, size);
  context.fill();
  context.globalAlpha = alpha;
  context.fillStyle = "#fff";
  const first = middle - size * 0.65 * (lines.length - 1) + 0.5;
  lines.forEach((line, row) => context.fillText(line, x, first + size * 1.3 * row));
  context.restore();
}

/** @param {CanvasRenderingContext2D} context @param {string} text @param {number} widest px of a line */
function wrapped(context, text, widest) {
  /** @type {string[]} */
  const lines = [];
  for (const part of text.match(PARTS) ?? [text]) {
    const longer = (lines.at(-1) ?? "") + part;
    if (lines.length && context.measureText(longer.trim()).width <= widest) lines[lines.length - 1] = longer;
    else lines.push(part);
  }
  return lines.map((line) => line.trim());
}
