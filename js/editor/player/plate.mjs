// @ts-check
// What is behind the moving layers: the answer of the plate route, and a field whose layers are whole.
import { closeTo, readAnswer } from "./field_format.mjs";

/** @typedef {import("./field_format.mjs").Field} Field */
/** @typedef {import("./field_format.mjs").FieldLayer} FieldLayer */
/** @typedef {import("./field_format.mjs").Share} Share */
/** @typedef {{mask: Share, box: number[], overlay: ImageBitmap | null}} Whole what a layer covers, and the colours it has there beside the picture's */
/** @typedef {Map<number, Whole>} Plate by the layers' index in the document */

/** @param {ArrayBuffer} buffer the answer @param {Map<string, Share>} known masks by hash @returns {Promise<Plate>} */
export async function decodePlate(buffer, known) {
  const { header, bytes, maskOf } = readAnswer(buffer, known);
  /** @type {Plate} */
  const plate = new Map();
  for (const { layer, mask, box, overlay } of header.layers) {
    const png = overlay && new Blob([bytes(overlay.offset, overlay.length)], { type: "image/png" });
    // WebGL mixes the colours by their alpha itself, which needs them as they are.
    const image = png && (await createImageBitmap(png, { premultiplyAlpha: "none" }));
    plate.set(layer, { mask: maskOf(mask), box, overlay: image });
  }
  return plate;
}

/** The field whose layers are drawn whole, over each other. @param {Field} field @param {Plate} plate @returns {Field} */
export function withPlate(field, plate) {
  const layers = field.layers.map((layer) => {
    const whole = plate.get(layer.layer);
    return whole ? closeTo({ ...layer.whole, ...whole }) : layer;
  });
  return { ...field, layers };
}
