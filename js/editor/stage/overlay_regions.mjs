// @ts-check
// Draws the painted regions: tints through which the picture shows, and outlines that are crisp at any zoom.
import { drawOrder } from "../document/draw_order.mjs";
import { layerColor } from "../document/layers.mjs";
import { traceContour } from "../geometry/contour.mjs";
import { RegionRaster } from "../geometry/raster.mjs";
import { boxAroundBoth } from "../geometry/raster_shapes.mjs";

/** @import { Box, Cells, Layer, Mask, Region, Stroke } from "../types" */
/** @typedef {import("../document/session.mjs").Session} Session */
/** @typedef {import("./stage.mjs").Stage} Stage */
/** @typedef {import("../player/field_format.mjs").Share} Share */

const TILE = 64; // squares; an edit traces only the tiles that it touches
const TINT = 0.26;
const TINT_SELECTED = 0.42;
const HATCH = 14; // cells from stripe to stripe of a frozen region
const AS_IT_IS = { grow: 0, feather: 0, invert: false };
/** @type {Box} */
const EVERYWHERE = [0, 0, Infinity, Infinity];

/** @typedef {{path: Path2D, lines: number[][], points: number}} Outline the outline within a tile */
/** @typedef {{color: string, tint: number, freeze: boolean, order: number}} Look how a visible layer is tinted */
/**
 * @typedef {object} DrawnLayer what is drawn of a layer
 * @property {Region} region @property {Mask | null} mask @property {Cells} coverage
 * @property {Share | null} snapped where it comes from an object of the picture
 * @property {Look | null} look null where the layer is hidden
 * @property {(Outline | null | undefined)[]} tiles undefined where a tile is not traced yet, null without an outline
 * @property {Box | null} box the cells that may be covered
 * @property {[number, number] | null | undefined} centre undefined until it is computed, null where nothing is covered
 */

export class RegionOverlay {
  /** @type {DrawnLayer[]} */ #layers = [];
  /** @type {Box | null} */ #dirty = null;
  #raster = new RegionRaster(1, 1, 1);
  #columns = 1; // columns of tiles
  /** @type {typeof import("../geometry/mask_coverage.mjs").maskCoverage | undefined} */ #resample;
  #session;
  #gridSize;
  width = 1; // cells
  height = 1;
  points = 0; // the number of points of the drawn outlines

  /** @param {Session} session @param {(aspect: number) => [number, number]} gridSize cells */
  constructor(session, gridSize) {
    this.#session = session;
    this.#gridSize = gridSize;
    this.canvas = document.createElement("canvas");
    this.context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    this.#resize(session.aspect);
  }

  /**
   * Follows the document; returns the box of cells that look different, or null.
   * @param {{layer: number, stroke: Stroke} | null} live the stroke under the pointer
   * @param {Map<Region, Share> | null} [snapped] what regions cover that snapped to an object
   * @param {typeof import("../geometry/mask_coverage.mjs").maskCoverage} [resample] is given with `snapped`
   */
  update(live, snapped = null, resample = undefined) {
    this.#resample = resample;
    const { aspect, document } = this.#session;
    if (aspect !== this.#raster.aspect) this.#resize(aspect);
    const old = this.#layers;
    const known = new Map(old.map((drawn) => [drawn.region, drawn]));
    this.#layers = document.layers.map((layer, index) => {
      const before = old[index];
      const region =
        live?.layer === index
          ? { ...layer.region, strokes: [...layer.region.strokes, live.stroke] }
          : layer.region;
      return this.#drawnLayer(layer, index, region, before, known.get(region), snapped?.get(region) ?? null);
    });
    for (const removed of old.slice(this.#layers.length)) this.#mark(removed.box);
    const dirty = this.#dirty;
    if (dirty) this.#blend(dirty);
    this.#dirty = null;
    return dirty;
  }

  /**
   * What is drawn of a layer now. @param {Layer} layer @param {number} index @param {Region} region
   * @param {DrawnLayer | undefined} before what was drawn at this index
   * @param {DrawnLayer | undefined} same what was drawn of this region
   * @param {Share | null} snapped @returns {DrawnLayer}
   */
  #drawnLayer(layer, index, region, before, same, snapped) {
    const { document, selection, masks } = this.#session;
    const mask = masks[region.mask ?? -1] ?? null;
    const look = layer.visible
      ? {
          color: layerColor(document, index),
          tint: index === selection.layer ? TINT_SELECTED : TINT,
          freeze: layer.freeze,
          order: layer.order,
        }
      : null;
    if (!same || same.mask !== mask || same.snapped !== snapped)
      return this.#rasterize(region, mask, look, before, snapped);
    if (same === before && sameLook(same.look, look)) return same;
    for (const { box } of [same, before ?? same]) this.#mark(box);
    return { ...same, look };
  }

