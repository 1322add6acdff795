// @ts-check
// The stage: the moved picture, the overlay above it, and the tools.
import { layerColor } from "../document/layers.mjs";
import { drawScene, drawTop } from "./overlay.mjs";
import { RegionOverlay } from "./overlay_regions.mjs";
import { Pointer } from "./pointer.mjs";
import { Brush } from "./tools/brush.mjs";
import { Tool, Waiting } from "./tools/tool.mjs";
import { View } from "./view.mjs";

/** @type {Record<string, typeof Tool>} those that are here; the rest come when they are first taken up */
const TOOLS = { brush: Brush, eraser: Brush, hand: Tool };
const cameraView = () => import("../geometry/camera_view.mjs");
const outline = () => import("./tools/outline.mjs");
const select = () => import("./tools/select.mjs");
/** @type {Record<string, () => Promise<{default: typeof Tool}>>} */
const LATER = {
  select,
  lasso: outline,
  polygon: outline,
  fill: () => import("./tools/fill.mjs"),
  arrow: () => import("./tools/arrow.mjs"),
  freehand: () => import("./tools/freehand.mjs"),
  spline: () => import("./tools/spline.mjs"),
};
const LARGEST_CANVAS = 4096;
const MOST_PIXELS = 2; // px a side; canvas pixels a CSS px
const OUTLINE_REACH = 6; // px that outlines and their halos reach beyond the cells that changed
const MANY_POINTS = 1500; // of outlines; as many are not drawn anew in each frame of a moving view
const RESTS = 120; // ms after which a view stands still

export class Stage {
  #controller = new AbortController();
  #request = 0;
  #stale = new Set(["all"]); // what the next frame draws: picture, regions, scene, top, or all
  #ratio = 0; // canvas pixels a CSS px
  #drawn = { strength: -1, sight: /** @type {any} */ (null), matrix: [1, 1, 0, 0] }; // how the regions were drawn
  #moving = 0; // timer while the view moves
  #space = false;
  /** @type {Map<() => Promise<any>, any>} */ #parts = new Map();
  /** @type {any} what the flow is drawn of; set it and invalidate() */ field = null;
  played = false;
  panned = false; // since Space went down

