// @ts-check
import { coveredCells, grouped, meshName, opacityAt } from "./field_format.mjs";
import { atMost } from "./player_canvas.mjs";
import { mixCopies } from "./player_copies.mjs";
import { Gpu } from "./player_gpu.mjs";

/** @typedef {import("./field_format.mjs").Field} Field */
/** @typedef {import("./field_format.mjs").FieldLayer} FieldLayer */
/** @typedef {import("./moving_picture.mjs").Frame} Frame */
/** @typedef {import("./player.mjs").Picture} Picture */
/** @typedef {{layer: FieldLayer, share: WebGLTexture, overlay: WebGLTexture, places: Float32Array, vertices: number, indices: number, count: number}} Drawn offsets in bytes */

const LENT_SIDE = 256;
const PIXELS_SHOW = 4; // from this scale on, the picture's pixels are shown as squares
const SMALLER = 0.7; // from this scale on, mipmaps would change nothing and are not made
const GHOST = 0.16;
const GHOSTS = [
  [0, 0.25, 0.62, 1],
  [0.25, 0.2, 0.8, 0.75],
  [0.5, 0.55, 0.85, 0.35],
  [0.75, 1, 0.8, 0.2],
  [1, 1, 0.45, 0.2],
];

/** Draws frames in the WebGL context that all players share. */
export class PainterWebGL {
  #gpu;
  #gl;
  #picture = /** @type {WebGLTexture | null} */ (null);
  #pictureWidth = 1;
  #layers = /** @type {Drawn[]} */ ([]);
  #vertices;
  #indices;
  // Textures and cells of shares, by hash; they are kept when the next field has the same share.
  #shares = /** @type {Map<string, WebGLTexture>} */ (new Map());
  #faces = /** @type {Map<string, Uint16Array>} */ (new Map());
  /** By the picture, or null for layers without one. */
  #overlays = /** @type {Map<ImageBitmap | null, WebGLTexture>} */ (new Map());

  /**
   * Throws where there is no WebGL2, or only a slow one.
   * @param {() => void} onLost is called when the context is lost; this painter is unusable then @param {boolean} must use WebGL even where it is slow
   */
  constructor(onLost, must) {
    this.#gpu = Gpu.acquire(this, onLost, must);
    this.#gl = this.#gpu.gl;
    this.#vertices = this.#gl.createBuffer();
    this.#indices = this.#gl.createBuffer();
  }

  dispose() {
    this.setField(null);
    this.setPicture(null);
    this.#gl.deleteBuffer(this.#vertices);
    this.#gl.deleteBuffer(this.#indices);
    this.#gpu.release(this);
  }

  /** @param {Picture | null} picture */
  setPicture(picture) {
    const gl = this.#gl;
    gl.deleteTexture(this.#picture);
    this.#picture = null;
    if (!picture) return;
    const largest = gl.getParameter(gl.MAX_TEXTURE_SIZE);
    this.#pictureWidth = picture.width * Math.min(1, largest / Math.max(picture.width, picture.height));
    this.#picture = gl.createTexture();
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.#picture);
    const source = /** @type {TexImageSource} */ (atMost(picture, largest));
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE, source);
    gl.generateMipmap(gl.TEXTURE_2D);
  }

  /** @param {Field | null} field */
  setField(field) {
    const gl = this.#gl;
    const layers = field?.layers ?? [];
    for (const [hash, texture] of this.#shares) {
      if (layers.some(({ mask, mixing }) => [mask.hash, mixing?.times.hash].includes(hash))) continue;
      gl.deleteTexture(texture);
      this.#shares.delete(hash);
    }
    for (const [overlay, texture] of this.#overlays) {
      if (layers.some((layer) => layer.overlay === overlay)) continue;
      gl.deleteTexture(texture);
      this.#overlays.delete(overlay);
    }
    const faces = layers.map((layer) => {
      const name = meshName(layer);
      return /** @type {const} */ ([name, this.#faces.get(name) ?? triangles(layer)]);
    });
    this.#faces = new Map(faces);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#vertices);
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.#indices);
    let [vertices, indices] = [0, 0];
    this.#layers = layers.map((layer, index) => {
      const [share, overlay] = [this.#share(layer.mask), this.#overlay(layer)];
      const [places, count] = [placesOf(layer), faces[index][1].length];
      const drawn = { layer, share, overlay, places, vertices, indices, count };
      vertices += places.byteLength + layer.mesh.byteLength;
      indices += 2 * drawn.count;
      return drawn;
    });
    gl.bufferData(gl.ARRAY_BUFFER, vertices, gl.DYNAMIC_DRAW);
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, indices, gl.DYNAMIC_DRAW);
    for (const [index, drawn] of this.#layers.entries()) {
      gl.bufferSubData(gl.ARRAY_BUFFER, drawn.vertices, drawn.places);
      gl.bufferSubData(gl.ARRAY_BUFFER, drawn.vertices + drawn.places.byteLength, drawn.layer.mesh);
      gl.bufferSubData(gl.ELEMENT_ARRAY_BUFFER, drawn.indices, faces[index][1]);
    }
  }

