// @ts-check
/** The easing of a motion: named presets, and a curve whose handles or points are dragged. */

import { button, consume, followPointer, h, onUpdate, repeat } from "../dom/dom.mjs";
import { segments } from "../dom/segments.mjs";
import { ease } from "../geometry/easing.mjs";
import { clamp, rounded } from "../geometry/values.mjs";

/** @import { DocumentEdit, Ease, Point } from "../types" */
/** @typedef {import("../document/session.mjs").Session} Session */

/**
 * The named easings with their titles, and the CSS Beziers that equal them exactly.
 * @type {Record<string, [title: string, bezier: number[]]>}
 */
const PRESETS = {
  linear: ["Even", [1 / 3, 1 / 3, 2 / 3, 2 / 3]],
  ease_in: ["Ease in", [1 / 3, 0, 2 / 3, 1 / 3]],
  ease_out: ["Ease out", [1 / 3, 2 / 3, 2 / 3, 1]],
  ease_in_out: ["Ease in and out", [1 / 3, 0, 2 / 3, 1]],
};
const WIDTH = 240;
const HEIGHT = 110;
const MARGIN = 10;
const LOW = -0.25; // the values at the bottom and at the top of the drawing
const HIGH = 1.25;
const APART = 0.01; // the shortest time between two points

/** @param {number} value */
const rounded3 = (value) => rounded(value, 1e3);
/** @param {number} time */
const toX = (time) => MARGIN + time * (WIDTH - 2 * MARGIN);
/** @param {number} value */
const toY = (value) => ((HIGH - value) / (HIGH - LOW)) * HEIGHT;

/**
 * The SVG path of an easing. @param {Ease} kind @param {(time: number) => number} x
 * @param {(value: number) => number} y @param {number} steps
 */
const outline = (kind, x, y, steps) =>
  Array.from({ length: steps + 1 }, (_, step) => {
    const at = step / steps;
    return `${step ? "L" : "M"}${x(at).toFixed(1)} ${y(ease(kind, at)).toFixed(1)}`;
  }).join("");

/**
 * @param {Session} session @param {() => Ease | null | undefined} get the easing; null or undefined disables the editor
 * @param {(kind: Ease) => DocumentEdit | null} edit the edit that sets an easing
 * @param {() => number} [progress] the clip's progress along the curve, which is marked where it lies within 0..1
 */
export const curveEditor = (session, get, edit, progress) =>
  new CurveEditor(session, get, edit, progress).element;

class CurveEditor {
  #session;
  #get;
  #edit;

  /** @param {Session} session @param {() => Ease | null | undefined} get @param {(kind: Ease) => DocumentEdit | null} edit @param {() => number} [progress] */
  constructor(session, get, edit, progress) {
    this.#session = session;
    this.#get = get;
    this.#edit = edit;
    this.drawing = this.#makeDrawing(progress);
    this.element = h(
      "div",
      { class: "ease", inert: () => (get() ?? null) === null },
      h("span", { class: "label" }, "Ease"),
      segments("Easing", this.#makeButtons()),
      this.drawing,
    );
  }

  /** @returns {Ease} */
  get #kind() {
    return this.#get() ?? "linear";
  }

  get #hasPoints() {
    return Array.isArray(this.#kind[0]);
  }

  /** The positions [time, value] that can be dragged: the points of a curve, or the two handles of a Bezier. @returns {Point[]} */
  get #points() {
    const kind = this.#kind;
    if (this.#hasPoints) return [.../** @type {readonly Point[]} */ (kind)];
    const [x1, y1, x2, y2] = typeof kind === "string" ? PRESETS[kind][1] : /** @type {Point} */ (kind);
    return [
      [x1, y1],
      [x2, y2],
    ];
  }

  /** The point of the present curve at a time. @param {number} time */
  #pointAt(time) {
    return [rounded3(time), rounded3(ease(this.#kind, time))];
  }

  /** @param {Ease} kind @param {string} [merge] */
  #put(kind, merge = "") {
    const change = this.#edit(kind);
    if (change) this.#session.apply(change, "easing", merge);
  }

  /** The position [time, value] under the pointer. @param {MouseEvent} event */
  #under(event) {
    const { left, top, width, height } = this.drawing.getBoundingClientRect();
    const x = ((event.clientX - left) / width) * WIDTH;
    const y = (event.clientY - top) / height;
    return [clamp((x - MARGIN) / (WIDTH - 2 * MARGIN), 0, 1), HIGH - y * (HIGH - LOW)];
  }

