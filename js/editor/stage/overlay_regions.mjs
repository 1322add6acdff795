// @ts-check
// The painted regions on the stage: tints that let the picture show, and outlines crisp at any zoom.
import { drawOrder, layerColor } from "../document/layers.mjs";

/** @typedef {import("../document/session.mjs").Session} Session */
/** @typedef {import("./stage.mjs").Stage} Stage */

/** Rasters and outlines: loaded when something is painted, or is about to be. */
const rasters = async () => ({
  ...(await import("../geometry/raster.mjs")),
  ...(await import("../geometry/contour.mjs")),
});

const LONG_SIDE = 1024; // cells
const TILE = 64; // squares; an edit traces only the tiles that it touches
const TINT = 0.26;
const TINT_SELECTED = 0.42;
const HATCH = 14; // cells from stripe to stripe of a frozen region
const EVERYWHERE = [0, 0, Infinity, Infinity];

/**
 * @typedef {number[]} Box [left, top, right, bottom]
 * @typedef {object} Shown what is drawn of a layer
 * @property {any} region @property {any} mask @property {Uint8ClampedArray} coverage @property {string} look
 * @property {({path: Path2D, lines: number[][], points: number} | null | undefined)[]} tiles undefined: not traced yet; null: no outline there
 * @property {Box | null} box cells that may be covered @property {[number, number] | null | undefined} centre
 */

