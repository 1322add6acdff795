// @ts-check
import { coveredCells } from "./field_format.mjs";

/** @typedef {import("./field_format.mjs").Field} Field */
/** @typedef {import("./field_format.mjs").FieldLayer} FieldLayer */
/** @typedef {import("./player.mjs").Frame} Frame */
/** @typedef {import("./player.mjs").Picture} Picture */
/** @typedef {{layer: FieldLayer, share: WebGLTexture, vertices: number, indices: number, count: number}} Drawn */

// A vertex of an even grid, between its places at two frames; `at` is where it was at time 0.
const MESH = `#version 300 es
layout(location = 0) in vec2 before;
layout(location = 1) in vec2 after;
uniform float mixed;
uniform ivec2 cells;
uniform vec4 view, part;
out vec2 at;
void main() {
  int across = cells.x + 1;
  at = mix(part.xy, part.zw, vec2(gl_VertexID % across, gl_VertexID / across) / vec2(cells));
  gl_Position = vec4(mix(before, after, mixed) * view.xy + view.zw, 0, 1);
}`;

// The layer's colours, premultiplied by its share; tinted and outlined where it is a ghost of the onion skin.
const LAYER = `#version 300 es
precision highp float;
in vec2 at;
uniform sampler2D picture, share;
uniform vec4 ghost;
const float sharper = -0.5;
out vec4 colour;
void main() {
  vec2 edge = min(at, 1.0 - at) / max(fwidth(at), 1e-6) + 0.5;
  float own = texture(share, at).r;
  float line = 1.0 - smoothstep(0.6, 1.6, abs(own - 0.5) / max(fwidth(own), 0.004));
  own *= clamp(min(edge.x, edge.y), 0.0, 1.0);
  vec3 seen = texture(picture, at, sharper).rgb;
  if (ghost.a > 0.0) {
    seen = mix(mix(seen, ghost.rgb, 0.3), ghost.rgb, line);
    own = max(own * ghost.a, line * 0.9);
  }
  colour = vec4(seen * own, own);
}`;

const QUAD = `#version 300 es
uniform vec4 view;
out vec2 at;
void main() {
  at = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  gl_Position = vec4(at * view.xy + view.zw, 0, 1);
}`;

const PLAIN = `#version 300 es
precision highp float;
in vec2 at;
uniform sampler2D picture;
const float sharper = -0.5;
out vec4 colour;
void main() { colour = vec4(texture(picture, at, sharper).rgb, 1); }`;

// The shares of a place add up to 1, so layers laid over each other leave 1 - prod(1 - share) > 0.65 of it covered.
const WHOLE = `#version 300 es
precision highp float;
in vec2 at;
uniform sampler2D stack, lent;
uniform vec2 origin;
uniform float stripe;
out vec4 colour;
vec3 surroundings() {
  vec4 sum = vec4(0);
  for (float level = 0.0; level < 9.0; level += 1.0) {
    vec4 seen = textureLod(lent, at * vec2(1, -1) + vec2(0, 1), level);
    float weight = (1.0 - sum.a) * clamp(seen.a * 2.0, 0.0, 1.0);
    sum += weight * vec4(seen.rgb / max(seen.a, 1e-3), 1);
  }
  return sum.rgb / max(sum.a, 1e-3);
}
void main() {
  vec2 pixel = gl_FragCoord.xy - origin;
  vec4 seen = texelFetch(stack, ivec2(pixel), 0);
  float known = clamp((seen.a - 0.25) / 0.38, 0.0, 1.0);
  vec3 rest = vec3(0);
  if (known < 1.0) {
    if (stripe > 0.0) {
      float wave = abs(fract((pixel.x - pixel.y) / stripe) - 0.5) * stripe;
      rest = mix(vec3(0.30), vec3(0.19), clamp(wave - stripe * 0.18 + 0.5, 0.0, 1.0));
    } else rest = surroundings();
  }
  colour = vec4(mix(rest, seen.rgb / max(seen.a, 1e-4), known), 1);
}`;

const LENT_SIDE = 256;
const GHOSTS = [[0, 0.25, 0.62, 1], [0.25, 0.2, 0.8, 0.75], [0.5, 0.55, 0.85, 0.35], [0.75, 1, 0.8, 0.2], [1, 1, 0.45, 0.2]];

