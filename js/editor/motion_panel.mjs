// @ts-check
/** How the selected layer moves: Runway's sliders, its paths, its timing. */

import * as edits from "./edits.mjs";
import { canPasteMotion, copyMotion, frameOf, motionEdit, pasteMotion, timeOf, toggleLayer } from "./actions.mjs";
import { CurveEditor } from "./curve_editor.mjs";
import { button, describe, h, roving, setPressed } from "./dom.mjs";
import { Slider } from "./slider.mjs";

/** @typedef {import("./session.mjs").Session} Session */

export class MotionPanel {
  /** @param {Session} session */
  constructor(session) {
    this.session = session;
    this.copy = button("copy", "Copy motion", () => copyMotion(session), { keys: "Ctrl+C" });
    this.paste = button("paste", "Paste motion", () => pasteMotion(session), { keys: "Ctrl+V" });
    this.frozen = button("freeze", "Freeze layer", () => toggleLayer(session, "freeze"), { keys: "F", label: "Freeze" });
    this.none = h("p", { class: "quiet" });
    this.sliders = [...this.moves(), ...this.timing()];
    this.curve = new CurveEditor(session, {
      get: () => this.motion?.ease,
      edit: (kind) => motionEdit(session, { ease: kind }),
    });
    this.loops = ["none", "repeat", "pingpong"].map((loop) => {
      const label = { none: "Once", repeat: "Repeat", pingpong: "Back and forth" }[loop] ?? "";
      const put = () => this.apply({ loop }, "loop");
      return { loop, element: button("", label, put, { label }) };
    });
    this.loop = h("div", { class: "segments", role: "group", "aria-label": "Afterwards" });
    this.loop.append(...this.loops.map(({ element }) => element));
    this.settle = roving(this.loop, "button");
    this.paths = h("div", { class: "paths" });
    const [horizontal, vertical, proximity, rotation, ambient, speed, seed, start, end, rate, order] = this.sliders;
    this.wander = h("div", { class: "nested" }, speed.element, seed.element);
    this.pivot = button("close", "Turn about the region's centre", () => this.apply({ pivot: null }, "pivot"), {
      label: "Own pivot",
    });
    this.body = h(
      "div",
      { class: "body" },
      ...[horizontal, vertical, proximity, rotation].map(({ element }) => element),
      this.pivot,
      ambient.element,
      this.wander,
      this.paths,
      h("h4", {}, "Timing"),
      ...[start, end, rate].map(({ element }) => element),
      this.curve.element,
      h("div", { class: "line" }, h("span", { class: "label" }, "After"), this.loop),
      h("h4", {}, "Depth"),
      order.element,
    );
    this.element = h(
      "section",
      { class: "panel motion", "aria-label": "Motion" },
      h("header", {}, (this.title = h("h3")), this.frozen, this.copy, this.paste),
      this.none,
      this.body,
    );
  }

  /** The motion that the sliders show; none for a frozen layer. @returns {any} */
  get motion() {
    const { layer } = this.session;
    return layer && !layer.freeze ? layer.motion : null;
  }

  /** @param {any} partial @param {string} label */
  apply(partial, label) {
    const edit = motionEdit(this.session, partial);
    if (edit) this.session.apply(edit, label);
  }

  /**
   * @param {Partial<import("./slider.mjs").SliderOptions> & {name: string}} options
   * @param {(motion: any) => number | null} get
   * @param {(value: number, motion: any) => any} partial of the motion that a value makes
   */
  slider(options, get, partial) {
    return new Slider(this.session, {
      low: -100,
      high: 100,
      ...options,
      get: () => this.motion && get(this.motion),
      edit: (value) => motionEdit(this.session, partial(value, this.motion)),
    });
  }