  /** Adds a point to the curve; an easing without points becomes a curve. @param {MouseEvent} event */
  #add(event) {
    const [time] = this.#under(event);
    const before = this.#hasPoints ? this.#points : [this.#pointAt(0), this.#pointAt(1)];
    if (before.some((point) => Math.abs(point[0] - time) < 0.03)) return;
    this.#put([...before, this.#pointAt(time)].sort((a, b) => a[0] - b[0]));
  }

  /** The easing with one point or handle at another position. @param {number} index @param {Point} to @returns {Ease} */
  #withMoved(index, [time, value]) {
    const points = this.#points;
    const last = points.length - 1;
    const y = rounded3(clamp(value, -2, 3));
    if (!this.#hasPoints) return points.with(index, [rounded3(clamp(time, 0, 1)), y]).flat();
    if (index === 0) return this.#kind;
    const x = index === last ? 1 : clamp(time, points[index - 1][0] + APART, points[index + 1][0] - APART);
    return points.with(index, [rounded3(x), y]);
  }

  /** @param {number} index */
  #makeHandle(index) {
    return h("svg:circle", {
      r: 5,
      tabindex: 0,
      role: "slider",
      cx: () => toX(this.#points[index][0]),
      cy: () => clamp(toY(this.#points[index][1]), 4, HEIGHT - 4),
      "aria-label": `Curve point ${index + 1}`,
      "aria-valuenow": () => this.#points[index][1],
      "aria-valuetext": () => this.#points[index].map(rounded3).join(", "),
      onpointerdown: (/** @type {PointerEvent} */ event) => this.#drag(index, event),
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(index, event),
    });
  }

  /** @param {number} index @param {PointerEvent} event */
  #drag(index, event) {
    if (event.button || !this.#edit(this.#kind)) return;
    event.stopPropagation();
    this.#session.begin("easing");
    followPointer(
      event,
      (now) => {
        const change = this.#edit(this.#withMoved(index, this.#under(now)));
        if (change) this.#session.change(change);
      },
      () => this.#session.end(),
    );
  }

  /** Moves a point by the arrow keys, or deletes one between the ends. @param {number} index @param {KeyboardEvent} event */
  #key(index, event) {
    const step = event.shiftKey ? 0.1 : 0.02;
    const by = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] }[
      event.key
    ];
    const points = this.#points;
    const [time, value] = points[index];
    if (by) this.#put(this.#withMoved(index, [time + by[0], value + by[1]]), `easing ${index}`);
    else if (event.key !== "Delete" && event.key !== "Backspace") return;
    else if (this.#hasPoints && index % (points.length - 1)) this.#put(points.toSpliced(index, 1));
    consume(event);
  }

  #makeButtons() {
    const presets = Object.entries(PRESETS).map(([name, [title]]) => {
      const element = button("", title, () => this.#put(name), { pressed: () => this.#get() === name });
      const d = outline(
        name,
        (time) => 3.5 + time * 13,
        (value) => 16 - value * 12,
        12,
      );
      element.append(
        h("svg:svg", { viewBox: "0 0 20 20", class: "icon", "aria-hidden": true }, h("svg:path", { d })),
      );
      return element;
    });
    const togglePoints = () =>
      this.#put(this.#hasPoints ? "linear" : [0, 0.25, 0.5, 0.75, 1].map((time) => this.#pointAt(time)));
    const withPoints = button("keyframe", "Curve with points", togglePoints, {
      about: "Double-click adds a point, Delete removes it",
      pressed: () => this.#hasPoints,
    });
    return [...presets, withPoints];
  }

  /** @param {() => number} [progress] */
  #makeDrawing(progress) {
    const curve = h("svg:path", { class: "curve" });
    const arms = h("svg:path", { class: "arms" });
    const nowPath = (/** @type {number} */ at) => (at >= 0 && at <= 1 ? `M${toX(at)} 0V${HEIGHT}` : "");
    /** @type {Ease | null} */
    let drawn = null;
    onUpdate(() => {
      const kind = this.#kind;
      if (drawn === kind) return;
      drawn = kind;
      curve.setAttribute("d", outline(kind, toX, toY, 48));
      const [a, b] = this.#points.map(([time, value]) => `${toX(time)} ${toY(value)}`);
      arms.setAttribute("d", this.#hasPoints ? "" : `M${toX(0)} ${toY(0)}L${a}M${toX(1)} ${toY(1)}L${b}`);
    });
    return h(
      "svg:svg",
      {
        viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
        class: "easing",
        ondblclick: (/** @type {MouseEvent} */ event) => this.#add(event),
      },
      h("svg:path", { class: "grid", d: `M0 ${toY(0)}H${WIDTH}M0 ${toY(1)}H${WIDTH}` }),
      arms,
      curve,
      progress && h("svg:path", { class: "now", d: () => nowPath(progress()) }),
      repeat(
        h("svg:g"),
        () => this.#points.length,
        (index) => this.#makeHandle(index),
      ),
    );
  }
}
