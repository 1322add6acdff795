// @ts-check
import { COARSE, MIXED } from "./player_copies.mjs";

/** @typedef {{program: WebGLProgram, places: Record<string, WebGLUniformLocation>}} Program */

// A vertex between its places at two frames; `place` is where it was at time 0.
const MESH = `#version 300 es
layout(location = 0) in vec2 place;
layout(location = 1) in vec2 before;
layout(location = 2) in vec2 after;
uniform float mixed;
uniform vec4 view;
out vec2 at;
void main() {
  at = place;
  gl_Position = vec4(mix(before, after, mixed) * view.xy + view.zw, 0, 1);
}`;

// The layer's colours, premultiplied by its share; tinted and outlined where it is a ghost of the onion skin.
const LAYER = `#version 300 es
precision highp float;
in vec2 at;
uniform sampler2D picture, share, overlay;
uniform vec4 ghost;
uniform float opacity;
out vec4 colour;
void main() {
  vec2 edge = min(at, 1.0 - at) / max(fwidth(at), 1e-6) + 0.5;
  float own = texture(share, at).r;
  float line = 1.0 - smoothstep(0.7, 1.8, abs(own - 0.5) / max(fwidth(own), 0.004));
  own *= clamp(min(edge.x, edge.y), 0.0, 1.0);
  vec3 seen = texture(picture, at, -0.5).rgb;
  vec4 over = texture(overlay, at);
  seen = mix(seen, over.rgb, over.a);
  if (ghost.a > 0.0) {
    seen = mix(mix(seen, ghost.rgb, 0.3), ghost.rgb, line);
    own = max(own * ghost.a, line * 0.9);
  }
  own *= opacity;
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
out vec4 colour;
void main() { colour = vec4(texture(picture, at, -0.5).rgb, 1); }`;

// Shares that add up to 1 leave 1 - prod(1 - share) > 0.63 of a place covered when they are laid over each other.
const WHOLE = `#version 300 es
precision highp float;
in vec2 at;
uniform sampler2D stack, lent;
uniform vec2 origin;
uniform float stripe;
out vec4 colour;
vec3 hatch(vec2 pixel) {
  float wave = abs(fract((pixel.x - pixel.y) / stripe) - 0.5) * stripe;
  return mix(vec3(0.30), vec3(0.19), clamp(wave - stripe * 0.18 + 0.5, 0.0, 1.0));
}
vec3 surroundings() {
  vec4 sum = vec4(0);
  for (float level = 0.0; level < 9.0; level += 1.0) {
    vec4 seen = textureLod(lent, vec2(at.x, 1.0 - at.y), level);
    float weight = (1.0 - sum.a) * clamp(seen.a * 2.0, 0.0, 1.0);
    sum += weight * vec4(seen.rgb / max(seen.a, 1e-3), 1);
  }
  return sum.rgb / max(sum.a, 1e-3);
}
void main() {
  vec2 pixel = gl_FragCoord.xy - origin;
  vec4 seen = texelFetch(stack, ivec2(pixel), 0);
  float known = clamp((seen.a - 0.25) / 0.38, 0.0, 1.0);
  vec3 rest = known == 1.0 ? vec3(0) : stripe > 0.0 ? hatch(pixel) : surroundings();
  colour = vec4(mix(rest, seen.rgb / max(seen.a, 1e-4), known), 1);
}`;

const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render/i;
const UNITS = {
  picture: 0,
  stack: 0,
  share: 1,
  lent: 1,
  overlay: 2,
  first: 3,
  second: 4,
  coarseFirst: 5,
  coarseSecond: 6,
};

/** The one WebGL context of the page, which exists as long as a painter uses it, with its programs and targets. */
export class Gpu {
  static #shared = /** @type {Gpu | null} */ (null);
  static #isSlow = false;
  canvas = document.createElement("canvas");
  #users = /** @type {Map<object, () => void>} */ (new Map());
  #mixers = /** @type {Record<string, Program>} */ ({});
  #targets =
    /** @type {Record<string, {frame: WebGLFramebuffer, texture: WebGLTexture, width: number, height: number}>} */ ({});

