// @ts-check
// The stage: the moved picture, the overlay above it, and the tools.
import { nextColor } from "./edits.mjs";
import { extent } from "./geometry.mjs";
import { hitPath, hitRegion } from "./hit.mjs";
import { drawScene, drawTop } from "./overlay.mjs";
import { drawArrow, drawHandle } from "./overlay_paths.mjs";
import { RegionOverlay } from "./overlay_regions.mjs";
import { Pointer } from "./pointer.mjs";
import { Arrow } from "./tools/arrow.mjs";
import { Brush } from "./tools/brush.mjs";
import { Fill } from "./tools/fill.mjs";
import { Outline } from "./tools/outline.mjs";
import { Hand, moved, Select } from "./tools/select.mjs";
import { Spline } from "./tools/spline.mjs";
import { View } from "./view.mjs";

const TOOLS = /** @type {Record<string, typeof import("./tools/tool.mjs").Tool>} */ ({
  select: Select, brush: Brush, eraser: Brush, lasso: Outline, polygon: Outline, fill: Fill, arrow: Arrow,
  freehand: Arrow, spline: Spline, hand: Hand,
});
const LARGEST_CANVAS = 4096, MOST_PIXELS = 2; // px a side; canvas pixels a CSS px
const OUTLINE_REACH = 6; // px that outlines and their halos reach beyond the cells that changed
const NUDGES = /** @type {Record<string, number[]>} */ ({
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
});

export class Stage {
  #controller = new AbortController();
  #request = 0;
  #stale = new Set(["all"]); // what the next frame draws: picture, regions, scene, top, or all
  #ratio = 0; // canvas pixels a CSS px
  #strength = -1; // at which the regions were drawn
  #space = false;
  /** @type {any} what the flow is drawn of; set it and invalidate() */ field = null;
  played = false;
  panned = false; // since Space went down