  /** @param {Frame} frame @returns {HTMLCanvasElement} has the frame in its upper left corner */
  draw(frame) {
    const gpu = this.#gpu;
    const gl = this.#gl;
    const { canvas } = gpu;
    const { width, height, stripe } = frame;
    if (canvas.width < width) canvas.width = width;
    if (canvas.height < height) canvas.height = height;
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.#picture);
    const scale = frame.scaleX / this.#pictureWidth;
    gpu.sample(
      scale < SMALLER ? gl.LINEAR_MIPMAP_LINEAR : gl.LINEAR,
      scale < PIXELS_SHOW ? gl.LINEAR : gl.NEAREST,
    );
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#vertices);
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.#indices);

    const moved = frame.time > 0 && this.#layers.some(({ layer }) => layer.moves);
    const lent = moved && !stripe ? this.#drawLent(frame) : null;
    const stack = moved ? this.#drawStack(frame) : null;
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.viewport(0, canvas.height - height, width, height);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.disableVertexAttribArray(0);
    gl.disableVertexAttribArray(1);
    const { program, places } = stack ? gpu.whole : gpu.plain;
    gl.useProgram(program);
    this.#setView(places.view, frame);
    if (stack) {
      gl.activeTexture(gl.TEXTURE1);
      gl.bindTexture(gl.TEXTURE_2D, lent);
      gl.activeTexture(gl.TEXTURE0);
      gl.bindTexture(gl.TEXTURE_2D, stack);
      gl.uniform2f(places.origin, 0, canvas.height - height);
      gl.uniform1f(places.stripe, stripe);
    }
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
    if (frame.onion) this.#drawGhosts(frame);
    return canvas;
  }