  /**
   * The shared context. Throws where there is no WebGL2, or one in software unless it is required.
   * @param {object} painter @param {() => void} onLost @param {boolean} must
   */
  static acquire(painter, onLost, must) {
    const gpu = (Gpu.#shared ??= new Gpu(must));
    gpu.#users.set(painter, onLost);
    return gpu;
  }

  /** @param {boolean} must */
  constructor(must) {
    const gl = /** @type {WebGL2RenderingContext | null} */ (
      !must && Gpu.#isSlow ? null : this.canvas.getContext("webgl2", { antialias: false, depth: false })
    );
    if (!gl || gl.isContextLost()) throw new Error("There is no WebGL2.");
    this.gl = gl;
    const named = gl.getExtension("WEBGL_debug_renderer_info")?.UNMASKED_RENDERER_WEBGL ?? gl.RENDERER;
    Gpu.#isSlow = SOFTWARE.test(gl.getParameter(named));
    if (Gpu.#isSlow && !must) {
      this.#end();
      throw new Error("WebGL2 runs in software.");
    }
    this.mesh = this.#program(MESH, LAYER);
    this.plain = this.#program(QUAD, PLAIN);
    this.whole = this.#program(QUAD, WHOLE);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE);
    this.canvas.addEventListener("webglcontextlost", this.#onLost);
  }

  /** The program that blurs a copy of a layer. */
  get coarse() {
    return (this.#mixers.coarse ??= this.#program(QUAD, COARSE));
  }

  /** The program that mixes both copies of a layer. */
  get mixed() {
    return (this.#mixers.mixed ??= this.#program(QUAD, MIXED));
  }

  /** Ends the use by a painter; the last one destroys the context. @param {object} painter */
  release(painter) {
    if (this.#users.delete(painter) && !this.#users.size) this.#end();
  }

  /** Binds a framebuffer of at least this size; returns its texture. @param {string} name @param {number} width @param {number} height */
  target(name, width, height) {
    const { gl } = this;
    const target = (this.#targets[name] ??= {
      frame: gl.createFramebuffer(),
      texture: gl.createTexture(),
      width: 0,
      height: 0,
    });
    gl.bindFramebuffer(gl.FRAMEBUFFER, target.frame);
    if (target.width < width || target.height < height) {
      target.width = Math.max(target.width, width);
      target.height = Math.max(target.height, height);
      gl.activeTexture(gl.TEXTURE1); // the picture stays on the other unit
      gl.bindTexture(gl.TEXTURE_2D, target.texture);
      gl.texImage2D(
        gl.TEXTURE_2D,
        0,
        gl.RGBA8,
        target.width,
        target.height,
        0,
        gl.RGBA,
        gl.UNSIGNED_BYTE,
        null,
      );
      this.sample(gl.LINEAR);
      gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, target.texture, 0);
    }
    return target.texture;
  }

  /** How the bound texture is sampled where it is shown smaller, and larger. @param {number} smaller @param {number} [larger] */
  sample(smaller, larger = this.gl.LINEAR) {
    const { gl } = this;
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, smaller);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, larger);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
  }

  #onLost = () => {
    const users = [...this.#users.values()];
    this.#users.clear();
    this.#end();
    for (const onLost of users) onLost();
  };

  #end() {
    if (Gpu.#shared === this) Gpu.#shared = null;
    this.canvas.removeEventListener("webglcontextlost", this.#onLost);
    this.gl.getExtension("WEBGL_lose_context")?.loseContext();
    this.canvas.width = this.canvas.height = 0;
  }

  /** @param {string} vertices @param {string} fragments @returns {Program} */
  #program(vertices, fragments) {
    const { gl } = this;
    const program = gl.createProgram();
    for (const [kind, source] of Object.entries({
      [gl.VERTEX_SHADER]: vertices,
      [gl.FRAGMENT_SHADER]: fragments,
    })) {
      const shader = /** @type {WebGLShader} */ (gl.createShader(Number(kind)));
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
      gl.deleteShader(shader);
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS))
      throw new Error(gl.getProgramInfoLog(program) ?? "");
    gl.useProgram(program);
    const places = /** @type {Program["places"]} */ ({});
    for (const [, name] of (vertices + fragments).matchAll(/(\w+)(?=[\w, ]*;)/g)) {
      const place = gl.getUniformLocation(program, name);
      if (place) places[name] = place;
    }
    for (const [name, unit] of Object.entries(UNITS)) gl.uniform1i(places[name] ?? null, unit);
    return { program, places };
  }
}
