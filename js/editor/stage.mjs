// @ts-check
// The stage: the moved picture, the overlay above it, and the tools.
import { extent } from "./geometry.mjs";
import { hitPath, hitRegion } from "./hit.mjs";
import { drawScene, drawTop } from "./overlay.mjs";
import { drawArrow, handle } from "./overlay_paths.mjs";
import { RegionOverlay } from "./overlay_regions.mjs";
import { Pointer } from "./pointer.mjs";
import { Arrow } from "./tools/arrow.mjs";
import { Brush } from "./tools/brush.mjs";
import { Fill } from "./tools/fill.mjs";
import { Outline } from "./tools/outline.mjs";
import { Hand, Select, moved } from "./tools/select.mjs";
import { Spline } from "./tools/spline.mjs";
import * as edits from "./edits.mjs";
import { View } from "./view.mjs";

/** @type {Record<string, any>} */
const TOOLS = {
  select: Select, brush: Brush, eraser: Brush, lasso: Outline, polygon: Outline, fill: Fill, arrow: Arrow,
  freehand: Arrow, spline: Spline, hand: Hand,
};
const LARGEST_CANVAS = 4096, MOST_PIXELS = 2; // px a side; canvas pixels a CSS px
const RADIUS = [0.002, 0.5];
const OUTLINE_REACH = 6; // px that outlines and their halos reach beyond the cells that changed
/** @type {Record<string, [number, number]>} */
const NUDGES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Stage {
  #controller = new AbortController();
  #request = 0;
  #stale = new Set(["all"]); // what the next frame draws: picture, regions, scene, top, or all
  #ratio = 0;
  #strength = -1; // at which the regions were drawn
  #space = false;
  /** @type {any} what the flow is drawn of; set it and invalidate() */ field = null;
  played = false;
  panned = false; // while Space is held

  /** @param {any} session @param {any} player on its `canvas` @param {any} host */
  constructor(session, player, host) {
    this.session = session;
    this.player = player;
    this.host = host;
    this.view = new View();
    this.ended = this.#controller.signal;
    const element = this.element = document.createElement("div");
    element.className = "flowbrush-stage";
    element.tabIndex = 0;
    element.setAttribute("role", "application");
    element.setAttribute("aria-label", "Motion brush canvas");
    element.style.cssText = "overflow: hidden; touch-action: none; user-select: none";
    // Apart, so that a frame of painting draws a piece of the regions and the cursor, and nothing else.
    this.canvases = [player.canvas, ...[1, 2, 3].map(() => document.createElement("canvas"))];
    for (const canvas of this.canvases) {
      canvas.style.cssText = "position: absolute; left: 0; top: 0; width: 100%; height: 100%; pointer-events: none";
      element.append(canvas);
    }
    [this.areas, this.scene, this.top] = this.canvases.slice(1)
      .map((canvas) => /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")));
    this.regions = new RegionOverlay(session);
    this.pointer = new Pointer(this);
    this.tool = this.#makeTool();
    this.#listen();
    this.resize();
  }

  #listen() {
    const { session } = this;
    /** @type {Record<string, string[]>} */
    const parts = {
      document: ["regions", "scene", "top"], selection: ["regions", "scene", "top"], masks: ["regions", "scene"],
      options: ["all"], picture: ["all"], length: ["scene"], time: ["picture", "scene", "top"],
      playing: ["picture", "scene", "top"], problem: ["all"],
    };
    const stops = Object.entries(parts).map(([event, stale]) => session.on(event, () => {
      if (event === "playing" && session.playing) this.played = true;
      this.invalidate(...stale);
    }));
    stops.push(session.on("tool", () => {
      this.tool.leave();
      this.tool = this.#makeTool();
      this.updateCursor();
      this.invalidate("top");
    }));
    const observer = new ResizeObserver(() => this.resize());
    observer.observe(this.element);
    this.ended.addEventListener("abort", () => {
      observer.disconnect();
      stops.forEach((stop) => stop());
    });
    window.addEventListener("blur", () => (this.#space = false), { signal: this.ended });
  }

  #makeTool() {
    return new (TOOLS[this.session.tool] ?? Select)(this, this.session.tool);
  }

  dispose() {
    this.pointer.cancel();
    this.#controller.abort();
    cancelAnimationFrame(this.#request);
    this.#request = -1;
    this.element.remove();
    for (const canvas of [...this.canvases, this.regions.canvas]) canvas.width = canvas.height = 0;
  }

  /** Follows the element's size. */
  resize() {
    this.view.resize(this.element.offsetWidth, this.element.offsetHeight);
    this.#ratio = 0;
    this.invalidate();
  }

  fit() {
    this.view.fit();
    this.invalidate();
  }

  oneToOne() {
    this.view.oneToOne(this.session.picture);
    this.invalidate();
  }

  /** Draws again in the next frame. @param {...string} parts picture, regions, scene, top; nothing: all */
  invalidate(...parts) {
    for (const part of parts.length ? parts : ["all"]) this.#stale.add(part);
    if (!this.#request) this.#request = requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    this.#request = 0;
    const { session, view, element } = this, stale = this.#stale;
    this.#stale = new Set();
    if (!element.offsetWidth || !element.isConnected) return void stale.forEach((part) => this.#stale.add(part));
    if (view.aspect !== session.aspect) {
      view.aspect = session.aspect;
      stale.add("all");
    }
    if (this.#fitCanvases()) stale.add("all");
    const all = stale.has("all");
    const cells = all || stale.has("regions") ? this.regions.update() : null;
    if (all || stale.has("picture")) this.#drawPicture();
    const { playing, time, options } = session, strength = playing || !options.regions ? 0 : time > 0 ? 0.45 : 1;
    if (all || strength !== this.#strength) this.regions.draw(this.areas, view, null, strength);
    else if (cells) this.regions.draw(this.areas, view, this.#onStage(cells), strength);
    this.#strength = strength;
    if (all || stale.has("scene")) drawScene(this.scene, this);
    drawTop(this.top, this);
  }

  #drawPicture() {
    const { session, view } = this, { holes, onion } = session.options;
    this.player.draw({ time: session.time, view, pixelRatio: this.#ratio, holes, onion, background: null });
  }

  /** A box of the regions' cells in CSS px. @param {number[]} cells */
  #onStage([left, top, right, bottom]) {
    const { width, height } = this.regions;
    const [x0, y0] = this.view.toStage([left / width, top / height]);
    const [x1, y1] = this.view.toStage([right / width, bottom / height]);
    return [Math.floor(x0) - OUTLINE_REACH, Math.floor(y0) - OUTLINE_REACH, Math.ceil(x1) + OUTLINE_REACH, Math.ceil(y1) + OUTLINE_REACH];
  }

  /** Gives the canvases the pixels of the screen that they cover, whatever an ancestor scales. */
  #fitCanvases() {
    const { element } = this, { offsetWidth: width, offsetHeight: height } = element;
    const scale = element.getBoundingClientRect().width / width;
    let ratio = Math.min(MOST_PIXELS, scale * devicePixelRatio, LARGEST_CANVAS / Math.max(width, height));
    // Zooming the graph goes through many scales: a canvas that is nearly right is kept.
    if (Math.abs(ratio / this.#ratio - 1) < 0.04) ratio = this.#ratio;
    const size = [Math.round(width * ratio), Math.round(height * ratio)];
    const [picture] = this.canvases;
    if (picture.width === size[0] && picture.height === size[1] && ratio === this.#ratio) return false;
    this.#ratio = ratio;
    for (const canvas of this.canvases) [canvas.width, canvas.height] = size;
    for (const context of [this.areas, this.scene, this.top]) context.setTransform(size[0] / width, 0, 0, size[1] / height, 0, 0);
    return true;
  }

  /** What is under a contact: a point or a path, a pivot, a region. @param {any} contact
   * @returns {{kind: string, layer?: number, path?: number, point?: number | null, segment?: number, at?: number[]}} */
  hit(contact) {
    const { session, view, regions } = this, { document, selection, options } = session;
    const at = this.pivot(selection.layer);
    if (at && hitDistance(view.toStage(at), contact.stage) < contact.reach) return { kind: "pivot", layer: selection.layer, at, point: null };
    const path = options.paths ? hitPath(document, selection, view, contact.stage, contact.reach) : null;
    if (path) return { kind: "path", ...path };
    const layer = hitRegion(document, (index) => regions.coverageAt(index, contact.at));
    return layer >= 0 ? { kind: "region", layer, point: null } : { kind: "", point: null };
  }

  /** Where the selected layer turns about, if it turns or grows. @param {number} index @returns {number[] | null} */
  pivot(index) {
    const layer = index === this.session.selection.layer ? this.session.layer : null;
    if (!layer?.visible || !(layer.motion.rotation || layer.motion.proximity || layer.motion.pivot)) return null;
    return layer.motion.pivot ?? this.regions.centre(index);
  }

  /** Colour of what is being drawn. */
  get color() {
    return this.session.layer?.color || edits.nextColor(this.session.document);
  }

  /** A line that shows on any picture. @param {CanvasRenderingContext2D} context @param {Path2D} path
   * @param {number} width @param {number[]} [dash] */
  line(context, path, width, dash = []) {
    context.lineJoin = context.lineCap = "round";
    context.strokeStyle = "rgba(0, 0, 0, 0.55)";
    context.lineWidth = width + 2;
    context.stroke(path);
    context.setLineDash(dash);
    context.lineCap = "butt";
    context.strokeStyle = "#fff";
    context.lineWidth = width;
    context.stroke(path);
    context.setLineDash([]);
  }

  /** An arrow in progress. @param {CanvasRenderingContext2D} context @param {number[][]} points document */
  arrow(context, points) {
    if (points.length > 1) drawArrow(context, points.map(this.view.toStage, this.view), this.color, 3);
  }

  /** @param {CanvasRenderingContext2D} context @param {number[]} at CSS px @param {boolean} corner @param {boolean} first */
  handle(context, at, corner, first) {
    handle(context, at, this.color, false, corner, first);
  }

  /** @param {number} factor */
  resizeBrush(factor) {
    const radius = Math.max(RADIUS[0], Math.min(RADIUS[1], this.session.options.radius * factor));
    this.session.setOption("radius", Math.round(radius * 1e4) / 1e4);
  }

  get panning() {
    return this.#space || this.session.tool === "hand";
  }

  updateCursor() {
    const { contact, busy } = this.pointer;
    const cursor = this.panning ? (busy ? "grabbing" : "grab") : this.session.problem ? "default" : this.tool.cursor(contact);
    if (this.element.style.cursor !== cursor) this.element.style.cursor = cursor;
  }

  /** A key in the editor. Space is looked at, not taken: let go without a drag it plays. @param {KeyboardEvent} event
   * @returns {boolean} whether it was the stage's */
  handleKey(event) {
    const { session, pointer } = this, { key, type } = event;
    if (key === " ") {
      if (!event.repeat) [this.#space, this.panned] = [type === "keydown", false];
      this.updateCursor();
      return false;
    }
    if (type !== "keydown" || this.tool.key(event)) return type === "keydown";
    if (key === "Escape" && pointer.busy) pointer.cancel();
    else if (event.ctrlKey || event.metaKey || event.altKey) return false;
    else if (NUDGES[key]) return this.#nudge(NUDGES[key], event.shiftKey ? 10 : 1);
    else return (key === "Delete" || key === "Backspace") && session.selection.path !== null && new Select(this).key(event);
    return true;
  }

  /** @param {[number, number]} direction @param {number} steps pixels of the picture */
  #nudge([x, y], steps) {
    const { session } = this, { layer, path, point } = session.selection, size = extent(session.aspect);
    if (!session.layer || (path === null && session.tool !== "select")) return false;
    if (session.editableLayer() < 0) return true;
    const step = steps / (session.picture ? Math.min(session.picture.width, session.picture.height) : 500);
    const held = { kind: path === null ? "region" : "path", layer, path, point };
    const dx = x * step / size[0], dy = y * step / size[1];
    session.apply((/** @type {any} */ document) => moved(document, held, dx, dy), "nudge", `nudge ${layer} ${path} ${point}`);
    return true;
  }
}

/** @param {number[]} a @param {number[]} b */
const hitDistance = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);
