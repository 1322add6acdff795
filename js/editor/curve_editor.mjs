// @ts-check
/** Easing: presets, and a curve whose handles or points are dragged. */

import { button, follow, h, roving, setAttribute, setPressed } from "./dom.mjs";
import { ease } from "./easing.mjs";

/**
 * @typedef {import("./session.mjs").Session} Session
 * @typedef {string | number[] | number[][]} Ease
 */

/** The named easings as the CSS Beziers that equal them exactly. @type {Record<string, number[]>} */
const BEZIERS = {
  linear: [1 / 3, 1 / 3, 2 / 3, 2 / 3],
  ease_in: [1 / 3, 0, 2 / 3, 1 / 3],
  ease_out: [1 / 3, 2 / 3, 2 / 3, 1],
  ease_in_out: [1 / 3, 0, 2 / 3, 1],
};
const TITLES = { linear: "Even", ease_in: "Ease in", ease_out: "Ease out", ease_in_out: "Ease in and out" };
const SIDE = 120;
const LOW = -0.25;
const HIGH = 1.25;

/** @param {number} value */
const rounded = (value) => Math.round(value * 1e3) / 1e3;
/** @param {number} value @param {number} low @param {number} high */
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
/** @param {number} time */
const toX = (time) => 8 + time * (SIDE * 2 - 16);
/** @param {number} value */
const toY = (value) => ((HIGH - value) / (HIGH - LOW)) * SIDE;

/** @param {Ease} kind @param {(time: number) => number} x @param {(value: number) => number} y */
function outline(kind, x, y, steps = 48) {
  let d = "";
  for (let step = 0; step <= steps; step += 1) {
    const at = step / steps;
    d += `${step ? "L" : "M"}${x(at).toFixed(1)} ${y(ease(/** @type {any} */ (kind), at)).toFixed(1)}`;
  }
  return d;
}

/** @param {string} name @param {Record<string, string>} attributes @returns {any} */
function svg(name, attributes = {}) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

export class CurveEditor {
  /**
   * @param {Session} session
   * @param {{get: () => Ease | null | undefined, edit: (kind: Ease) => any}} options
   */
  constructor(session, options) {
    this.session = session;
    this.options = options;
    this.presets = Object.keys(BEZIERS).map((name) => {
      const element = button("", TITLES[/** @type {"linear"} */ (name)], () => this.put(name));
      const drawing = svg("svg", { viewBox: "0 0 20 20", class: "flowbrush-icon", "aria-hidden": "true" });
      drawing.append(svg("path", { d: outline(name, (x) => 3.5 + x * 13, (y) => 16 - y * 12, 12) }));
      element.append(drawing);
      return { name, element };
    });
    this.points = button("keyframe", "Curve with points", () => this.togglePoints(), {
      about: "Double-click adds a point, Delete takes it away",
    });
    const bar = h("div", { class: "segments", role: "group", "aria-label": "Easing" });
    bar.append(...this.presets.map(({ element }) => element), this.points);
    this.settle = roving(bar, "button");
    this.line = svg("path", { class: "flowbrush-curve" });
    this.arms = svg("path", { class: "flowbrush-arms" });
    this.now = svg("path", { class: "flowbrush-now" });
    this.handles = svg("g");
    const grid = `M${toX(0)} ${toY(0)}H${toX(1)}M${toX(0)} ${toY(1)}H${toX(1)}`;
    this.drawing = svg("svg", { viewBox: `0 0 ${SIDE * 2} ${SIDE}`, class: "flowbrush-easing" });
    this.drawing.append(svg("path", { class: "flowbrush-grid", d: grid }), this.arms, this.line, this.now, this.handles);
    this.drawing.addEventListener("dblclick", (/** @type {MouseEvent} */ event) => this.addPoint(event));
    this.element = h("div", { class: "ease" }, h("span", { class: "label" }, "Ease"), bar, this.drawing);
  }

  get kind() {
    return this.options.get() ?? "linear";
  }

  /** @param {Ease} kind @param {string} [merge] */
  put(kind, merge = "") {
    const change = this.options.edit(kind);
    if (change) this.session.apply(change, "easing", merge);
  }

  /** The points that can be dragged: two Bezier handles, or those of a curve. @returns {number[][]} */
  get movable() {
    const { kind } = this;
    if (Array.isArray(kind) && Array.isArray(kind[0])) return /** @type {number[][]} */ (kind);
    const [x1, y1, x2, y2] = typeof kind === "string" ? BEZIERS[kind] : /** @type {number[]} */ (kind);
    return [[x1, y1], [x2, y2]]; // prettier-ignore
  }

