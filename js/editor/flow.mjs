// @ts-check
/** @typedef {import("./field_format.mjs").Field} Field */
/** @typedef {{toStage(point: number[]): number[]}} View */

const SPACING = 26; // CSS px between arrows
const WHEEL = 30; // CSS px, radius of the legend
let small = /** @type {HTMLCanvasElement | null} */ (null);

/**
 * The displacement since time 0 (at time 0: that of the whole clip) over the picture, as arrows or as colours: the hue
 * is the direction, the strength the length against the longest of the clip.
 * @param {CanvasRenderingContext2D} context in CSS pixels of the stage @param {Field | null} field
 * @param {number} time @param {View} view @param {string} kind "arrows" or "wheel"
 */
export function drawFlow(context, field, time, view, kind) {
  if (!field?.flow) return;
  const [left, top] = view.toStage([0, 0]);
  const [right, bottom] = view.toStage([1, 1]);
  context.save();
  if (kind === "arrows") drawArrows(context, field.flow, time || 1, left, top, right - left, bottom - top);
  if (kind === "wheel") drawWheel(context, field.flow, time || 1, left, top, right - left, bottom - top);
  context.restore();
}

/** @typedef {import("./field_format.mjs").Flow} Flow */

/**
 * One component of the displacement of a cell, in fractions of the picture.
 * @param {Flow} flow @param {number} time @param {number} cell @param {0 | 1} axis
 */
function displaced({ frames, rows, columns, data }, time, cell, axis) {
  const place = time * (frames - 1);
  const before = Math.floor(place);
  const at = (/** @type {number} */ frame) => data[2 * (Math.min(frame, frames - 1) * rows * columns + cell) + axis];
  return at(before) + (at(before + 1) - at(before)) * (place - before);
}

/**
 * @param {CanvasRenderingContext2D} context @param {Flow} flow @param {number} time
 * @param {number} left @param {number} top @param {number} width @param {number} height
 */
function drawArrows(context, flow, time, left, top, width, height) {
  const { rows, columns } = flow;
  const every = Math.max(1, Math.ceil(SPACING / Math.min(width / columns, height / rows)));
  const arrows = new Path2D();
  const dots = new Path2D();
  for (let row = every >> 1; row < rows; row += every) {
    for (let column = every >> 1; column < columns; column += every) {
      const cell = row * columns + column;
      const [x, y] = [left + ((column + 0.5) / columns) * width, top + ((row + 0.5) / rows) * height];
      const [dx, dy] = [displaced(flow, time, cell, 0) * width, displaced(flow, time, cell, 1) * height];
      const length = Math.hypot(dx, dy);
      if (length < 2) {
        dots.moveTo(x + 1, y);
        dots.arc(x, y, 1, 0, 7);
        continue;
      }
      const head = Math.min(6, length * 0.5) / length;
      const [hx, hy] = [dx * head, dy * head];
      arrows.moveTo(x, y);
      arrows.lineTo(x + dx, y + dy);
      arrows.moveTo(x + dx - hx - hy * 0.5, y + dy - hy + hx * 0.5);
      arrows.lineTo(x + dx, y + dy);
      arrows.lineTo(x + dx - hx + hy * 0.5, y + dy - hy - hx * 0.5);
    }
  }
  context.lineJoin = context.lineCap = "round";
  for (const [style, wide] of /** @type {[string, number][]} */ ([["rgba(0, 0, 0, 0.65)", 3.2], ["#ffe27a", 1.4]])) {
    context.strokeStyle = context.fillStyle = style;
    context.lineWidth = wide;
    context.stroke(arrows);
    context.fill(dots);
  }
}

/**
 * @param {CanvasRenderingContext2D} context @param {Flow} flow @param {number} time
 * @param {number} left @param {number} top @param {number} width @param {number} height
 */
function drawWheel(context, flow, time, left, top, width, height) {
  const { rows, columns, data } = flow;
  const aspect = width / height;
  let longest = 0.01;
  for (let at = 0; at < data.length; at += 2) longest = Math.max(longest, Math.hypot(data[at] * aspect, data[at + 1]));
  paint(columns, rows, (pixel, at) => {
    const [dx, dy] = [displaced(flow, time, at, 0) * aspect, displaced(flow, time, at, 1)];
    colour(pixel, dx, dy, longest, Math.min(1, (Math.hypot(dx, dy) / longest) * 4) * 0.8);
  });
  context.beginPath();
  context.rect(left, top, width, height);
  context.clip();
  context.drawImage(/** @type {HTMLCanvasElement} */ (small), left, top, width, height);
  const side = 2 * WHEEL;
  const [x, y] = [left + width - side - 8, top + height - side - 8];
  paint(side, side, (pixel, at) => {
    const [dx, dy] = [(at % side) + 0.5 - WHEEL, Math.floor(at / side) + 0.5 - WHEEL];
    colour(pixel, dx, dy, WHEEL, Math.min(1, Math.max(0, WHEEL - Math.hypot(dx, dy))));
  });
  context.drawImage(/** @type {HTMLCanvasElement} */ (small), x, y);
  context.font = "11px sans-serif";
  context.textAlign = "center";
  context.lineWidth = 3;
  context.strokeStyle = "rgba(0, 0, 0, 0.7)";
  context.fillStyle = "#fff";
  const said = `${Math.round(longest * 100)} % of height`;
  context.textAlign = "right";
  context.strokeText(said, x - 6, y + side - 6);
  context.fillText(said, x - 6, y + side - 6);
}

/** Fill the small canvas. @param {number} width @param {number} height @param {(pixel: Uint8ClampedArray, at: number) => void} each */
function paint(width, height, each) {
  small ??= document.createElement("canvas");
  [small.width, small.height] = [width, height];
  const context = /** @type {CanvasRenderingContext2D} */ (small.getContext("2d"));
  const image = context.createImageData(width, height);
  for (let at = 0; at < width * height; at += 1) each(image.data.subarray(4 * at, 4 * at + 4), at);
  context.putImageData(image, 0, 0);
}

/**
 * The usual colours of optical flow: right is red, down yellow, left cyan, up violet; white where it is still.
 * @param {Uint8ClampedArray} pixel @param {number} dx @param {number} dy @param {number} longest @param {number} alpha
 */
function colour(pixel, dx, dy, longest, alpha) {
  const hue = (Math.atan2(dy, dx) / (2 * Math.PI) + 1) * 6;
  const strength = Math.min(1, Math.hypot(dx, dy) / longest);
  for (let channel = 0; channel < 3; channel += 1) {
    const away = Math.abs(((hue + 6 - 2 * channel + 3) % 6) - 3); // 0 at the channel's own hue
    pixel[channel] = 255 * (1 - strength * (1 - Math.min(1, Math.max(0, 2 - away))));
  }
  pixel[3] = 255 * alpha;
}
