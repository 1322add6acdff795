// @ts-check
// The stage: the moving picture, the overlay above it, and the tools.

import { LaterModule } from "../document/later_module.mjs";
import { layerColor } from "../document/layers.mjs";
import { said } from "../dom/language.mjs";
import { clamp } from "../geometry/values.mjs";
import { drawScene, drawTop } from "./overlay.mjs";
import { Pointer } from "./pointer.mjs";
import { Regions } from "./regions.mjs";
import { Tool, WaitingTool } from "./tools/tool.mjs";
import { View } from "./view.mjs";

/** @import { Sight } from "../parts" */
/** @import { Layer, SessionEvent } from "../types" */
/** @typedef {"picture" | "regions" | "scene" | "top"} Part of the stage that is drawn by itself */

/** The tools that are loaded; the others are added when they are first used. @type {Record<string, typeof Tool>} */
const TOOLS = { hand: Tool };
const cameraView = () => import("../geometry/camera_view.mjs");
const keyPointer = new LaterModule(() => import("./keyboard_pointer.mjs"));
const NO_KEYS = /^(select|hand|polygon|spline)$/; // tools that no cross works with
const brush = () => import("./tools/brush.mjs");
const outline = () => import("./tools/outline.mjs");
const select = new LaterModule(() => import("./tools/select.mjs"));
/** @type {Record<string, () => Promise<{default: typeof Tool}>>} */
const TOOL_LOADERS = {
  select: () => select.load(),
  brush,
  eraser: brush,
  lasso: outline,
  polygon: outline,
  fill: () => import("./tools/fill.mjs"),
  object: () => import("./tools/object.mjs"),
  arrow: () => import("./tools/arrow.mjs"),
  freehand: () => import("./tools/freehand.mjs"),
  spline: () => import("./tools/spline.mjs"),
  pin: () => import("./tools/pin.mjs"),
};
const LARGEST_CANVAS = 4096; // px per side
const MOST_PIXELS = 2; // canvas pixels per CSS px
const REST_MS = 120; // after this time without a move, the view counts as resting

/** The parts that each event of the session makes stale; an empty list means all parts. @type {[SessionEvent, Part[]][]} */
const STALE_AFTER = [
  ["document", ["regions", "scene", "top"]],
  ["selection", ["regions", "scene", "top"]],
  ["masks", ["regions", "scene", "top"]],
  ["time", ["picture", "scene", "top"]],
  ["playing", ["picture", "scene", "top"]],
  ["length", ["scene"]],
  ["options", []],
  ["picture", []],
  ["waiting", ["top"]],
  ["problem", []],
];

export class Stage {
  #controller = new AbortController();
  #request = 0;
  #stale = new Set(/** @type {(Part | "all")[]} */ (["all"])); // what the next frame draws
  #ratio = 0; // canvas pixels per CSS px
  #movingTimer = 0; // runs while the view moves
  #spaceDown = false;
  /** @type {Map<() => Promise<unknown>, unknown>} */ #parts = new Map();
  /** The motion field, of which the flow is drawn. Call invalidate() after setting it. @type {import("../player/field_format.mjs").Field | null} */
  field = null;
  hasPlayed = false;
  keyPointer = /** @type {import("./keyboard_pointer.mjs").KeyboardPointer | null} */ (null);
  textScale = 1; // see Editor.setTextScale
  host = /** @type {import("../parts").Host | null} */ (null);
  panned = false; // whether the view was dragged since Space went down