/** The one WebGL context of the page: programs, targets, and the canvas that frames are drawn on. */
class Gpu {
  static #shared = /** @type {Gpu | null} */ (null);
  users = /** @type {Set<PainterWebGL>} */ (new Set());
  canvas = document.createElement("canvas");
  #targets = /** @type {Map<string, {frame: WebGLFramebuffer, texture: WebGLTexture, width: number, height: number}>} */ (
    new Map()
  );

  /** @returns {Gpu | null} null where there is no WebGL2 */
  static get() {
    try {
      return (Gpu.#shared ??= new Gpu());
    } catch {
      return null;
    }
  }

  constructor() {
    const options = { antialias: false, depth: false, stencil: false };
    const gl = this.canvas.getContext("webgl2", options);
    if (!gl || gl.isContextLost()) throw new Error("no WebGL2");
    this.gl = gl;
    this.largest = Math.min(gl.getParameter(gl.MAX_TEXTURE_SIZE), 8192);
    this.mesh = this.#program(MESH, LAYER);
    this.plain = this.#program(QUAD, PLAIN);
    this.whole = this.#program(QUAD, WHOLE);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE);
    this.canvas.addEventListener("webglcontextlost", this.#onLost);
  }

  /** The last painter takes the context with it. @param {PainterWebGL} painter */
  release(painter) {
    if (this.users.delete(painter) && !this.users.size) this.#end();
  }

  #onLost = () => {
    const users = [...this.users];
    this.users.clear();
    this.#end();
    for (const painter of users) painter.onLost();
  };

  #end() {
    if (Gpu.#shared === this) Gpu.#shared = null;
    this.canvas.removeEventListener("webglcontextlost", this.#onLost);
    this.gl.getExtension("WEBGL_lose_context")?.loseContext();
    this.canvas.width = this.canvas.height = 0;
  }

  /** A framebuffer of at least this size. @param {string} name @param {number} width @param {number} height */
  target(name, width, height) {
    const { gl } = this;
    let target = this.#targets.get(name);
    if (!target) {
      target = { frame: gl.createFramebuffer(), texture: gl.createTexture(), width: 0, height: 0 };
      this.#targets.set(name, target);
    }
    gl.bindFramebuffer(gl.FRAMEBUFFER, target.frame);
    if (target.width < width || target.height < height) {
      target.width = Math.max(target.width, width);
      target.height = Math.max(target.height, height);
      gl.activeTexture(gl.TEXTURE1); // the picture stays on the other unit
      gl.bindTexture(gl.TEXTURE_2D, target.texture);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, target.width, target.height, 0, gl.RGBA, gl.UNSIGNED_BYTE, null);
      smooth(gl, gl.LINEAR);
      gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, target.texture, 0);
    }
    return target;
  }

  /** @param {string} vertices @param {string} fragments */
  #program(vertices, fragments) {
    const { gl } = this;
    const program = gl.createProgram();
    for (const [kind, source] of /** @type {[number, string][]} */ ([
      [gl.VERTEX_SHADER, vertices], [gl.FRAGMENT_SHADER, fragments],
    ])) {
      const shader = /** @type {WebGLShader} */ (gl.createShader(kind));
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
      gl.deleteShader(shader);
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program) ?? "");
    /** @type {Record<string, WebGLUniformLocation>} */
    const places = {};
    for (let index = gl.getProgramParameter(program, gl.ACTIVE_UNIFORMS) - 1; index >= 0; index -= 1) {
      const { name } = /** @type {WebGLActiveInfo} */ (gl.getActiveUniform(program, index));
      places[name] = /** @type {WebGLUniformLocation} */ (gl.getUniformLocation(program, name));
    }
    gl.useProgram(program);
    for (const [unit, names] of [["picture", "stack"], ["share", "lent"]].entries()) {
      for (const name of names) if (places[name]) gl.uniform1i(places[name], unit);
    }
    return { program, places };
  }
}

/** Draws a player's frames in the shared context. */
export class PainterWebGL {
  #gpu;
  #gl;
  onLost;
  #picture = /** @type {WebGLTexture | null} */ (null);
  #pictureWidth = 1;
  #field = /** @type {Field | null} */ (null);
  #layers = /** @type {Drawn[]} */ ([]);
  #vertices;
  #indices;
  /** What is kept from field to field, by hash. */
  #shares = /** @type {Map<string, WebGLTexture>} */ (new Map());
  #cells = /** @type {Map<string, Uint16Array>} */ (new Map());

  /** @param {() => void} onLost @returns {PainterWebGL | null} null where there is no WebGL2 */
  static create(onLost) {
    const gpu = Gpu.get();
    return gpu && new PainterWebGL(gpu, onLost);
  }