  moves() {
    return [
      this.slider(
        { name: "Horizontal", about: "To the right, in parts of the picture's width", limits: [-400, 400], unit: "%", signs: ["→", "←"] },
        (motion) => motion.horizontal * 100,
        (value) => ({ horizontal: value / 100 }),
      ),
      this.slider(
        { name: "Vertical", about: "Upwards, in parts of the picture's height", limits: [-400, 400], unit: "%", signs: ["↑", "↓"] },
        (motion) => -motion.vertical * 100,
        (value) => ({ vertical: -value / 100 }),
      ),
      this.slider(
        { name: "Proximity", about: "Nearer and larger, or away and smaller", limits: [-800, 800], unit: "%", signs: ["⊕", "⊖"] },
        (motion) => motion.proximity * 100,
        (value) => ({ proximity: value / 100 }),
      ),
      this.slider(
        { name: "Rotation", about: "Clockwise", low: -180, high: 180, limits: [-3600, 3600], unit: "°", signs: ["↻", "↺"] },
        (motion) => motion.rotation,
        (value) => ({ rotation: value }),
      ),
      this.slider(
        { name: "Ambient", about: "A gentle wander, as of leaves and water", low: 0, high: 10, limits: [0, 50], step: 0.1, curve: 2, unit: "%" },
        (motion) => motion.ambient.amount * 100,
        (value, motion) => ({ ambient: { ...motion.ambient, amount: value / 100 } }),
      ),
      this.slider(
        { name: "Pace", about: "How quickly it wanders", low: 0, high: 5, limits: [0, 20], reset: 1, step: 0.1, unit: "×" },
        (motion) => motion.ambient.speed,
        (value, motion) => ({ ambient: { ...motion.ambient, speed: value } }),
      ),
      this.slider(
        { name: "Variation", whole: true, about: "Another wander of the same kind", low: 0, high: 50, limits: [0, 2 ** 31 - 1] },
        (motion) => motion.ambient.seed,
        (value, motion) => ({ ambient: { ...motion.ambient, seed: Math.round(value) } }),
      ),
    ];
  }

  timing() {
    const { session } = this;
    const shortest = 0.01;
    return [
      this.slider(
        { name: "Start", whole: true, about: "The frame at which it begins to move", low: 1, high: 2, reset: 1 },
        (motion) => frameOf(session, motion.start),
        (value, motion) => ({ start: Math.min(timeOf(session, value), motion.end - shortest) }),
      ),
      this.slider(
        { name: "End", whole: true, about: "The frame at which it arrives", low: 1, high: 2 },
        (motion) => frameOf(session, motion.end),
        (value, motion) => ({ end: Math.max(timeOf(session, value), motion.start + shortest) }),
      ),
      this.slider(
        { name: "Speed", about: "How many times quicker than over the whole clip", low: 1, high: 8, limits: [1, 50], reset: 1, step: 0.25, curve: 2, unit: "×" },
        (motion) => 1 / (motion.end - motion.start),
        (value, motion) => {
          const lasts = 1 / value;
          const start = Math.min(motion.start, 1 - lasts);
          return { start, end: Math.min(1, start + lasts) };
        },
      ),
      new Slider(session, {
        name: "In front",
        whole: true,
        about: "Larger is nearer; below 0 is behind what is not painted",
        low: -5,
        high: 5,
        limits: [-1000, 1000],
        get: () => session.layer?.order,
        edit: (value) => {
          const at = session.editableLayer();
          return at < 0 ? null : (document) => edits.changeLayer(document, at, { order: Math.round(value) });
        },
      }),
    ];
  }