  get hasPoints() {
    return Array.isArray(this.kind) && Array.isArray(this.kind[0]);
  }

  togglePoints() {
    const at = (/** @type {number} */ time) => [time, rounded(ease(/** @type {any} */ (this.kind), time))];
    this.put(this.hasPoints ? "linear" : [0, 0.25, 0.5, 0.75, 1].map(at));
  }

  /** @param {{clientX: number, clientY: number}} event @returns {[number, number]} time and value */
  under(event) {
    const box = this.drawing.getBoundingClientRect();
    const scale = (SIDE * 2) / box.width;
    const time = ((event.clientX - box.left) * scale - 8) / (SIDE * 2 - 16);
    return [clamp(time, 0, 1), HIGH - (((event.clientY - box.top) * scale) / SIDE) * (HIGH - LOW)];
  }

  /** @param {MouseEvent} event */
  addPoint(event) {
    const [time] = this.under(event);
    const points = this.hasPoints ? this.movable : [[0, 0], [1, 1]]; // prettier-ignore
    if (points.some((point) => Math.abs(point[0] - time) < 0.03)) return;
    const added = [rounded(time), rounded(ease(/** @type {any} */ (this.kind), time))];
    this.put([...points, added].sort((a, b) => a[0] - b[0]));
  }

  /** The curve with one point elsewhere, within what a curve may be. @param {number} index @param {number[]} to @returns {Ease} */
  moved(index, [time, value]) {
    const points = this.movable.map((point) => [...point]);
    const last = points.length - 1;
    const y = rounded(clamp(value, -2, 3));
    if (!this.hasPoints) {
      points[index] = [rounded(clamp(time, 0, 1)), y];
      return points.flat();
    }
    const x = index === 0 ? 0 : index === last ? 1 : clamp(time, points[index - 1][0] + 0.01, points[index + 1][0] - 0.01);
    points[index] = [index % last ? rounded(x) : x, index ? y : 0];
    return points;
  }

  /** @param {number} index */
  handle(index) {
    const element = svg("circle", { r: "5", tabindex: "0", role: "slider" });
    element.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
      if (event.button || !this.options.edit(this.kind)) return;
      event.stopPropagation();
      this.session.begin();
      const move = (/** @type {PointerEvent} */ at) => {
        const change = this.options.edit(this.moved(index, this.under(at)));
        if (change) this.session.change(change);
      };
      follow(event, move, () => this.session.end("easing"));
    });
    element.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      const step = event.shiftKey ? 0.1 : 0.02;
      const by = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] }[event.key];
      const [time, value] = this.movable[index];
      if (by) this.put(this.moved(index, [time + by[0], value + by[1]]), `easing ${index}`);
      else if ((event.key === "Delete" || event.key === "Backspace") && this.hasPoints) this.remove(index);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    return element;
  }

  /** @param {number} index */
  remove(index) {
    const last = this.movable.length - 1;
    if (index % last) this.put(this.movable.filter((_, at) => at !== index));
  }

  update() {
    const off = this.options.get() === null || this.options.get() === undefined;
    const { kind, movable, handles } = this;
    this.element.classList.toggle("flowbrush-off", off);
    this.element.inert = off;
    for (const { name, element } of this.presets) setPressed(element, !off && kind === name);
    setPressed(this.points, this.hasPoints);
    if (this.drawn !== kind) {
      this.drawn = kind;
      this.line.setAttribute("d", outline(kind, toX, toY));
      while (handles.childElementCount < movable.length) handles.append(this.handle(handles.childElementCount));
      while (handles.childElementCount > movable.length) handles.lastChild.remove();
      movable.forEach(([time, value], index) => {
        const circle = handles.children[index];
        circle.setAttribute("cx", String(toX(time)));
        circle.setAttribute("cy", String(clamp(toY(value), 4, SIDE - 4)));
        setAttribute(circle, "aria-label", `${this.hasPoints ? "Curve point" : "Handle"} ${index + 1}`);
        setAttribute(circle, "aria-valuetext", `time ${rounded(time)}, value ${rounded(value)}`);
        setAttribute(circle, "aria-valuenow", String(rounded(value)));
      });
      const [a, b] = movable.map(([time, value]) => `${toX(time)} ${toY(value)}`);
      this.arms.setAttribute("d", this.hasPoints ? "" : `M${toX(0)} ${toY(0)}L${a}M${toX(1)} ${toY(1)}L${b}`);
    }
    this.settle();
  }

  /** Mark how far along the curve the clip is. @param {number | null} progress */
  mark(progress) {
    this.now.setAttribute("d", progress === null ? "" : `M${toX(progress)} 0V${SIDE}`);
  }
}