  /** @param {import("../document/session.mjs").Session} session @param {import("../player/player.mjs").Player} player */
  constructor(session, player) {
    this.session = session;
    this.player = player;
    this.view = new View();
    this.ended = this.#controller.signal;
    this.element = document.createElement("div");
    const element = this.element;
    Object.assign(element, {
      className: "flowbrush-stage",
      tabIndex: 0,
      role: "application",
      ariaLabel: said("Picture"),
    });
    element.style.cssText =
      "overflow: hidden; touch-action: none; user-select: none; -webkit-user-select: none";
    const newContext = () =>
      /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));
    // Several canvases, so that a frame of painting draws only a piece of the regions and the cursor.
    this.areas = newContext();
    this.scene = newContext();
    this.top = newContext();
    this.contexts = [this.areas, this.scene, this.top];
    this.canvases = [player.canvas, ...this.contexts.map(({ canvas }) => canvas)];
    for (const canvas of this.canvases) {
      canvas.style.cssText =
        "position: absolute; left: 0; top: 0; width: 100%; height: 100%; pointer-events: none";
      element.append(canvas);
    }
    this.areas.canvas.style.transformOrigin = "0 0";
    this.regions = new Regions(this);
    this.pointer = new Pointer(this);
    this.tool = new Tool(this);
    this.#changeTool();
    this.#listen();
    this.resize();
  }

  #listen() {
    const { session } = this;
    const ends = STALE_AFTER.map(([event, parts]) => session.on(event, () => this.invalidate(...parts)));
    ends.push(
      session.on("playing", () => (this.hasPlayed ||= session.playing)),
      session.on("tool", () => this.#changeTool()),
    );
    const observer = new ResizeObserver(() => this.resize());
    observer.observe(this.element);
    this.ended.addEventListener("abort", () => {
      observer.disconnect();
      ends.forEach((end) => end());
    });
    window.addEventListener("blur", () => (this.#spaceDown = false), { signal: this.ended });
  }

  /** Takes the session's tool; while it loads, a WaitingTool records what the artist does. */
  #changeTool() {
    const { tool: name } = this.session;
    this.tool.leave();
    const Loaded = TOOLS[name];
    if (Loaded) return this.#setTool(new Loaded(this, name));
    const waiting = new WaitingTool(this, name);
    this.#setTool(waiting);
    this.#load(TOOL_LOADERS[name] ?? TOOL_LOADERS.select).then((module) => {
      if (!module) return;
      TOOLS[name] = module.default;
      if (waiting !== this.tool || this.ended.aborted) return;
      this.#setTool(new module.default(this, name));
      waiting.replay(this.tool);
    });
  }

  /** @param {Tool} tool */
  #setTool(tool) {
    this.tool = tool;
    this.pointer.follow();
    this.updateCursor();
    this.invalidate("top");
  }

  /** Loads a module; null, and a notice, where it fails. @template T @param {() => Promise<T>} load @returns {Promise<T | null>} */
  #load(load) {
    return load().catch((error) => {
      this.session.notice(`A part of the editor did not load: ${error.message}`);
      return null;
    });
  }

  /** A module that is loaded when it is first needed; null until then. @template T @param {() => Promise<T>} load @returns {T | null} */
  part(load) {
    if (!this.#parts.has(load)) {
      this.#parts.set(load, null);
      this.#load(load).then((part) => {
        this.#parts.set(load, part);
        this.invalidate();
      });
    }
    return /** @type {T | null} */ (this.#parts.get(load));
  }

  dispose() {
    this.pointer.cancel();
    this.#controller.abort();
    clearTimeout(this.#movingTimer);
    cancelAnimationFrame(this.#request);
    this.#request = -1; // so that nothing is drawn any more
    this.element.remove();
    for (const canvas of this.canvases) canvas.width = canvas.height = 0;
    this.regions.dispose();
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

  /** Draws after the view has moved. Until it rests, regions with long outlines are shifted as they were drawn. */
  viewMoved() {
    clearTimeout(this.#movingTimer);
    this.#movingTimer = window.setTimeout(() => {
      this.#movingTimer = 0;
      this.invalidate();
    }, REST_MS);
    this.invalidate();
  }

  /** Draws parts again in the next frame; without an argument, all of them. @param {...Part} parts */
  invalidate(...parts) {
    for (const part of parts.length ? parts : /** @type {const} */ (["all"])) this.#stale.add(part);
    this.#request ||= requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    this.#request = 0;
    const { session, view, element } = this;
    if (!element.isConnected || !element.offsetWidth) return; // it is drawn when it has a size again
    const stale = this.#stale;
    this.#stale = new Set();
    const { time, aspect } = session;
    const { holes, onion } = session.options;
    const fresh = this.#fitCanvases() || aspect !== view.aspect;
    const all = fresh || stale.has("all");
    view.aspect = aspect;
    const changed = all || stale.has("regions");
    this.regions.draw({ fresh, all, changed, moving: this.#movingTimer > 0 });
    if (all || stale.has("picture"))
      this.player.draw({ time, view, pixelRatio: this.#ratio, holes, onion, background: null });
    if (all || stale.has("scene")) {
      drawScene(this.scene, this);
      if (!session.playing) this.pointer.follow();
    }
    drawTop(this.top, this);
  }

  /** The view in which a layer is shown now: through the camera, unless the layer is frozen. @param {Layer | null} [layer] @returns {Sight} */
  viewOf(layer) {
    const { view, session } = this;
    const { time, aspect } = session;
    const { camera } = session.document;
    const through = camera.keyframes.length && !layer?.freeze ? this.part(cameraView) : null;
    if (!through || !time) return view;
    return through.cameraView(view, camera, through.cameraTime(session.document, time), aspect);
  }

  /** Gives the canvases as many pixels as they cover on the screen, also where an ancestor is scaled; returns whether their size changed. */
  #fitCanvases() {
    const { element, canvases } = this;
    const { offsetWidth: width, offsetHeight: height } = element;
    const scale = element.getBoundingClientRect().width / width;
    const ratio = Math.min(MOST_PIXELS, scale * devicePixelRatio, LARGEST_CANVAS / Math.max(width, height));
    // Zooming the graph passes through many scales: canvases of nearly the right size are kept.
    if (!(Math.abs(ratio / this.#ratio - 1) < 0.04)) this.#ratio = ratio;
    const wide = Math.round(width * this.#ratio);
    const high = Math.round(height * this.#ratio);
    if (canvases[0].width === wide && canvases[0].height === high) return false;
    for (const canvas of canvases) [canvas.width, canvas.height] = [wide, high];
    for (const context of this.contexts) context.setTransform(wide / width, 0, 0, high / height, 0, 0);
    return true;
  }

  /** The colour of the layer that is drawn on. */
  get color() {
    return layerColor(this.session.document, this.session.selection.layer);
  }

  /** @param {number} factor */
  resizeBrush(factor) {
    const radius = clamp(this.session.options.radius * factor, 0.002, 0.5);
    this.session.setOption("radius", Math.round(radius * 1e4) / 1e4);
  }

  /** Whether a drag moves the view. */
  get panning() {
    return this.#spaceDown || this.session.tool === "hand";
  }

  updateCursor() {
    const { contact, busy, isOffPicture } = this.pointer;
    const { style } = this.element;
    if (this.panning) style.cursor = busy ? "grabbing" : "grab";
    else if (this.session.problem) style.cursor = "default";
    else style.cursor = isOffPicture ? "not-allowed" : this.tool.cursor(contact);
  }

  /**
   * Handles a key in the editor; returns whether it was used. Space is noted but left to the editor, which plays when
   * it is released without a drag. @param {KeyboardEvent} event @returns {boolean}
   */
  handleKey(event) {
    const { key, type } = event;
    const down = type === "keydown";
    if (key === " ") {
      if (!event.repeat) [this.#spaceDown, this.panned] = [down, false];
      this.updateCursor();
    }
    if (key === " " || !down) return false;
    if (this.keyPointer?.key(event) || this.tool.key(event)) return true;
    if (key === "Escape" && this.pointer.busy) {
      this.pointer.cancel();
      return true;
    }
    const { session } = this;
    if (key === "Enter" && !NO_KEYS.test(session.tool) && !session.waiting && !session.problem) {
      keyPointer.use(session, ({ KeyboardPointer }) => (this.keyPointer = new KeyboardPointer(this)));
      return true;
    }
    return this.#editSelected(event);
  }

  /** Deletes or nudges what is selected; returns whether the key does that. @param {KeyboardEvent} event */
  #editSelected(event) {
    const { session } = this;
    const { path, keyframe } = session.selection;
    const deletes = /^(Delete|Backspace)$/.test(event.key);
    if (event.ctrlKey || event.metaKey || event.altKey || !(deletes || /^Arrow/.test(event.key)))
      return false;
    if (!session.layer) return false;
    // A layer is edited by the select tool only; a selected keyframe is deleted before the layer.
    if (path === null && (session.tool !== "select" || (deletes && keyframe !== null))) return false;
    select.use(session, ({ removeSelected, nudge }) => {
      if (deletes) removeSelected(session);
      else nudge(session, event);
    });
    return true;
  }
}