  /** A row a path, and for the selected point when it is reached. */
  showPaths() {
    const { session, motion } = this;
    const { path: chosen, point, layer: at } = session.selection;
    const state = JSON.stringify([at, chosen, point, session.length, session.layer?.freeze]);
    if (this.shownPaths === motion?.paths && this.shownState === state) return;
    this.shownPaths = motion?.paths;
    this.shownState = state;
    const paths = motion?.paths ?? [];
    /** @param {(document: any) => any} edit @param {string} label */
    const apply = (edit, label) => session.editableLayer() >= 0 && session.apply(edit, label);
    const held = /** @type {HTMLElement | null} */ (document.activeElement)?.dataset.path;
    const rows = paths.map((/** @type {any} */ path, /** @type {number} */ index) => {
      const name = `${path.points.length > 2 ? "Path" : "Arrow"} ${index + 1}`;
      const select = button(path.points.length > 2 ? "spline" : "arrow", `Select ${name}`, () => session.select({ path: index, point: null }), { label: `${name} · ${path.points.length} points` });
      setPressed(select, chosen === index);
      select.dataset.path = String(index);
      const remove = button("trash", `Delete ${name}`, () => apply((document) => edits.removePath(document, at, index), "delete path"), { class: "small" });
      return h("div", { class: "line" }, select, remove);
    });
    if (paths.length > 1) {
      const fits = [["rigid", "Bend"], ["similarity", "Bend and scale"]].map(([fit, label]) => {
        const element = button("", label, () => this.apply({ fit }, "fit"), { label, about: "How several paths carry one region" });
        setPressed(element, motion.fit === fit);
        return element;
      }); // prettier-ignore
      rows.push(h("div", { class: "line" }, h("span", { class: "label" }, "Several"), h("div", { class: "segments" }, ...fits)));
    }
    const path = paths[chosen ?? -1];
    if (path && point !== null) rows.push(...this.pointRows(path, chosen ?? 0, point, apply));
    this.paths.replaceChildren(...(rows.length ? [h("h4", {}, "Paths"), ...rows] : []));
    if (held) /** @type {HTMLElement | null} */ (this.paths.querySelector(`[data-path="${held}"]`))?.focus();
  }

  /**
   * @param {any} path @param {number} index @param {number} point
   * @param {(edit: (document: any) => any, label: string) => any} apply
   */
  pointRows(path, index, point, apply) {
    const { session } = this;
    const at = session.selection.layer;
    const corner = button("polygon", "Corner", () => apply((document) => edits.toggleCorner(document, at, index, point), "corner"), {
      label: path.corners.includes(point) ? "Corner" : "Smooth",
      about: "Whether the path turns sharply here; also a double-click on the point",
    });
    setPressed(corner, path.corners.includes(point));
    const even = path.times && button("close", "Even speed along the path", () => apply((document) => edits.changePath(document, at, index, { times: null }), "even speed"), { label: "Even speed" });
    const when = new Slider(session, {
      name: `Point ${point + 1}`,
      about: "How much of the motion's time has passed when it gets here",
      low: 0,
      high: 100,
      unit: "%",
      get: () => {
        const now = session.layer?.motion.paths[index];
        return now && point ? 100 * (now.times?.[point] ?? point / (now.points.length - 1)) : null;
      },
      edit: (value) => (session.editableLayer() < 0 ? null : (document) => edits.setPointTime(document, at, index, point, value / 100)),
    });
    this.when = when;
    when.update();
    return [h("div", { class: "line" }, corner, even || null), ...(point ? [when.element] : [])];
  }

  update() {
    const { session, motion, sliders } = this;
    const { layer } = session;
    this.title.textContent = layer ? layer.name || `Layer ${session.selection.layer + 1}` : "Motion";
    this.element.style.setProperty("--layer", layer?.color ?? "transparent");
    this.none.hidden = Boolean(motion);
    this.none.textContent = layer
      ? "This layer is frozen: what it covers holds still, against the camera too."
      : "Paint a region, or select a layer, to give it a motion.";
    this.body.hidden = !motion;
    this.copy.disabled = this.frozen.disabled = !layer;
    this.paste.disabled = !layer || !canPasteMotion();
    setPressed(this.frozen, Boolean(layer?.freeze));
    describe(this.frozen, layer?.freeze ? "Unfreeze layer" : "Freeze layer", "F");
    if (!motion) return;
    const [, , , , , , , start, end] = sliders;
    start.options.high = end.options.high = end.options.reset = Math.max(2, session.length);
    for (const slider of sliders) slider.update();
    this.wander.hidden = motion.ambient.amount === 0;
    this.pivot.hidden = !motion.pivot;
    for (const { loop, element } of this.loops) setPressed(element, motion.loop === loop);
    this.settle();
    this.curve.update();
    this.when?.dragging ? this.when.update() : this.showPaths();
    this.updateTime();
  }

  updateTime() {
    const { motion } = this;
    if (!motion) return;
    const at = (this.session.time - motion.start) / (motion.end - motion.start);
    this.curve.mark(at >= 0 && at <= 1 ? at : null);
  }
}
