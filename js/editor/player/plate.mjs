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
  const [x0, y0, x1, y1] = extent;
  const columns = Math.ceil(layer.columns * (x1 - x0));
  const rows = Math.ceil(layer.rows * (y1 - y0));
  const size = 2 * (rows + 1) * (columns + 1);
  const wide = new Float32Array(frames * size);
  const one = mesh.length / frames;
  for (let vertex = 0; vertex < size / 2; vertex += 1) {
    const x = (x0 + ((vertex % (columns + 1)) / columns) * (x1 - x0)) * layer.columns;
    const y = (y0 + (Math.floor(vertex / (columns + 1)) / rows) * (y1 - y0)) * layer.rows;
    const column = Math.min(Math.max(Math.floor(x), 0), layer.columns - 1);
    const row = Math.min(Math.max(Math.floor(y), 0), layer.rows - 1);
    const [across, down] = [x - column, y - row]; // below 0 or above 1 beyond the border
    for (let frame = 0; frame < frames; frame += 1) {
      for (let axis = 0; axis < 2; axis += 1) {
        const at = frame * one + 2 * (row * (layer.columns + 1) + column) + axis;
        const below = at + 2 * (layer.columns + 1);
        const upper = mesh[at] + across * (mesh[at + 2] - mesh[at]);
        const lower = mesh[below] + across * (mesh[below + 2] - mesh[below]);
        wide[frame * size + 2 * vertex + axis] = upper + down * (lower - upper);
      }
    }
  }
  return { ...layer, ...piece, rows, columns, mesh: wide, part: [0, 0, 1, 1] };
}