  /** All layers, back to front. @param {Frame} frame */
  #drawStack(frame) {
    const stack = this.#beginLayers("stack", frame.width, frame.height);
    this.#setView(this.#gpu.mesh.places.view, frame);
    for (const group of grouped(this.#layers)) this.#drawGroup(group, frame);
    return stack;
  }

  /** Draws a layer, or both copies of one. @param {Drawn[]} group @param {Frame} frame */
  #drawGroup(group, frame) {
    const gl = this.#gl;
    const { layer } = group[group.length - 1];
    const passed = layer.copy === undefined ? 0 : opacityAt(layer, frame.time);
    if (passed === 0 || passed === 1) {
      const shown = group.filter((drawn) => (drawn.layer.copy ?? 0) === passed);
      for (const drawn of shown) this.#drawLayer(drawn, frame.time, 1);
      return;
    }
    const [first, second] = [0, 1].map((copy) => {
      const texture = this.#beginLayers(`copy_${copy}`, frame.width, frame.height);
      for (const drawn of group) if (drawn.layer.copy === copy) this.#drawLayer(drawn, frame.time, 1);
      return texture;
    });
    const times = layer.mixing ? this.#share(layer.mixing.times) : null;
    mixCopies(this.#gpu, { first, second, times }, passed, layer, frame);
    gl.useProgram(this.#gpu.mesh.program);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.#picture);
  }

  /** Draws the layers whose colours fill holes, small and with mipmaps, for the whole picture. @param {Frame} frame */
  #drawLent({ time }) {
    const gl = this.#gl;
    const lent = this.#beginLayers("lent", LENT_SIDE, LENT_SIDE);
    gl.uniform4f(this.#gpu.mesh.places.view, 2, -2, -1, 1);
    for (const drawn of this.#layers) if (drawn.layer.lends) this.#drawLayer(drawn, time);
    gl.activeTexture(gl.TEXTURE1);
    gl.bindTexture(gl.TEXTURE_2D, lent);
    gl.generateMipmap(gl.TEXTURE_2D);
    this.#gpu.sample(gl.LINEAR_MIPMAP_NEAREST);
    return lent;
  }

  /** @param {string} target @param {number} width @param {number} height */
  #beginLayers(target, width, height) {
    const gl = this.#gl;
    const { program, places } = this.#gpu.mesh;
    const texture = this.#gpu.target(target, width, height);
    gl.viewport(0, 0, width, height);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.useProgram(program);
    gl.uniform4f(places.ghost, 0, 0, 0, 0);
    return texture;
  }

  /** Draws the moving layers at a few other times. @param {Frame} frame */
  #drawGhosts(frame) {
    const gl = this.#gl;
    const { program, places } = this.#gpu.mesh;
    gl.useProgram(program);
    gl.bindTexture(gl.TEXTURE_2D, this.#picture);
    this.#setView(places.view, frame);
    for (const [time, red, green, blue] of GHOSTS) {
      if (Math.abs(time - frame.time) < 0.02) continue;
      gl.uniform4f(places.ghost, red, green, blue, GHOST);
      for (const drawn of this.#layers) {
        if (drawn.layer.layer >= 0 && drawn.layer.moves) this.#drawLayer(drawn, time);
      }
    }
  }

  /** @param {Drawn} drawn @param {number} time @param {number} [opacity] */
  #drawLayer(drawn, time, opacity = opacityAt(drawn.layer, time)) {
    const { layer, share, overlay, vertices, indices, count } = drawn;
    const gl = this.#gl;
    const { places } = this.#gpu.mesh;
    const place = time * (layer.frames - 1);
    const before = Math.floor(layer.jumps ? place + 0.5 : place);
    const after = Math.min(before + 1, layer.frames - 1);
    const size = layer.mesh.byteLength / layer.frames;
    gl.uniform1f(places.opacity, opacity);
    gl.uniform1f(places.mixed, layer.jumps ? 0 : place - before);
    const first = vertices + size; // behind the places
    for (const [attribute, at] of [vertices, first + before * size, first + after * size].entries()) {
      gl.enableVertexAttribArray(attribute);
      gl.vertexAttribPointer(attribute, 2, gl.FLOAT, false, 0, at);
    }
    gl.activeTexture(gl.TEXTURE2);
    gl.bindTexture(gl.TEXTURE_2D, overlay);
    gl.activeTexture(gl.TEXTURE1);
    gl.bindTexture(gl.TEXTURE_2D, share);
    gl.activeTexture(gl.TEXTURE0);
    gl.drawElements(gl.TRIANGLES, count, gl.UNSIGNED_SHORT, indices);
  }

  /** From the picture to the viewport. @param {WebGLUniformLocation} place @param {Frame} frame */
  #setView(place, { width, height, left, top, scaleX, scaleY }) {
    const [x, y] = [2 / width, -2 / height];
    this.#gl.uniform4f(place, scaleX * x, scaleY * y, left * x - 1, top * y + 1);
  }

  /** The texture of a layer's overlay; a transparent pixel where it has none. @param {FieldLayer} layer */
  #overlay({ overlay }) {
    const gl = this.#gl;
    const found = this.#overlays.get(overlay);
    if (found) return found;
    const texture = gl.createTexture();
    this.#overlays.set(overlay, texture);
    gl.activeTexture(gl.TEXTURE2);
    gl.bindTexture(gl.TEXTURE_2D, texture);
    if (overlay) gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE, overlay);
    else gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, 1, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
    this.#gpu.sample(gl.LINEAR);
    gl.activeTexture(gl.TEXTURE1);
    return texture;
  }

  /** The texture of a layer's share, or of the times at which its copies change. @param {import("./field_format.mjs").Share} share */
  #share({ hash, width, height, data }) {
    const gl = this.#gl;
    const found = this.#shares.get(hash);
    if (found) return found;
    const texture = gl.createTexture();
    this.#shares.set(hash, texture);
    gl.activeTexture(gl.TEXTURE1);
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.R8, width, height, 0, gl.RED, gl.UNSIGNED_BYTE, data);
    this.#gpu.sample(gl.LINEAR);
    return texture;
  }
}

/** Where the vertices are at time 0. @param {FieldLayer} layer */
const placesOf = ({ across, down }) => Float32Array.from(down.flatMap((y) => across.flatMap((x) => [x, y])));

/** Two triangles for each cell that the layer covers. @param {FieldLayer} layer */
function triangles(layer) {
  const { columns } = layer;
  return Uint16Array.from(
    coveredCells(layer).flatMap((cell) => {
      const a = cell + Math.floor(cell / columns); // a row has one vertex more than cells
      const c = a + columns + 1;
      return [a, a + 1, c, a + 1, c + 1, c];
    }),
  );
}