  /** @param {Gpu} gpu @param {() => void} onLost */
  constructor(gpu, onLost) {
    this.#gpu = gpu;
    this.#gl = gpu.gl;
    this.onLost = onLost;
    gpu.users.add(this);
    this.#vertices = this.#gl.createBuffer();
    this.#indices = this.#gl.createBuffer();
  }

  dispose() {
    const gl = this.#gl;
    this.setField(null);
    gl.deleteTexture(this.#picture);
    gl.deleteBuffer(this.#vertices);
    gl.deleteBuffer(this.#indices);
    this.#gpu.release(this);
  }

  /** @param {Picture | null} picture */
  setPicture(picture) {
    const gl = this.#gl;
    gl.deleteTexture(this.#picture);
    this.#picture = null;
    if (!picture) return;
    this.#picture = gl.createTexture();
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.#picture);
    const source = /** @type {TexImageSource} */ (atMost(picture, this.#gpu.largest));
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE, source);
    gl.generateMipmap(gl.TEXTURE_2D);
    smooth(gl, gl.LINEAR_MIPMAP_LINEAR);
    this.#pictureWidth = Math.min(picture.width, this.#gpu.largest);
  }

  /** @param {Field | null} field */
  setField(field) {
    const gl = this.#gl;
    this.#field = field;
    const layers = field?.layers ?? [];
    const hashes = new Set(layers.map(({ mask }) => mask.hash));
    for (const [hash, texture] of this.#shares) {
      if (hashes.has(hash)) continue;
      gl.deleteTexture(texture);
      this.#shares.delete(hash);
    }
    const cells = /** @type {typeof this.#cells} */ (new Map());
    const faces = layers.map((layer) => {
      const name = `${layer.mask.hash} ${layer.rows} ${layer.columns}`;
      const found = this.#cells.get(name) ?? cells.get(name) ?? triangles(layer);
      cells.set(name, found);
      return found;
    });
    this.#cells = cells;
    const total = (/** @type {{length: number}[]} */ parts) => parts.reduce((sum, { length }) => sum + length, 0);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#vertices);
    gl.bufferData(gl.ARRAY_BUFFER, 4 * total(layers.map(({ mesh }) => mesh)), gl.DYNAMIC_DRAW);
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.#indices);
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, 2 * total(faces), gl.DYNAMIC_DRAW);
    let [vertices, indices] = [0, 0];
    this.#layers = layers.map((layer, index) => {
      const placed = { layer, share: this.#share(layer), vertices, indices, count: faces[index].length };
      gl.bufferSubData(gl.ARRAY_BUFFER, vertices, layer.mesh);
      gl.bufferSubData(gl.ELEMENT_ARRAY_BUFFER, indices, faces[index]);
      vertices += layer.mesh.byteLength;
      indices += faces[index].byteLength;
      return placed;
    });
  }

  /** @param {Frame} frame @returns {HTMLCanvasElement} has the frame in its upper left corner */
  draw(frame) {
    const { canvas, plain, whole } = this.#gpu;
    const gl = this.#gl;
    const { width, height } = frame;
    if (canvas.width < width || canvas.height < height) {
      canvas.width = Math.max(canvas.width, width);
      canvas.height = Math.max(canvas.height, height);
    }
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.#picture);
    // Large pixels are shown as such; mipmaps are costly, and change nothing where the picture is hardly made smaller.
    const scale = frame.scaleX / this.#pictureWidth;
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, scale >= 4 ? gl.NEAREST : gl.LINEAR);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, scale >= 0.7 ? gl.LINEAR : gl.LINEAR_MIPMAP_LINEAR);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#vertices);
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.#indices);
    gl.clearColor(0, 0, 0, 0);

    const moved = frame.time > 0 && this.#layers.some(({ layer }) => layer.moves);
    const lent = moved && !frame.stripe ? this.#drawLent(frame) : null;
    const stack = moved ? this.#drawStack(frame) : null;
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.viewport(0, canvas.height - height, width, height);
    gl.clear(gl.COLOR_BUFFER_BIT);
    const { program, places } = stack ? whole : plain;
    gl.useProgram(program);
    gl.disableVertexAttribArray(0);
    gl.disableVertexAttribArray(1);
    this.#setView(places.view, frame);
    if (stack) {
      gl.activeTexture(gl.TEXTURE1);
      gl.bindTexture(gl.TEXTURE_2D, lent);
      gl.activeTexture(gl.TEXTURE0);
      gl.bindTexture(gl.TEXTURE_2D, stack);
      gl.uniform2f(places.origin, 0, canvas.height - height);
      gl.uniform1f(places.stripe, frame.stripe);
    }
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
    if (frame.onion) this.#drawGhosts(frame);
    return canvas;
  }

  /** All layers, back to front. @param {Frame} frame */
  #drawStack(frame) {
    const gl = this.#gl;
    const { program, places } = this.#gpu.mesh;
    const { texture } = this.#gpu.target("stack", frame.width, frame.height);
    gl.viewport(0, 0, frame.width, frame.height);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.useProgram(program);
    gl.uniform4f(places.ghost, 0, 0, 0, 0);
    this.#setView(places.view, frame);
    for (const drawn of this.#layers) this.#drawLayer(drawn, frame.time);
    return texture;
  }

  /** What lends its colours to holes, small and with mipmaps, for the whole picture. @param {Frame} frame */
  #drawLent(frame) {
    const gl = this.#gl;
    const { program, places } = this.#gpu.mesh;
    const { texture } = this.#gpu.target("lent", LENT_SIDE, LENT_SIDE);
    gl.viewport(0, 0, LENT_SIDE, LENT_SIDE);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.useProgram(program);
    gl.uniform4f(places.ghost, 0, 0, 0, 0);
    gl.uniform4f(places.view, 2, -2, -1, 1);
    for (const drawn of this.#layers) if (drawn.layer.lends) this.#drawLayer(drawn, frame.time);
    gl.activeTexture(gl.TEXTURE1);
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.generateMipmap(gl.TEXTURE_2D);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR_MIPMAP_NEAREST);
    return texture;
  }