export class RegionOverlay {
  /** @type {Shown[]} */ #shown = [];
  /** @type {Box | null} */ #dirty = null;
  #aspect = 0; // of the raster
  #raster = /** @type {import("../geometry/raster.mjs").RegionRaster | null} */ (null);
  #columns = 1; // of tiles
  width = 1; // cells
  height = 1;
  points = 0; // of the outlines that are drawn
  /** The stroke under the pointer, which the document does not have yet. @type {{layer: number, stroke: any} | null} */
  live = null;

  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.session = stage.session;
    this.canvas = document.createElement("canvas");
    this.context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
  }

  /** The modules that draw regions, or null while they load. */
  load() {
    return this.stage.part(rasters);
  }

  /** Follows the document; returns the box of cells that look different, or null. */
  update() {
    const { session, live } = this;
    const { document, selection, masks } = session;
    if (session.aspect !== this.#aspect) this.#resize(session.aspect);
    const loaded = document.layers.length || live ? this.load() : null;
    const { width, height } = this;
    if (loaded) this.#raster ??= new loaded.RegionRaster(width, height, this.#aspect);
    const raster = this.#raster;
    if (!raster && document.layers.length) return null;
    const old = this.#shown;
    const known = new Map(old.map((shown) => [shown.region, shown]));
    this.#shown = document.layers.map((layer, index) => {
      let { region } = layer;
      const mask = masks[region.mask ?? -1] ?? null;
      const tint = index === selection.layer ? TINT_SELECTED : TINT;
      const look = layer.visible
        ? [layerColor(document, index), tint, layer.freeze, layer.order].join(" ")
        : "";
      if (live?.layer === index) region = { ...region, strokes: [...region.strokes, live.stroke] };
      const before = old[index];
      const kept = known.get(region);
      if (!kept || kept.mask !== mask) return this.#rasterised(raster, region, mask, look, before);
      if (kept === before && kept.look === look) return kept;
      for (const { box } of [kept, before ?? kept]) this.#mark(box);
      return { ...kept, look };
    });
    for (const gone of old.slice(this.#shown.length)) this.#mark(gone.box);
    const dirty = this.#dirty;
    if (dirty) this.#blend(dirty);
    this.#dirty = null;
    return dirty;
  }

  /** @param {any} raster @param {any} region @param {any} mask @param {string} look @param {Shown | undefined} before @returns {Shown} */
  #rasterised(raster, region, mask, look, before) {
    const { width, height } = this;
    const coverage = raster.update(region, mask);
    // A stroke that grows is drawn on in the same array.
    const changed =
      coverage === before?.coverage ? raster.changed : differs(coverage, before?.coverage, width, height);
    const tiles = before ? before.tiles.slice() : [];
    if (changed) this.#forget(tiles, changed);
    const box = joined(before?.box ?? null, changed);
    this.#mark(before && before.look !== look ? box : changed);
    return { region, mask, look, coverage, tiles, box, centre: undefined };
  }

  /** @param {number} aspect */
  #resize(aspect) {
    const width = (this.width = this.canvas.width = Math.max(1, Math.round(LONG_SIDE * Math.min(1, aspect))));
    const height =
      (this.height =
      this.canvas.height =
        Math.max(1, Math.round(LONG_SIDE * Math.min(1, 1 / aspect))));
    this.#columns = Math.ceil((width + 1) / TILE);
    this.#aspect = aspect;
    this.#raster = null;
    this.#shown = [];
    this.#dirty = [0, 0, width, height];
  }

  /** @param {Box | null} box */
  #mark(box) {
    this.#dirty = joined(this.#dirty, box);
  }

  /** Drops the traced tiles that a box of cells touches. @param {any[]} tiles @param {Box} box */
  #forget(tiles, box) {
    const [left, top, right, bottom] = box.map((cell) => Math.floor(cell / TILE));
    for (let j = top; j <= bottom; j++)
      for (let i = left; i <= right; i++) delete tiles[j * this.#columns + i];
  }

  /** Mixes the layers' tints inside a box of cells. @param {Box} box */
  #blend([left, top, right, bottom]) {
    const { width } = this;
    const columns = right - left;
    if (columns <= 0 || bottom <= top) return;
    const image = this.context.createImageData(columns, bottom - top);
    const out = image.data;
    for (const { coverage, look, box } of drawOrder(this.session.document).map(
      (index) => this.#shown[index],
    )) {
      if (!look || !box) continue;
      const [color, tint, freeze] = look.split(" ");
      const strength = Number(tint) / 255;
      const hatched = freeze === "true";
      const value = parseInt(color.slice(1), 16);
      const red = value >> 16;
      const green = (value >> 8) & 255;
      const blue = value & 255;
      const x0 = Math.max(left, box[0]);
      const x1 = Math.min(right, box[2]);
      for (let y = Math.max(top, box[1]); y < Math.min(bottom, box[3]); y++) {
        for (
          let x = x0, k = y * width + x0, o = 4 * ((y - top) * columns + x0 - left);
          x < x1;
          x++, k++, o += 4
        ) {
          if (coverage[k] === 0) continue;
          const alpha = coverage[k] * strength * (hatched && (x + y) % HATCH < HATCH / 2 ? 0.35 : 1);
          const sum = alpha + (out[o + 3] / 255) * (1 - alpha);
          const share = alpha / sum;
          out[o] += (red - out[o]) * share;
          out[o + 1] += (green - out[o + 1]) * share;
          out[o + 2] += (blue - out[o + 2]) * share;
          out[o + 3] = sum * 255;
        }
      }
    }
    this.context.putImageData(image, left, top);
  }

  /**
   * @param {CanvasRenderingContext2D} context in CSS px @param {Stage} stage @param {Box | null} clip CSS px
   * @param {number} strength 1, or less where the picture has moved on from under the regions, or 0
   */
  draw(context, stage, clip, strength) {
    const { view } = stage;
    const [a, d, e, f] = view.matrix;
    const { width, height } = this;
    const { document, selection } = this.session;
    context.save();
    if (clip) {
      context.beginPath();
      context.rect(clip[0], clip[1], clip[2] - clip[0], clip[3] - clip[1]);
      context.clip();
    }
    context.clearRect(0, 0, view.width, view.height);
    if (strength === 1 && stage.viewOf() === view) context.drawImage(this.canvas, e, f, a, d);
    const seen = (clip ?? [0, 0, view.width, view.height]).map((px, k) =>
      Math.floor(((k % 2 ? ((px - f) / d) * height : ((px - e) / a) * width) + 0.5) / TILE),
    );
    if (!clip) this.points = 0;
    const order = drawOrder(document).filter((index) => strength && this.#shown[index]?.look);
    order.sort((x, y) => Number(x === selection.layer) - Number(y === selection.layer));
    context.transform(a / width, 0, 0, d / height, e, f);
    context.lineJoin = "bevel"; // round joins take twice the time
    for (const index of order) {
      const own = index === selection.layer;
      const layer = document.layers[index];
      const pixel = width / a;
      const sight = stage.viewOf(layer);
      const paths = [];
      const [left, top, right, bottom] = sight.lines ? EVERYWHERE : seen;
      for (let j = Math.max(0, top); j <= Math.min(bottom, height / TILE); j++) {
        for (let i = Math.max(0, left); i <= Math.min(right, this.#columns - 1); i++) {
          const tile = this.#tile(this.#shown[index], i, j);
          if (!tile) continue;
          paths.push(sight.lines ? pathOf(sight.lines(tile.lines, width, height)) : tile.path);
          this.points += tile.points;
        }
      }
      context.setLineDash(layer.locked ? [5 * pixel, 5 * pixel] : []);
      for (const [style, size, alpha] of [
        own ? ["#fff", 4.5, 0.9] : ["#000", 3, 0.4],
        [layerColor(document, index), own ? 2 : 1.5, 1],
      ]) {
        context.strokeStyle = String(style);
        context.lineWidth = Number(size) * pixel;
        context.globalAlpha = Number(alpha) * strength;
        for (const path of paths) context.stroke(path);
      }
    }
    context.restore();
  }

  /** The outline in a tile. @param {Shown} shown @param {number} i @param {number} j */
  #tile({ tiles, coverage }, i, j) {
    const index = j * this.#columns + i;
    if (tiles[index] !== undefined) return tiles[index];
    const { width, height } = this;
    const left = i * TILE - 1;
    const top = j * TILE - 1;
    const lines = /** @type {typeof import("../geometry/contour.mjs")} */ (this.load()).traceContour(
      coverage,
      width,
      height,
      [left, top, Math.min(left + TILE, width), Math.min(top + TILE, height)],
    );
    const points = lines.reduce((sum, line) => sum + line.length / 2, 0);
    return (tiles[index] = points ? { path: pathOf(lines), lines, points } : null);
  }

  /** @param {number} layer @returns {Shown | undefined} */
  shown(layer) {
    return this.#shown[layer];
  }
}

/** @param {number[][]} lines [x0,y0,x1,y1,…] */
function pathOf(lines) {
  const path = new Path2D();
  for (const line of lines) {
    path.moveTo(line[0], line[1]);
    for (let k = 2; k < line.length; k += 2) path.lineTo(line[k], line[k + 1]);
  }
  return path;
}

/** The box of cells in which two coverages differ. @param {Uint8ClampedArray} a @param {Uint8ClampedArray | undefined} b
 * @param {number} width @param {number} height @returns {Box | null} */
function differs(a, b, width, height) {
  /** @type {Box | null} */ let box = null;
  for (let y = 0; y < height; y++) {
    const from = y * width;
    let left = 0;
    let right = width - 1;
    while (left < width && a[from + left] === (b ? b[from + left] : 0)) left++;
    if (left === width) continue;
    while (a[from + right] === (b ? b[from + right] : 0)) right--;
    box = joined(box, [left, y, right + 1, y + 1]);
  }
  return box;
}

/** The box around two boxes. @param {Box | null} a @param {Box | null} b */
function joined(a, b) {
  if (!a || !b) return a ?? b;
  return [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])];
}