  /** @param {Region} region @param {Mask | null} mask @param {Look | null} look @param {DrawnLayer | undefined} before @param {Share | null} snapped @returns {DrawnLayer} */
  #rasterize(region, mask, look, before, snapped) {
    const { width, height } = this;
    const { aspect } = this.#session;
    const coverage =
      snapped && this.#resample
        ? this.#resample(snapped, { width, height, aspect }, AS_IT_IS)
        : this.#raster.update(region, mask);
    // A stroke that grows is drawn on in the same array.
    const changed =
      coverage === before?.coverage
        ? this.#raster.changed
        : differenceBox(coverage, before?.coverage, width, height);
    const tiles = before ? before.tiles.slice() : [];
    if (changed) this.#dropTiles(tiles, changed);
    const box = boxAround(before?.box ?? null, changed);
    this.#mark(before && !sameLook(before.look, look) ? box : changed);
    return { region, mask, snapped, look, coverage, tiles, box, centre: undefined };
  }

  /** @param {number} aspect */
  #resize(aspect) {
    const [width, height] = this.#gridSize(aspect);
    this.width = this.canvas.width = width;
    this.height = this.canvas.height = height;
    this.#columns = Math.ceil((width + 1) / TILE);
    this.#raster = new RegionRaster(width, height, aspect);
    this.#layers = [];
    this.#dirty = [0, 0, width, height];
  }

  /** @param {Box | null} box */
  #mark(box) {
    this.#dirty = boxAround(this.#dirty, box);
  }

  /** Drops the traced tiles that a box of cells touches. @param {DrawnLayer["tiles"]} tiles @param {Box} box */
  #dropTiles(tiles, box) {
    const [left, top, right, bottom] = box.map((cell) => Math.floor(cell / TILE));
    for (let j = top; j <= bottom; j++)
      for (let i = left; i <= right; i++) delete tiles[j * this.#columns + i];
  }

  /** Mixes the layers' tints inside a box of cells. @param {Box} box */
  #blend(box) {
    const [left, top, right, bottom] = box;
    if (right <= left || bottom <= top) return;
    const image = this.context.createImageData(right - left, bottom - top);
    for (const index of drawOrder(this.#session.document))
      tintLayer(image, this.#layers[index], box, this.width);
    this.context.putImageData(image, left, top);
  }

  /**
   * Draws the regions on the stage. @param {CanvasRenderingContext2D} context in CSS px @param {Stage} stage
   * @param {Box | null} clip CSS px
   * @param {number} strength 1; less where the picture has moved away from under the regions; 0 hides them
   */
  draw(context, stage, clip, strength) {
    const { view } = stage;
    const [a, d, e, f] = view.matrix;
    const { width, height } = this;
    const { document, selection } = this.#session;
    context.save();
    if (clip) {
      context.beginPath();
      context.rect(clip[0], clip[1], clip[2] - clip[0], clip[3] - clip[1]);
      context.clip();
    }
    context.clearRect(0, 0, view.width, view.height);
    if (strength === 1 && stage.viewOf() === view) context.drawImage(this.canvas, e, f, a, d);
    const tileAt = (/** @type {number} */ px, /** @type {number} */ k) =>
      Math.floor(((k % 2 ? ((px - f) / d) * height : ((px - e) / a) * width) + 0.5) / TILE);
    const seen = /** @type {Box} */ ((clip ?? [0, 0, view.width, view.height]).map(tileAt));
    if (!clip) this.points = 0;
    const order = drawOrder(document).filter((index) => strength && this.#layers[index]?.look);
    order.sort((x, y) => Number(x === selection.layer) - Number(y === selection.layer));
    context.transform(a / width, 0, 0, d / height, e, f);
    context.lineJoin = "bevel"; // round joins take twice the time
    for (const index of order) this.#drawOutline(context, stage, index, seen, width / a, strength);
    context.restore();
  }

  /**
   * Draws the outline of a layer. @param {CanvasRenderingContext2D} context in cells @param {Stage} stage
   * @param {number} index @param {Box} seen the tiles that are seen @param {number} pixel cells of one CSS px
   * @param {number} strength
   */
  #drawOutline(context, stage, index, seen, pixel, strength) {
    const { width, height } = this;
    const { document, selection } = this.#session;
    const layer = document.layers[index];
    const isSelected = index === selection.layer;
    const sight = stage.viewOf(layer);
    /** @type {Path2D[]} */
    const paths = [];
    // A camera may bring any tile into view.
    const [left, top, right, bottom] = sight.lines ? EVERYWHERE : seen;
    for (let j = Math.max(0, top); j <= Math.min(bottom, height / TILE); j++) {
      for (let i = Math.max(0, left); i <= Math.min(right, this.#columns - 1); i++) {
        const tile = this.#tile(this.#layers[index], i, j);
        if (!tile) continue;
        paths.push(sight.lines ? pathOf(sight.lines(tile.lines, width, height)) : tile.path);
        this.points += tile.points;
      }
    }
    context.setLineDash(layer.locked ? [5 * pixel, 5 * pixel] : []);
    const stroke = (/** @type {string} */ style, /** @type {number} */ size, /** @type {number} */ alpha) => {
      context.strokeStyle = style;
      context.lineWidth = size * pixel;
      context.globalAlpha = alpha * strength;
      for (const path of paths) context.stroke(path);
    };
    if (isSelected) stroke("#fff", 4.5, 0.9);
    else stroke("#000", 3, 0.4);
    stroke(layerColor(document, index), isSelected ? 2 : 1.5, 1);
  }

  /** The outline within a tile. @param {DrawnLayer} drawn @param {number} i @param {number} j */
  #tile({ tiles, coverage }, i, j) {
    const index = j * this.#columns + i;
    const known = tiles[index];
    if (known !== undefined) return known;
    const { width, height } = this;
    const left = i * TILE - 1;
    const top = j * TILE - 1;
    const box = [left, top, Math.min(left + TILE, width), Math.min(top + TILE, height)];
    const lines = traceContour(coverage, width, height, box);
    const points = lines.reduce((sum, line) => sum + line.length / 2, 0);
    const outline = points ? { path: pathOf(lines), lines, points } : null;
    tiles[index] = outline;
    return outline;
  }

  /** @param {number} layer @returns {DrawnLayer | undefined} */
  layer(layer) {
    return this.#layers[layer];
  }

  dispose() {
    this.canvas.width = this.canvas.height = 0;
  }
}

/** @param {Look | null} a @param {Look | null} b */
const sameLook = (a, b) =>
  a === b ||
  (a !== null &&
    b !== null &&
    a.color === b.color &&
    a.tint === b.tint &&
    a.freeze === b.freeze &&
    a.order === b.order);

/** Mixes a layer's tint into an image of a box of cells. @param {ImageData} image @param {DrawnLayer} drawn @param {Box} box @param {number} width cells of a row */
function tintLayer({ data: out }, { coverage, look, box: covered }, [left, top, right, bottom], width) {
  if (!look || !covered) return;
  const value = Number.parseInt(look.color.slice(1), 16);
  const red = value >> 16;
  const green = (value >> 8) & 255;
  const blue = value & 255;
  const x0 = Math.max(left, covered[0]);
  const x1 = Math.min(right, covered[2]);
  for (let y = Math.max(top, covered[1]); y < Math.min(bottom, covered[3]); y++) {
    let k = y * width + x0;
    let o = 4 * ((y - top) * (right - left) + x0 - left);
    for (let x = x0; x < x1; x++, k++, o += 4) {
      if (coverage[k] === 0) continue;
      const hatched = look.freeze && (x + y) % HATCH < HATCH / 2;
      const alpha = (coverage[k] / 255) * look.tint * (hatched ? 0.35 : 1);
      const sum = alpha + (out[o + 3] / 255) * (1 - alpha);
      const share = alpha / sum;
      out[o] += (red - out[o]) * share;
      out[o + 1] += (green - out[o + 1]) * share;
      out[o + 2] += (blue - out[o + 2]) * share;
      out[o + 3] = sum * 255;
    }
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

/** The box of cells in which two coverages differ. @param {Cells} a @param {Cells | undefined} b @param {number} width @param {number} height */
function differenceBox(a, b, width, height) {
  /** @type {Box | null} */ let box = null;
  for (let y = 0; y < height; y++) {
    const from = y * width;
    let left = 0;
    let right = width - 1;
    while (left < width && a[from + left] === (b ? b[from + left] : 0)) left++;
    if (left === width) continue;
    while (a[from + right] === (b ? b[from + right] : 0)) right--;
    box = boxAround(box, [left, y, right + 1, y + 1]);
  }
  return box;
}

/** The box around two boxes. @param {Box | null} a @param {Box | null} b @returns {Box | null} */
const boxAround = (a, b) => (a && b ? boxAroundBoth(a, b) : (a ?? b));