  /** Painted layers that move, as they are at a few times. @param {Frame} frame */
  #drawGhosts(frame) {
    const gl = this.#gl;
    const { program, places } = this.#gpu.mesh;
    gl.useProgram(program);
    gl.bindTexture(gl.TEXTURE_2D, this.#picture);
    this.#setView(places.view, frame);
    for (const [time, red, green, blue] of GHOSTS) {
      if (Math.abs(time - frame.time) < 0.02) continue;
      gl.uniform4f(places.ghost, red, green, blue, 0.35);
      for (const drawn of this.#layers) {
        if (drawn.layer.layer >= 0 && drawn.layer.moves) this.#drawLayer(drawn, time);
      }
    }
  }

  /** @param {Drawn} drawn @param {number} time */
  #drawLayer({ layer, share, vertices, indices, count }, time) {
    const gl = this.#gl;
    gl.enableVertexAttribArray(0);
    gl.enableVertexAttribArray(1);
    const { places } = this.#gpu.mesh;
    const place = time * (layer.frames - 1);
    const before = Math.floor(layer.jumps ? place + 0.5 : place);
    const after = Math.min(before + 1, layer.frames - 1);
    const size = layer.mesh.byteLength / layer.frames;
    gl.uniform1f(places.mixed, layer.jumps ? 0 : place - before);
    gl.uniform2i(places.cells, layer.columns, layer.rows);
    gl.uniform4fv(places.part, layer.part);
    gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 0, vertices + before * size);
    gl.vertexAttribPointer(1, 2, gl.FLOAT, false, 0, vertices + after * size);
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

  /** The texture of a layer's share. @param {FieldLayer} layer */
  #share({ mask: { hash, width, height, data } }) {
    const gl = this.#gl;
    let texture = this.#shares.get(hash);
    if (texture) return texture;
    texture = gl.createTexture();
    this.#shares.set(hash, texture);
    gl.activeTexture(gl.TEXTURE1);
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.R8, width, height, 0, gl.RED, gl.UNSIGNED_BYTE, data);
    smooth(gl, gl.LINEAR);
    return texture;
  }
}

/** @param {WebGL2RenderingContext} gl @param {number} minified how the bound texture is sampled when it is shown smaller */
function smooth(gl, minified) {
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, minified);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.LINEAR);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
}

/** The picture, or a smaller copy whose sides are at most `largest`. @param {Picture} picture @param {number} largest */
export function atMost({ image, width, height }, largest) {
  const scale = largest / Math.max(width, height);
  if (scale >= 1) return image;
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.imageSmoothingQuality = "high";
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/** Two triangles for each cell that the layer covers. @param {FieldLayer} layer */
function triangles(layer) {
  const across = layer.columns + 1;
  const cells = coveredCells(layer);
  const indices = new Uint16Array(6 * cells.length);
  cells.forEach((cell, index) => {
    const corner = Math.floor(cell / layer.columns) * across + (cell % layer.columns);
    indices.set([corner, corner + 1, corner + across, corner + 1, corner + across + 1, corner + across], 6 * index);
  });
  return indices;
}
