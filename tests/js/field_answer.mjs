// @ts-check
/** Answers of the field route as the tests want them, put together as motion/preview/field_preview.py does. */

export const WHOLE = [255, 255, 255, 255];

/** A grid that slides to the right. @param {number} frames @param {number[]} across @param {number[]} down @param {number} slide */
export function meshOf(frames, across, down, slide) {
  const mesh = [];
  for (let frame = 0; frame < frames; frame += 1) {
    for (const y of down) for (const x of across) mesh.push(x + (slide * frame) / Math.max(1, frames - 1), y);
  }
  return mesh;
}

/** @param {number} cells */
const evenly = (cells) => Array.from({ length: cells + 1 }, (_, index) => index / cells);

/** @param {{frames?: number, layers: any[], flow?: any, warnings?: string[]}} asked @returns {ArrayBuffer} */
export function answer({ frames = 2, layers, flow = null, warnings = [] }) {
  /** @type {number[]} */
  const payload = [];
  /** @param {ArrayLike<number> & Iterable<number>} bytes */
  const add = (bytes) => {
    const offset = payload.length;
    payload.push(...bytes);
    while (payload.length % 4) payload.push(0);
    return offset;
  };
  /** @param {number[]} values */
  const floats = (values) => new Uint8Array(new Float32Array(values).buffer);
  const header = {
    frames,
    times: Array.from({ length: frames }, (_, frame) => frame / Math.max(1, frames - 1)),
    aspect: 1,
    warnings,
    layers: layers.map((given, index) => {
      const { layer = -1, slide = 0, mask = WHOLE, width = 2, height = 2 } = given;
      const { across = evenly(given.columns ?? 2), down = evenly(given.rows ?? 2) } = given;
      const { box = [0, 0, 1, 1], jumps = false, hash = `hash ${index} ${mask}`, leftOut = false } = given;
      const mesh = add(floats(meshOf(frames, across, down, slide)));
      return {
        layer,
        across,
        down,
        mesh,
        jumps,
        box,
        mask: { hash, width, height, offset: leftOut ? null : add(mask) },
      };
    }),
    flow: flow && { rows: flow.rows, columns: flow.columns, offset: add(floats(flow.data)) },
  };
  let text = JSON.stringify(header);
  while (text.length % 4) text += " ";
  const bytes = new Uint8Array(8 + text.length + payload.length);
  bytes.set(new TextEncoder().encode("FBF1"));
  new DataView(bytes.buffer).setUint32(4, text.length, true);
  bytes.set(new TextEncoder().encode(text), 8);
  bytes.set(payload, 8 + text.length);
  return bytes.buffer;
}
