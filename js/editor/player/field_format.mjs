// @ts-check
/**
 * The answer of the field route: "FBF1", the header's length (uint32, little endian), its JSON, then the payload.
 *
 * @typedef {{hash: string, width: number, height: number, data: Uint8Array}} Share the part a layer owns, 0..255
 * @typedef {{layer: number, rows: number, columns: number, across: number[], down: number[], mesh: Float32Array, jumps: boolean,
 *   mask: Share, box: number[], frames: number, moves: boolean, lends: boolean, overlay: ImageBitmap | null,
 *   opacity?: number[], copy?: number, mixing?: Mixing, whole: FieldLayer}} FieldLayer
 *   mesh [frames, rows + 1, columns + 1, 2] of a grid whose columns are at `across` and whose rows are at `down`; `moves`: whether it moves at any time; `lends`: whether its colours fill the holes of other layers; `overlay`: colours that it has beside the picture's; `opacity`: weight by frame of one of two copies of a layer that are cross-faded, `copy` says of which; `mixing`: how the weights of a flow vary over the frame; `whole`: the layer as it was sent
 * @typedef {{times: Share, change: number, level: number, correlation: number}} Mixing see rendering/copy_blending.py
 * @typedef {{rows: number, columns: number, frames: number, data: Float32Array}} Flow [frames, rows, columns, 2]
 * @typedef {{frames: number, times: number[], aspect: number, layers: FieldLayer[], flow: Flow | null,
 *   warnings: string[], outlines: {layer: number, mask: Share}[], snapped: Map<import("../types").Region, Share>}} Field
 *   outlines: what the layers cover that snapped to an object; snapped: the same by region, for the document that was sent
 */

const NOTICEABLE = 5e-4; // a share of the picture's size; smaller motion counts as none
const AFFINE = 2; // a mesh of at most so many rows and columns is one affine map
const CLOSE = 4; // rows and columns of the mesh that replaces it, over the covered part

/**
 * The header of an answer, and what reads its payload.
 * @param {ArrayBuffer} buffer
 * @param {Map<string, Share>} known masks by hash: the ones that the route left out are here, new ones are added
 */
export function readAnswer(buffer, known) {
  const all = new Uint8Array(buffer);
  if (all.length < 8 || String.fromCharCode(...all.subarray(0, 4)) !== "FBF1") {
    throw new Error("The answer is not a motion field.");
  }
  const start = 8 + new DataView(buffer).getUint32(4, true);
  /** @param {number} offset @param {number} size */
  const from = (offset, size) => {
    if (start + offset + size > all.length) throw new Error("The motion field is cut off.");
    return start + offset;
  };
  from(0, 0);
  const header = JSON.parse(new TextDecoder().decode(all.subarray(8, start)));
  /** A copy, so that it does not keep the whole answer in memory. @param {number} offset @param {number} size */
  const bytes = (offset, size) => all.slice(from(offset, size), from(offset, size) + size);
  /** @param {number} offset @param {number} count */
  const floats = (offset, count) => new Float32Array(buffer, from(offset, 4 * count), count);
  /** @param {{hash: string, width: number, height: number, offset: number | null}} given @returns {Share} */
  const maskOf = ({ hash, width, height, offset }) => {
    if (offset !== null) known.set(hash, { hash, width, height, data: bytes(offset, width * height) });
    const mask = known.get(hash);
    if (!mask) throw new Error("The motion field names a mask that was never sent.");
    return mask;
  };
  return { header, bytes, floats, maskOf };
}

/**
 * @param {ArrayBuffer} buffer
 * @param {Map<string, Share>} [known] masks by hash: the ones that the route left out are here, new ones are added
 * @returns {Field}
 */
export function decodeField(buffer, known = new Map()) {
  const { header, floats, maskOf } = readAnswer(buffer, known);
  const { frames, times, aspect, flow, warnings } = header;
  const layers = header.layers.map((/** @type {any} */ given) => {
    const [rows, columns] = [given.down.length - 1, given.across.length - 1];
    const mask = maskOf(given.mask);
    const mesh = floats(given.mesh, frames * (rows + 1) * (columns + 1) * 2);
    const mixing = given.mixing && { ...given.mixing, times: maskOf(given.mixing.times) };
    return {
      ...given,
      rows,
      columns,
      mixing,
      frames,
      mask,
      mesh,
      moves: isMoving(mesh, frames),
      overlay: null,
    };
  });
  const rest = layers.find((/** @type {FieldLayer} */ layer) => layer.layer < 0);
  for (const layer of layers) layer.lends = !rest || goAlike(layer, rest);
  return {
    frames,
    times,
    aspect,
    layers: layers.map((/** @type {FieldLayer} */ layer) => closeTo({ ...layer, whole: layer })),
    flow: flow && { ...flow, frames, data: floats(flow.offset, frames * flow.rows * flow.columns * 2) },
    warnings: warnings ?? [],
    outlines: (header.outlines ?? []).map((/** @type {any} */ given) => ({
      ...given,
      mask: maskOf(given.mask),
    })),
    snapped: new Map(),
  };
}

