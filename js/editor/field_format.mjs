// @ts-check
/**
 * The answer of the field route: "FBF1", the header's length (uint32, little endian), its JSON, then the payload.
 *
 * @typedef {{hash: string, width: number, height: number, data: Uint8Array}} Share the part a layer owns, 0..255
 * @typedef {{layer: number, rows: number, columns: number, mesh: Float32Array, jumps: boolean, mask: Share,
 *   box: number[], frames: number, moves: boolean, lends: boolean}} FieldLayer
 *   mesh [frames, rows + 1, columns + 1, 2]; `moves` at any time; `lends` its colours to the holes of others
 * @typedef {{rows: number, columns: number, frames: number, data: Float32Array}} Flow [frames, rows, columns, 2]
 * @typedef {{frames: number, times: number[], aspect: number, layers: FieldLayer[], flow: Flow | null,
 *   warnings: string[]}} Field
 */

const NOTICEABLE = 5e-4; // of the picture's size

/**
 * @param {ArrayBuffer} buffer
 * @param {Map<string, Share>} [known] masks by hash: the ones that the route left out are here, new ones are added
 * @returns {Field}
 */
export function decodeField(buffer, known = new Map()) {
  const bytes = new Uint8Array(buffer);
  if (bytes.length < 8 || String.fromCharCode(...bytes.subarray(0, 4)) !== "FBF1") {
    throw new Error("The answer is not a motion field.");
  }
  const start = 8 + new DataView(buffer).getUint32(4, true);
  if (start > bytes.length) throw new Error("The motion field is cut off.");
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, start)));
  const frames = header.frames;

  /** @param {number} offset @param {number} count */
  const floats = (offset, count) => {
    if (start + offset + 4 * count > bytes.length) throw new Error("The motion field is cut off.");
    return new Float32Array(buffer, start + offset, count);
  };
  /** @param {any} mask @returns {Share} */
  const share = (mask) => {
    const { hash, width, height, offset } = mask;
    if (offset !== null) {
      if (start + offset + width * height > bytes.length) throw new Error("The motion field is cut off.");
      // A copy, so that a mask kept for later does not keep the whole answer.
      known.set(hash, { hash, width, height, data: bytes.slice(start + offset, start + offset + width * height) });
    }
    const found = known.get(hash);
    if (!found) throw new Error("The motion field names a mask that was never sent.");
    return found;
  };

  const layers = header.layers.map((/** @type {any} */ given) => {
    const { layer, rows, columns, jumps, box } = given;
    const mesh = floats(given.mesh, frames * (rows + 1) * (columns + 1) * 2);
    const mask = share(given.mask);
    return { layer, rows, columns, jumps, box, mesh, mask, frames, moves: moves(mesh, frames), lends: false };
  });
  const rest = layers.find((/** @type {FieldLayer} */ layer) => layer.layer < 0);
  for (const layer of layers) layer.lends = rest ? goAlike(layer, rest) : true;
  const flow = header.flow && {
    rows: header.flow.rows,
    columns: header.flow.columns,
    frames,
    data: floats(header.flow.offset, frames * header.flow.rows * header.flow.columns * 2),
  };
  return { frames, times: header.times, aspect: header.aspect, layers, flow, warnings: header.warnings ?? [] };
}

/** Whether any frame differs from the first. @param {Float32Array} mesh @param {number} frames */
function moves(mesh, frames) {
  const one = mesh.length / frames;
  for (let at = one; at < mesh.length; at += 1) {
    if (Math.abs(mesh[at] - mesh[at % one]) > NOTICEABLE) return true;
  }
  return false;
}

/** Whether the corners of two layers are at the same places in every frame. @param {FieldLayer} a @param {FieldLayer} b */
function goAlike(a, b) {
  for (let frame = 0; frame < a.frames; frame += 1) {
    for (let corner = 0; corner < 4; corner += 1) {
      const [i, j] = [cornerOf(a, frame, corner), cornerOf(b, frame, corner)];
      if (Math.abs(a.mesh[i] - b.mesh[j]) + Math.abs(a.mesh[i + 1] - b.mesh[j + 1]) > NOTICEABLE) return false;
    }
  }
  return true;
}

/** Index of a corner's x. @param {FieldLayer} layer @param {number} frame @param {number} corner */
function cornerOf({ rows, columns }, frame, corner) {
  const [row, column] = [corner >> 1 ? rows : 0, corner & 1 ? columns : 0];
  return 2 * ((frame * (rows + 1) + row) * (columns + 1) + column);
}

/**
 * Which cells of a mesh its mask touches, as [row * columns + column, …]; bilinear sampling reaches half a texel on.
 * @param {FieldLayer} layer
 */
export function coveredCells({ rows, columns, mask }) {
  const touched = new Uint8Array(rows * columns);
  const { width, height, data } = mask;
  for (let y = 0; y < height; y += 1) {
    const top = Math.max(0, Math.floor(((y - 0.5) / height) * rows));
    const bottom = Math.min(rows - 1, Math.floor(((y + 1.5) / height) * rows));
    for (let x = 0; x < width; x += 1) {
      if (!data[y * width + x]) continue;
      const left = Math.max(0, Math.floor(((x - 0.5) / width) * columns));
      const right = Math.min(columns - 1, Math.floor(((x + 1.5) / width) * columns));
      touched[top * columns + left] = touched[top * columns + right] = 1;
      touched[bottom * columns + left] = touched[bottom * columns + right] = 1;
    }
  }
  /** @type {number[]} */
  const cells = [];
  touched.forEach((is, cell) => is && cells.push(cell));
  return cells;
}
