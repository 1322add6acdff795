// @ts-check
/**
 * The mix of the two copies of a flow, as rendering/copy_blending.py makes it: each place changes from one to the other at its own
 * time, coarse structure over a wider zone than detail, and the contrast of the detail is restored.
 *
 * @typedef {import("./field_format.mjs").FieldLayer} FieldLayer
 * @typedef {import("./moving_picture.mjs").Frame} Frame
 */

const COARSE_SIDE = 213; // px, the short side of the picture at which coarse structure is kept; its blur is then 2.5 px wide

// What one copy looks like with a Gaussian blur, at a lower resolution.
export const COARSE = `#version 300 es
precision highp float;
uniform sampler2D stack;
uniform vec4 inside;
uniform float shrunk, deviation;
out vec4 colour;
void main() {
  vec2 middle = gl_FragCoord.xy * shrunk;
  vec4 sum = vec4(0);
  float total = 0.0;
  for (int y = -4; y <= 4; y += 1) {
    for (int x = -4; x <= 4; x += 1) {
      vec2 away = vec2(x, y) * 0.65;
      float weight = exp(-0.5 * dot(away, away));
      vec2 place = clamp(middle + away * deviation, inside.xy, inside.zw);
      sum += weight * textureLod(stack, place / vec2(textureSize(stack, 0)), 0.0);
      total += weight;
    }
  }
  colour = sum / total;
}`;

export const MIXED = `#version 300 es
precision highp float;
in vec2 at;
uniform sampler2D first, second, coarseFirst, coarseSecond, share;
uniform float passed, change, correlation, detailed, shrunk;
uniform vec2 deviation, limit;
out vec4 colour;
float weightAt(vec2 place) {
  float begins = texture(share, place).r * (1.0 - change);
  return detailed > 0.0 ? smoothstep(0.0, change, passed - begins) : passed;
}
float wideWeight() {
  float sum = 0.0, total = 0.0;
  for (int y = -3; y <= 3; y += 1) {
    for (int x = -3; x <= 3; x += 1) {
      vec2 away = vec2(x, y) * 0.75;
      float weight = exp(-0.5 * dot(away, away));
      sum += weight * weightAt(at + away * deviation);
      total += weight;
    }
  }
  return sum / total;
}
vec4 coarse(sampler2D blurred) {
  return textureLod(blurred, min(gl_FragCoord.xy / shrunk, limit) / vec2(textureSize(blurred, 0)), 0.0);
}
void main() {
  ivec2 pixel = ivec2(gl_FragCoord.xy);
  vec4 one = texelFetch(first, pixel, 0), other = texelFetch(second, pixel, 0);
  float weight = weightAt(at);
  colour = mix(one, other, weight);
  if (detailed == 0.0) return;
  vec4 below = coarse(coarseFirst), above = coarse(coarseSecond);
  float kept = sqrt(weight * weight + (1.0 - weight) * (1.0 - weight) + 2.0 * correlation * weight * (1.0 - weight));
  float inner = clamp((mix(below.a, above.a, weight) - 0.9) / 0.1, 0.0, 1.0);
  vec3 detail = mix(one.rgb - below.rgb, other.rgb - above.rgb, weight) * mix(1.0, 1.0 / kept, inner);
  colour.rgb = clamp(mix(below.rgb, above.rgb, wideWeight()) + detail, vec3(0), vec3(colour.a));
}`;

/**
 * Draws the mix of two copies over the stack.
 * @param {import("./player_gpu.mjs").Gpu} gpu
 * @param {{first: WebGLTexture, second: WebGLTexture, times: WebGLTexture | null}} drawn textures with the copies, and when each place changes
 * @param {number} passed the share of the round that has passed @param {FieldLayer} layer @param {Frame} frame
 */
export function mixCopies(gpu, { first, second, times }, passed, layer, frame) {
  const { gl } = gpu;
  const { mixing } = layer;
  const { width, height, left, top, scaleX, scaleY } = frame;
  const shrunk = Math.max(1, Math.min(scaleX, scaleY) / COARSE_SIDE);
  const view = /** @type {const} */ ([
    (2 * scaleX) / width,
    (-2 * scaleY) / height,
    (2 * left) / width - 1,
    1 - (2 * top) / height,
  ]);
  gl.disableVertexAttribArray(0);
  gl.disableVertexAttribArray(1);
  const [across, down] = [Math.ceil(width / shrunk), Math.ceil(height / shrunk)];
  const coarse = mixing ? [first, second].map((copy, index) => blurred(copy, index)) : [first, second];
  gpu.target("stack", width, height);
  gl.viewport(0, 0, width, height);
  const { program, places } = gpu.mixed;
  gl.useProgram(program);
  gl.uniform4f(places.view, ...view);
  for (const [unit, texture] of [times, null, first, second, ...coarse].entries()) {
    if (!texture) continue;
    gl.activeTexture(gl.TEXTURE1 + unit);
    gl.bindTexture(gl.TEXTURE_2D, texture);
  }
  gl.uniform1f(places.passed, passed);
  gl.uniform1f(places.detailed, mixing ? 1 : 0);
  gl.uniform1f(places.shrunk, shrunk);
  if (mixing) {
    // Two blurs one after the other are as wide as one that is the square root of 2 wider.
    const wide = Math.SQRT2 * mixing.level * Math.min(scaleX, scaleY);
    gl.uniform1f(places.change, mixing.change);
    gl.uniform1f(places.correlation, mixing.correlation);
    gl.uniform2f(places.limit, across - 0.5, down - 0.5);
    gl.uniform2f(places.deviation, wide / scaleX, wide / scaleY);
  }
  gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);

  /** @param {WebGLTexture} copy @param {number} index */
  function blurred(copy, index) {
    const texture = gpu.target(`coarse_${index}`, across, down);
    gl.viewport(0, 0, across, down);
    gl.clear(gl.COLOR_BUFFER_BIT);
    const { program, places } = gpu.coarse;
    gl.useProgram(program);
    gl.uniform4f(places.view, 2, -2, -1, 1); // all of the target
    gl.uniform1f(places.shrunk, shrunk);
    gl.uniform1f(places.deviation, layer.mixing ? layer.mixing.level * Math.min(scaleX, scaleY) : 0);
    const [x0, x1] = [Math.max(0, left), Math.min(width, left + scaleX)];
    const [y0, y1] = [Math.max(0, height - top - scaleY), Math.min(height, height - top)];
    gl.uniform4f(places.inside, x0 + 0.5, y0 + 0.5, x1 - 0.5, y1 - 0.5);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, copy);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
    return texture;
  }
}