/** The weight of a copy of a layer at a time; 1 for a layer without copies. @param {FieldLayer} layer @param {number} time */
export const opacityAt = ({ opacity, frames }, time) =>
  opacity ? opacity[Math.floor(time * (frames - 1) + 0.5)] : 1;

/**
 * What is drawn, in groups: both copies of a layer that is cross-faded, with everything that belongs to them, or one layer.
 * @template {{layer: FieldLayer}} T @param {T[]} drawn @returns {T[][]}
 */
export function grouped(drawn) {
  const groups = /** @type {T[][]} */ ([]);
  for (const each of drawn) {
    const last = groups.at(-1);
    const { layer, copy } = each.layer;
    if (last && copy !== undefined && last[0].layer.copy !== undefined && last[0].layer.layer === layer)
      last.push(each);
    else groups.push([each]);
  }
  return groups;
}

/** Whether any frame differs from the first. @param {Float32Array} mesh @param {number} frames */
function isMoving(mesh, frames) {
  const one = mesh.length / frames;
  return mesh.some((value, at) => Math.abs(value - mesh[at % one]) > NOTICEABLE);
}

/** The indices of three corners' x in a frame. @param {FieldLayer} layer @param {number} frame */
function corners({ rows, columns }, frame) {
  const first = 2 * frame * (rows + 1) * (columns + 1);
  return [first, first + 2 * columns, first + 2 * rows * (columns + 1)];
}

/** Whether the corners of two layers move alike. @param {FieldLayer} a @param {FieldLayer} b */
function goAlike(a, b) {
  for (let frame = 0; frame < a.frames; frame += 1) {
    const others = corners(b, frame);
    for (const [index, i] of corners(a, frame).entries()) {
      const j = others[index];
      if (Math.abs(a.mesh[i] - b.mesh[j]) + Math.abs(a.mesh[i + 1] - b.mesh[j + 1]) > NOTICEABLE)
        return false;
    }
  }
  return true;
}

/** A layer with an affine mesh gets a mesh over only the covered part, so that painters skip the rest.
 * @param {FieldLayer} layer @returns {FieldLayer} */
export function closeTo(layer) {
  const { rows, columns, frames, mesh, box, mask } = layer;
  if (rows > AFFINE || columns > AFFINE) return layer;
  // Smooth sampling of the mask reaches half a texel farther.
  const [left, top, right, bottom] = box.map((edge, index) => {
    const texel = 1 / (index % 2 ? mask.height : mask.width);
    return Math.min(1, Math.max(0, edge + (index < 2 ? -texel : texel)));
  });
  /** @param {number} low @param {number} high */
  const evenly = (low, high) =>
    Array.from({ length: CLOSE + 1 }, (_, index) => low + (index / CLOSE) * (high - low));
  const [across, down] = [evenly(left, right), evenly(top, bottom)];
  const close = new Float32Array(frames * (CLOSE + 1) ** 2 * 2);
  for (let frame = 0, at = 0; frame < frames; frame += 1) {
    const [origin, right, lower] = corners(layer, frame);
    for (const y of down) {
      for (const x of across) {
        for (let axis = 0; axis < 2; axis += 1, at += 1) {
          const zero = mesh[origin + axis];
          close[at] = zero + x * (mesh[right + axis] - zero) + y * (mesh[lower + axis] - zero);
        }
      }
    }
  }
  return { ...layer, rows: CLOSE, columns: CLOSE, across, down, mesh: close };
}

/** Which cells of a mesh its mask touches, each as row * columns + column. @param {FieldLayer} layer */
export function coveredCells({ rows, columns, across, down, mask, box }) {
  const touched = new Uint8Array(rows * columns);
  const { width, height, data } = mask;
  /** The first and the last cell of each texel with half a texel around it. @param {number[]} lines @param {number} size */
  const cellsOf = (lines, size) => {
    const last = lines.length - 2;
    let [low, high] = [0, 0];
    return Array.from({ length: size }, (_, at) => {
      while (low < last && lines[low + 1] <= (at - 0.5) / size) low += 1;
      while (high < last && lines[high + 1] <= (at + 1.5) / size) high += 1;
      return [low, high];
    });
  };
  const [ofColumn, ofRow] = [cellsOf(across, width), cellsOf(down, height)];
  const [left, right] = [Math.floor(box[0] * width), Math.min(width, Math.ceil(box[2] * width))];
  for (let y = Math.floor(box[1] * height); y < Math.min(height, Math.ceil(box[3] * height)); y += 1) {
    const [top, bottom] = ofRow[y];
    for (let x = left; x < right; x += 1) {
      if (!data[y * width + x]) continue;
      const [first, last] = ofColumn[x];
      for (let row = top; row <= bottom; row += 1)
        touched.fill(1, row * columns + first, row * columns + last + 1);
    }
  }
  return [...touched.keys()].filter((cell) => touched[cell]);
}

/** Tells apart the meshes of a share, for what is kept of them. @param {FieldLayer} layer */
export const meshName = ({ mask, across, down }) => `${mask.hash} ${across} ${down}`;