  /** @param {import("../document/session.mjs").Session} session @param {import("../player/player.mjs").Player} player */
  constructor(session, player) {
    this.session = session;
    this.player = player;
    this.view = new View();
    this.ended = this.#controller.signal;
    const element = (this.element = document.createElement("div"));
    Object.assign(element, {
      className: "flowbrush-stage",
      tabIndex: 0,
      role: "application",
      ariaLabel: "Picture",
    });
    element.style.cssText =
      "overflow: hidden; touch-action: none; user-select: none; -webkit-user-select: none";
    const layer = () =>
      /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));
    // Apart, so that a frame of painting draws a piece of the regions and the cursor, and nothing else.
    this.areas = layer();
    this.scene = layer();
    this.top = layer();
    this.contexts = [this.areas, this.scene, this.top];
    this.canvases = [player.canvas, ...this.contexts.map(({ canvas }) => canvas)];
    for (const canvas of this.canvases) {
      canvas.style.cssText =
        "position: absolute; left: 0; top: 0; width: 100%; height: 100%; pointer-events: none";
      element.append(canvas);
    }
    this.areas.canvas.style.transformOrigin = "0 0";
    this.regions = new RegionOverlay(this);
    this.pointer = new Pointer(this);
    this.tool = new Tool(this);
    this.#takeUp();
    this.#listen();
    this.resize();
  }

  #listen() {
    const { session } = this;
    const painted = ["regions", "scene", "top"];
    const moved = ["picture", "scene", "top"];
    /** @type {[import("../types").SessionEvent, string[]][]} */
    const parts = [
      ["document", painted],
      ["selection", painted],
      ["masks", painted],
      ["time", moved],
      ["playing", moved],
      ["length", ["scene"]],
      ["options", []],
      ["picture", []],
      ["problem", []],
    ];
    const ends = parts.map(([event, stale]) => session.on(event, () => this.invalidate(...stale)));
    ends.push(
      session.on("playing", () => (this.played ||= session.playing)),
      session.on("tool", () => this.#takeUp()),
    );
    const observer = new ResizeObserver(() => this.resize());
    observer.observe(this.element);
    this.ended.addEventListener("abort", () => {
      observer.disconnect();
      ends.forEach((end) => end());
    });
    window.addEventListener("blur", () => (this.#space = false), { signal: this.ended });
  }

  /** The session's tool; while it is being loaded, one that keeps what the artist does. */
  #takeUp() {
    const { tool: name } = this.session;
    this.tool.leave();
    this.#hold(new (TOOLS[name] ?? Waiting)(this, name));
    const { tool } = this;
    if (!(tool instanceof Waiting)) return;
    this.#load(LATER[name] ?? select).then((module) => {
      if (!module) return;
      TOOLS[name] = module.default;
      if (tool !== this.tool || this.ended.aborted) return;
      this.#hold(new module.default(this, name));
      tool.handOver(this.tool);
    });
  }

  /** @param {Tool} tool */
  #hold(tool) {
    this.tool = tool;
    this.pointer.follow();
    this.updateCursor();
    this.invalidate("top");
  }

  /** @template T @param {() => Promise<T>} load @returns {Promise<T | null>} */
  #load(load) {
    return load().catch((error) => {
      this.session.notice(`A part of the editor did not load: ${error.message}`);
      return null;
    });
  }

  /** A part that is loaded when it is first drawn; null until then.
   * @template T @param {() => Promise<T>} load @returns {T | null} */
  part(load) {
    if (!this.#parts.has(load)) {
      this.#parts.set(load, null);
      this.#load(load).then((part) => {
        this.#parts.set(load, part);
        this.invalidate();
      });
    }
    return this.#parts.get(load);
  }

  dispose() {
    this.pointer.cancel();
    this.#controller.abort();
    clearTimeout(this.#moving);
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

  /** The view is being moved: until it rests, regions that take long are moved as they were drawn. */
  moved() {
    clearTimeout(this.#moving);
    this.#moving = window.setTimeout(() => {
      this.#moving = 0;
      this.invalidate();
    }, RESTS);
    this.invalidate();
  }

  /** Draws again in the next frame. @param {...string} parts picture, regions, scene, top; nothing: all */
  invalidate(...parts) {
    for (const part of parts.length ? parts : ["all"]) this.#stale.add(part);
    this.#request ||= requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    this.#request = 0;
    const { session, view, element } = this;
    const stale = this.#stale;
    if (!element.isConnected || !element.offsetWidth) return; // drawn when it has a size again
    this.#stale = new Set();
    const { time, options, aspect } = session;
    const fresh = this.#fitCanvases() || aspect !== view.aspect;
    const all = fresh || stale.has("all");
    view.aspect = aspect;
    this.#drawRegions(fresh, all, all || stale.has("regions"));
    if (all || stale.has("picture")) {
      const { holes, onion } = options;
      this.player.draw({ time, view, pixelRatio: this.#ratio, holes, onion, background: null });
    }
    if (all || stale.has("scene")) {
      drawScene(this.scene, this);
      if (!session.playing) this.pointer.follow();
    }
    drawTop(this.top, this);
  }

  /** How a layer is seen now: by the camera, unless it is frozen.
   * @param {import("../types").Layer | null} [layer] @returns {import("../parts").Sight} */
  viewOf(layer) {
    const { view, session } = this;
    const {
      time,
      aspect,
      document: { camera },
    } = session;
    const seen = camera.keyframes.length && !layer?.freeze ? this.part(cameraView) : null;
    return seen && time > 0 ? seen.cameraView(view, camera, time, aspect) : view;
  }

  /** @param {boolean} fresh whether nothing is drawn yet @param {boolean} all @param {boolean} changed */
  #drawRegions(fresh, all, changed) {
    const { session, view, regions, areas } = this;
    const { playing, time, options } = session;
    const cells = changed ? regions.update() : null;
    const strength = playing || !options.regions ? 0 : time > 0 && !regions.live ? 0.45 : 1;
    const sight = strength ? this.viewOf() : view;
    const drawn = this.#drawn;
    const { style } = areas.canvas;
    const alike = !fresh && strength === drawn.strength && sight === drawn.sight;
    const same = alike && !cells;
    if (same && !all) return;
    if (same && this.#moving && regions.points > MANY_POINTS) {
      const [a, , e, f] = drawn.matrix;
      const [wide, , left, top] = view.matrix;
      const scale = wide / a;
      style.transform = `translate(${left - e * scale}px, ${top - f * scale}px) scale(${scale})`;
      return;
    }
    const whole = all || !alike || sight !== view || style.transform !== "";
    regions.draw(areas, this, whole || !cells ? null : this.#onStage(cells), strength);
    style.transform = "";
    this.#drawn = { strength, sight, matrix: view.matrix };
  }

  /** A box of the regions' cells in CSS px. @param {number[]} cells */
  #onStage([left, top, right, bottom]) {
    const { width, height } = this.regions;
    const reach = OUTLINE_REACH;
    const [x0, y0] = this.view.toStage([left / width, top / height]);
    const [x1, y1] = this.view.toStage([right / width, bottom / height]);
    return [Math.floor(x0) - reach, Math.floor(y0) - reach, Math.ceil(x1) + reach, Math.ceil(y1) + reach];
  }

  /** Gives the canvases the pixels of the screen that they cover, whatever an ancestor scales; says whether it did. */
  #fitCanvases() {
    const { element, canvases } = this;
    const { offsetWidth: width, offsetHeight: height } = element;
    const scale = element.getBoundingClientRect().width / width;
    const ratio = Math.min(MOST_PIXELS, scale * devicePixelRatio, LARGEST_CANVAS / Math.max(width, height));
    // Zooming the graph goes through many scales: canvases that are nearly right are kept.
    if (!(Math.abs(ratio / this.#ratio - 1) < 0.04)) this.#ratio = ratio;
    const wide = Math.round(width * this.#ratio);
    const high = Math.round(height * this.#ratio);
    if (canvases[0].width === wide && canvases[0].height === high) return false;
    for (const canvas of canvases) [canvas.width, canvas.height] = [wide, high];
    for (const context of this.contexts) context.setTransform(wide / width, 0, 0, high / height, 0, 0);
    return true;
  }

  /** Colour of what is being drawn. */
  get color() {
    return layerColor(this.session.document, this.session.selection.layer);
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
    const { contact, busy, nowhere } = this.pointer;
    const own = this.session.problem ? "default" : nowhere ? "not-allowed" : this.tool.cursor(contact);
    this.element.style.cursor = this.panning ? (busy ? "grabbing" : "grab") : own;
  }

  /** A key in the editor. Space is looked at, not taken: let go without a drag it plays. @param {KeyboardEvent} event
   * @returns {boolean} whether it was the stage's */
  handleKey(event) {
    const { key, type } = event;
    const down = type === "keydown";
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
    const { session } = this;
    const { path, keyframe } = session.selection;
    const deletes = /^(Delete|Backspace)$/.test(key);
    if (event.ctrlKey || event.metaKey || event.altKey || !(deletes || /^Arrow/.test(key))) return false;
    if (!session.layer || (path === null && (session.tool !== "select" || (deletes && keyframe !== null))))
      return false;
    void this.#load(select).then((module) => module?.[deletes ? "removeSelected" : "nudge"](session, event));
    return true;
  }
}
