// @ts-check
/** @typedef {import("./field_format.mjs").Flow} Flow */

const SPACING = 26; // CSS px between arrows
const WHEEL = 30; // CSS px, radius of the legend
const HALO = "rgba(0, 0, 0, 0.65)";
let small = /** @type {HTMLCanvasElement | null} */ (null);

/**
 * Draws the displacement since time 0 over the picture (at time 0, that of the whole clip), as arrows or as colours. The hue is the direction; the saturation is the length relative to the longest of the clip.
 * @param {CanvasRenderingContext2D} context in CSS pixels of the stage
 * @param {import("./field_format.mjs").Field | null} field @param {number} time
 * @param {{toStage(point: number[]): number[]}} view @param {string} kind "arrows" or "wheel"
 */
export function drawFlow(context, field, time, view, kind) {
  if (!field?.flow) return;
  const { frames, rows, columns, data } = field.flow;
  const [left, top] = view.toStage([0, 0]);
  const [right, bottom] = view.toStage([1, 1]);
  const place = (time || 1) * (frames - 1);
  const before = Math.floor(place);
  const [a, b] = [before, Math.min(before + 1, frames - 1)].map((frame) => frame * rows * columns);
  /** A cell's displacement in CSS px. @param {number} cell @returns {[number, number]} */
  const displaced = (cell) => {
    const [i, j] = [2 * (a + cell), 2 * (b + cell)];
    const mixed = (/** @type {number} */ axis) =>
      data[i + axis] + (data[j + axis] - data[i + axis]) * (place - before);
    return [mixed(0) * (right - left), mixed(1) * (bottom - top)];
  };
  context.save();
  const draw = kind === "wheel" ? drawWheel : drawArrows;
  draw(context, field.flow, displaced, left, top, right - left, bottom - top);
  context.restore();
}

/**
 * @typedef {(context: CanvasRenderingContext2D, flow: Flow, displaced: (cell: number) => [number, number], left: number,
 *   top: number, width: number, height: number) => void} Draw
 */

/** @type {Draw} */
function drawArrows(context, { rows, columns }, displaced, left, top, width, height) {
  const every = Math.max(1, Math.ceil(SPACING / Math.min(width / columns, height / rows)));
  const path = new Path2D();
  for (let row = every >> 1; row < rows; row += every) {
    for (let column = every >> 1; column < columns; column += every) {
      const [dx, dy] = displaced(row * columns + column);
      const [x, y] = [left + ((column + 0.5) / columns) * width, top + ((row + 0.5) / rows) * height];
      const length = Math.hypot(dx, dy);
      path.moveTo(x, y);
      path.lineTo(x + dx, y + dy + 0.01); // round ends make a dot of what is still
      if (length < 2) continue;
      const head = Math.min(6, length * 0.5) / length;
      path.moveTo(x + dx - (dx + dy * 0.5) * head, y + dy - (dy - dx * 0.5) * head);
      path.lineTo(x + dx, y + dy);
      path.lineTo(x + dx - (dx - dy * 0.5) * head, y + dy - (dy + dx * 0.5) * head);
    }
  }
  context.lineJoin = context.lineCap = "round";
  context.strokeStyle = HALO;
  context.lineWidth = 3.2;
  context.stroke(path);
  context.strokeStyle = "#ffe27a";
  context.lineWidth = 1.4;
  context.stroke(path);
}

/** @type {Draw} */
function drawWheel(context, { rows, columns, data }, displaced, left, top, width, height) {
  let longest = height / 100;
  for (let at = 0; at < data.length; at += 2)
    longest = Math.max(longest, Math.hypot(data[at] * width, data[at + 1] * height));
  const field = paint(columns, rows, (cell) => {
    const [dx, dy] = displaced(cell);
    return [dx / longest, dy / longest, 0.8 * Math.min(1, (4 * Math.hypot(dx, dy)) / longest)];
  });
  context.beginPath();
  context.rect(left, top, width, height);
  context.clip();
  context.drawImage(field, left, top, width, height);
  const side = 2 * WHEEL;
  const [x, y] = [left + width - side - 8, top + height - side - 8];
  const legend = paint(side, side, (at) => {
    const [dx, dy] = [(at % side) + 0.5 - WHEEL, Math.floor(at / side) + 0.5 - WHEEL];
    return [dx / WHEEL, dy / WHEEL, Math.min(1, Math.max(0, WHEEL - Math.hypot(dx, dy)))];
  });
  context.drawImage(legend, x, y);
  const longestSaid = `${Math.round((longest / height) * 100)} % of height`;
  context.font = "11px sans-serif";
  context.textAlign = "right";
  context.lineWidth = 3;
  context.strokeStyle = HALO;
  context.strokeText(longestSaid, x - 6, y + side - 6);
  context.fillStyle = "#fff";
  context.fillText(longestSaid, x - 6, y + side - 6);
}

/**
 * The usual colours of optical flow (right is red, down yellow-green, left cyan, up violet, white is still) on a canvas
 * that the next call takes again.
 * @param {number} width @param {number} height
 * @param {(at: number) => [number, number, number]} each [dx, dy, alpha] of a pixel, 1 the longest
 */
function paint(width, height, each) {
  small ??= document.createElement("canvas");
  [small.width, small.height] = [width, height];
  const context = /** @type {CanvasRenderingContext2D} */ (small.getContext("2d"));
  const image = context.createImageData(width, height);
  for (let at = 0; at < width * height; at += 1) {
    const [dx, dy, alpha] = each(at);
    const hue = (Math.atan2(dy, dx) / Math.PI) * 3 + 6;
    const strength = Math.min(1, Math.hypot(dx, dy));
    for (let channel = 0; channel < 3; channel += 1) {
      const away = Math.abs(((hue + 9 - 2 * channel) % 6) - 3); // 0 at the channel's own hue
      image.data[4 * at + channel] = 255 * (1 - strength * Math.min(1, Math.max(0, away - 1)));
    }
    image.data[4 * at + 3] = 255 * alpha;
  }
  context.putImageData(image, 0, 0);
  return small;
}