  /** @param {import("./session.mjs").Session} session @param {any} player @param {any} host */
  constructor(session, player, host) {
    this.session = session;
    this.player = player;
    this.host = host;
    this.view = new View();
    this.ended = this.#controller.signal;
    const element = this.element = document.createElement("div");
    Object.assign(element, { className: "flowbrush-stage", tabIndex: 0, role: "application", ariaLabel: "Picture" });
    element.style.cssText = "overflow: hidden; touch-action: none; user-select: none; -webkit-user-select: none";
    const layer = () => /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));
    // Apart, so that a frame of painting draws a piece of the regions and the cursor, and nothing else.
    this.areas = layer();
    this.scene = layer();
    this.top = layer();
    this.contexts = [this.areas, this.scene, this.top];
    this.canvases = [player.canvas, ...this.contexts.map(({ canvas }) => canvas)];
    for (const canvas of this.canvases) {
      canvas.style.cssText = "position: absolute; left: 0; top: 0; width: 100%; height: 100%; pointer-events: none";
      element.append(canvas);
    }
    this.regions = new RegionOverlay(session);
    this.pointer = new Pointer(this);
    this.tool = this.#makeTool();
    this.#listen();
    this.resize();
  }

  #listen() {
    const { session } = this, painted = ["regions", "scene", "top"], moved = ["picture", "scene", "top"];
    /** @type {[import("./session.mjs").SessionEvent, string[]][]} */
    const parts = [
      ["document", painted], ["selection", painted], ["masks", painted], ["time", moved], ["playing", moved],
      ["length", ["scene"]], ["options", []], ["picture", []], ["problem", []],
    ];
    const ends = parts.map(([event, stale]) => session.on(event, () => this.invalidate(...stale)));
    ends.push(session.on("playing", () => (this.played ||= session.playing)), session.on("tool", () => {
      this.tool.leave();
      this.tool = this.#makeTool();
      this.updateCursor();
      this.invalidate("top");
    }));
    const observer = new ResizeObserver(() => this.resize());
    observer.observe(this.element);
    this.ended.addEventListener("abort", () => {
      observer.disconnect();
      ends.forEach((end) => end());
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
    this.#request = -1; // nothing is drawn any more
    this.element.remove();
    for (const canvas of [...this.canvases, this.regions.canvas]) canvas.width = canvas.height = 0;
  }

  /** Follows the element's size. */
  resize() {
    this.view.resize(this.element.offsetWidth, this.element.offsetHeight);
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
    this.#request ||= requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    this.#request = 0;
    const { session, view, element, regions } = this, stale = this.#stale;
    if (!element.isConnected || !element.offsetWidth) return; // drawn when it has a size again
    this.#stale = new Set();
    const { playing, time, options, aspect } = session;
    const all = [stale.has("all"), aspect !== view.aspect, this.#fitCanvases()].includes(true);
    view.aspect = aspect;
    const cells = all || stale.has("regions") ? regions.update() : null;
    const strength = playing || !options.regions ? 0 : time > 0 ? 0.45 : 1;
    if (all || strength !== this.#strength) regions.draw(this.areas, view, null, strength);
    else if (cells) regions.draw(this.areas, view, this.#onStage(cells), strength);
    this.#strength = strength;
    if (all || stale.has("picture")) {
      const { holes, onion } = options;
      this.player.draw({ time, view, pixelRatio: this.#ratio, holes, onion, background: null });
    }
    if (all || stale.has("scene")) drawScene(this.scene, this);
    drawTop(this.top, this);
  }

  /** A box of the regions' cells in CSS px. @param {number[]} cells */
  #onStage([left, top, right, bottom]) {
    const { width, height } = this.regions, reach = OUTLINE_REACH;
    const [x0, y0] = this.view.toStage([left / width, top / height]);
    const [x1, y1] = this.view.toStage([right / width, bottom / height]);
    return [Math.floor(x0) - reach, Math.floor(y0) - reach, Math.ceil(x1) + reach, Math.ceil(y1) + reach];
  }

  /** Gives the canvases the pixels of the screen that they cover, whatever an ancestor scales; says whether it did. */
  #fitCanvases() {
    const { element, canvases } = this, { offsetWidth: width, offsetHeight: height } = element;
    const scale = element.getBoundingClientRect().width / width;
    const ratio = Math.min(MOST_PIXELS, scale * devicePixelRatio, LARGEST_CANVAS / Math.max(width, height));
    // Zooming the graph goes through many scales: canvases that are nearly right are kept.
    if (!(Math.abs(ratio / this.#ratio - 1) < 0.04)) this.#ratio = ratio;
    const wide = Math.round(width * this.#ratio), high = Math.round(height * this.#ratio);
    if (canvases[0].width === wide && canvases[0].height === high) return false;
    for (const canvas of canvases) [canvas.width, canvas.height] = [wide, high];
    for (const context of this.contexts) context.setTransform(wide / width, 0, 0, high / height, 0, 0);
    return true;
  }

  /** What is under a contact. @param {import("./pointer.mjs").Contact} contact
   * @returns {any} {kind: "pivot" | "path" | "region" | "", layer, path, point, segment, at} */
  hit({ stage, reach, at }) {
    const { session, view, regions } = this, { document, selection } = session;
    const nothing = { kind: "", path: null, point: null }, pivot = this.pivot(selection.layer);
    const [x, y] = pivot ? view.toStage(pivot) : [Infinity, 0];
    if (Math.hypot(x - stage[0], y - stage[1]) < reach) return { ...nothing, kind: "pivot", layer: selection.layer, at: pivot };
    const path = session.options.paths && hitPath(document, selection, view, stage, reach);
    if (path) return { kind: "path", ...path };
    const layer = hitRegion(document, (index) => regions.coverageAt(index, at));
    return layer < 0 ? nothing : { ...nothing, kind: "region", layer };
  }

  /** Where the selected layer turns about, if it turns or grows. @param {number} index */
  pivot(index) {
    const layer = index === this.session.selection.layer ? this.session.layer : null;
    if (!layer?.visible || !(layer.motion.rotation || layer.motion.proximity || layer.motion.pivot)) return null;
    return layer.motion.pivot ?? this.regions.centre(index);
  }

  /** Colour of what is being drawn. */
  get color() {
    return this.session.layer?.color || nextColor(this.session.document);
  }

  /** A line that shows on any picture. @param {CanvasRenderingContext2D} context @param {Path2D} path
   * @param {number} width @param {number[]} [dash] */
  line(context, path, width, dash = []) {
    context.lineJoin = "round";
    context.lineCap = "butt";
    context.strokeStyle = "rgba(0, 0, 0, 0.55)";
    context.lineWidth = width + 2;
    context.stroke(path);
    context.setLineDash(dash);
    context.strokeStyle = "#fff";
    context.lineWidth = width;
    context.stroke(path);
    context.setLineDash([]);
  }

  /** An arrow in progress. @param {CanvasRenderingContext2D} context @param {(readonly number[])[]} points document */
  arrow(context, points) {
    if (points.length > 1) drawArrow(context, points.map(this.view.toStage, this.view), this.color, 3);
  }

  /** @param {CanvasRenderingContext2D} context @param {number[]} at CSS px @param {boolean} corner @param {boolean} first */
  handle(context, at, corner, first) {
    drawHandle(context, at, this.color, false, corner, first);
  }

  /** @param {number} factor */
  resizeBrush(factor) {
    const radius = Math.max(0.002, Math.min(0.5, this.session.options.radius * factor));
    this.session.setOption("radius", Math.round(radius * 1e4) / 1e4);
  }

  get panning() {
    return this.#space || this.session.tool === "hand";
  }

  updateCursor() {
    const { contact, busy } = this.pointer;
    const own = this.session.problem ? "default" : this.tool.cursor(contact);
    this.element.style.cursor = this.panning ? (busy ? "grabbing" : "grab") : own;
  }

  /** A key in the editor. Space is looked at, not taken: let go without a drag it plays. @param {KeyboardEvent} event
   * @returns {boolean} whether it was the stage's */
  handleKey(event) {
    const { key, type } = event, down = type === "keydown";
    if (key === " ") {
      if (!event.repeat) [this.#space, this.panned] = [down, false];
      this.updateCursor();
    }
    if (key === " " || !down) return false;
    if (this.tool.key(event)) return true;
    if (key === "Escape" && this.pointer.busy) {
      this.pointer.cancel();
      return true;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    if (NUDGES[key]) return this.#nudge(NUDGES[key], event.shiftKey ? 10 : 1);
    return this.session.selection.path !== null && new Select(this).key(event);
  }

  /** @param {number[]} direction @param {number} steps pixels of the picture */
  #nudge([x, y], steps) {
    const { session } = this, { layer, path, point } = session.selection, { picture } = session;
    if (!session.layer || (path === null && session.tool !== "select")) return false;
    if (session.editableLayer() < 0) return true;
    const [width, height] = extent(session.aspect), held = { kind: path === null ? "region" : "path", layer, path, point };
    const step = steps / (picture ? Math.min(picture.width, picture.height) : 500);
    session.apply((document) => moved(document, held, x * step / width, y * step / height), "nudge", `nudge ${layer} ${path} ${point}`);
    return true;
  }
}
