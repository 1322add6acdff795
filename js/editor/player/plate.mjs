// @ts-check
// What is behind the moving layers: the answer of the plate route, and a field whose layers are whole.
import { closeTo, readAnswer } from "./field_format.mjs";

/** @typedef {import("./field_format.mjs").Field} Field */
/** @typedef {import("./field_format.mjs").FieldLayer} FieldLayer */
/** @typedef {import("./field_format.mjs").Share} Share */
/** @typedef {{mask: Share, box: number[], overlay: ImageBitmap | null}} Whole what a layer covers, and the colours it has there beside the picture's */
/** @typedef {Whole & {extent: number[]}} Around the same for a frame around the picture, which fills the extent [x0, y0, x1, y1] */
/** @typedef {Map<number, {whole?: Whole, around?: Around}>} Plate by the layers' index in the document */

/** @param {ArrayBuffer} buffer the answer @param {Map<string, Share>} known masks by hash @returns {Promise<Plate>} */
export async function decodePlate(buffer, known) {
  const { header, bytes, maskOf } = readAnswer(buffer, known);
  /** @type {Plate} */
  const plate = new Map();
  for (const [name, entries] of [
    ["whole", header.layers],
    ["around", header.beyond],
  ]) {
    for (const { layer, mask, box, overlay, extent } of entries) {
      const png = overlay && new Blob([bytes(overlay.offset, overlay.length)], { type: "image/png" });
      // WebGL mixes the colours by their alpha itself, which needs them as they are.
      const image = png && (await createImageBitmap(png, { premultiplyAlpha: "none" }));
      const piece = { mask: maskOf(mask), box, overlay: image, ...(extent && { extent }) };
      plate.set(layer, { ...plate.get(layer), [name]: piece });
    }
  }
  return plate;
}

/** The field whose layers are drawn whole, over each other, and beyond the border. @param {Field} field @param {Plate} plate @returns {Field} */
export function withPlate(field, plate) {
  const layers = field.layers.flatMap((layer) => {
    const { whole, around } = plate.get(layer.layer) ?? {};
    const drawn = whole ? closeTo({ ...layer.whole, ...whole }) : layer;
    return around ? [continued(layer.whole, around), drawn] : [drawn];
  });
  return { ...field, layers };
}

/** A layer in a frame around the picture: its mesh goes on evenly beyond the border. @param {FieldLayer} layer @param {Around} around @returns {FieldLayer} */
function continued(layer, { extent, ...piece }) {
  const { mesh, frames } = layer;
  const across = reaching(layer.across, extent[0], extent[2]);
  const down = reaching(layer.down, extent[1], extent[3]);
  const [columns, rows] = [across.length - 1, down.length - 1];
  const wide = new Float32Array(frames * (rows + 1) * (columns + 1) * 2);
  const one = mesh.length / frames;
  const [ofColumn, ofRow] = [across.map(within(layer.across)), down.map(within(layer.down))];
  for (let frame = 0, to = 0; frame < frames; frame += 1) {
    for (const [row, below] of ofRow) {
      for (const [column, right] of ofColumn) {
        for (let axis = 0; axis < 2; axis += 1, to += 1) {
          const at = frame * one + 2 * (row * (layer.columns + 1) + column) + axis;
          const next = at + 2 * (layer.columns + 1);
          const upper = mesh[at] + right * (mesh[at + 2] - mesh[at]);
          const lower = mesh[next] + right * (mesh[next + 2] - mesh[next]);
          wide[to] = upper + below * (lower - upper);
        }
      }
    }
  }
  // The piece's mask and colours fill the extent.
  const [x, y] = [shareOf(across, extent[0], extent[2]), shareOf(down, extent[1], extent[3])];
  return { ...layer, ...piece, rows, columns, across: x, down: y, mesh: wide };
}

/** Where lines lie in an extent, in 0..1. @param {number[]} lines @param {number} low @param {number} high */
const shareOf = (lines, low, high) => lines.map((line) => (line - low) / (high - low));

/** Lines of a mesh with one more on either side where they end before an extent does. @param {number[]} lines @param {number} low @param {number} high */
const reaching = (lines, low, high) => [
  ...(low < lines[0] ? [low] : []),
  ...lines,
  ...(high > lines[lines.length - 1] ? [high] : []),
];

/** The cell of a place and how far into it the place lies: below 0 or above 1 beyond the lines. @param {number[]} lines @returns {(place: number) => [number, number]} */
const within = (lines) => (place) => {
  let cell = 0;
  while (cell < lines.length - 2 && lines[cell + 1] <= place) cell += 1;
  return [cell, (place - lines[cell]) / (lines[cell + 1] - lines[cell])];
};
