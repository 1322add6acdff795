// @ts-check
/** Easing: presets, and a curve whose handles or points are dragged. */

import { button, follow, h, onUpdate, repeat, segments, taken } from "../dom/dom.mjs";
import { ease } from "../geometry/easing.mjs";

/** @typedef {any} Ease a name, a Bezier of four numbers, or a list of [time, value] */

/**
 * The named easings, and the CSS Beziers that equal them exactly.
 * @type {Record<string, [string, number[]]>}
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
const LOW = -0.25;
const HIGH = 1.25; // values that are seen

/** @param {number} value */
const rounded = (value) => Math.round(value * 1e3) / 1e3;
/** @param {number} value @param {number} low @param {number} high */
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
/** @param {number} time */
const toX = (time) => MARGIN + time * (WIDTH - 2 * MARGIN);
/** @param {number} value */
const toY = (value) => ((HIGH - value) / (HIGH - LOW)) * HEIGHT;

/**
 * @param {Ease} kind @param {(time: number) => number} x @param {(value: number) => number} y
 * @param {number} steps
 */
const outline = (kind, x, y, steps) =>
  Array.from({ length: steps + 1 }, (_, step) => {
    const at = step / steps;
    return `${step ? "L" : "M"}${x(at).toFixed(1)} ${y(ease(kind, at)).toFixed(1)}`;
  }).join("");

/**
 * @param {import("../document/session.mjs").Session} session
 * @param {() => Ease | null | undefined} get nothing: disabled
 * @param {(kind: Ease) => any} edit of the document, or null
 * @param {() => number} [progress] of the clip along the curve, marked where it is within 0..1
 */
export function curveEditor(session, get, edit, progress) {
  const kind = () => get() ?? "linear";
  const hasPoints = () => Array.isArray(kind()[0]);
  /** What can be dragged: the points, or a Bezier's two handles. @returns {number[][]} */
  const points = () => {
    const now = kind();
    if (hasPoints()) return now;
    const [x1, y1, x2, y2] = typeof now === "string" ? PRESETS[now][1] : now;
    return [
      [x1, y1],
      [x2, y2],
    ];
  };
  const put = (/** @type {Ease} */ wanted, merge = "") => {
    const change = edit(wanted);
    if (change) session.apply(change, "easing", merge);
  };
  const at = (/** @type {number} */ time) => [rounded(time), rounded(ease(kind(), time))];
  const under = (/** @type {MouseEvent} */ event) => {
    const box = drawing.getBoundingClientRect();
    const [x, y] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    return [clamp((x * WIDTH - MARGIN) / (WIDTH - 2 * MARGIN), 0, 1), HIGH - y * (HIGH - LOW)];
  };
  const add = (/** @type {MouseEvent} */ event) => {
    const [time] = under(event);
    const before = hasPoints() ? points() : [at(0), at(1)];
    if (before.some((point) => Math.abs(point[0] - time) < 0.03)) return;
    put([...before, at(time)].sort((a, b) => a[0] - b[0]));
  };
  /** The curve with one point elsewhere. @param {number} index @param {number[]} to @returns {Ease} */
  const moved = (index, [time, value]) => {
    const all = points().map((point) => [...point]);
    const last = all.length - 1;
    const y = rounded(clamp(value, -2, 3));
    if (!hasPoints()) all[index] = [rounded(clamp(time, 0, 1)), y];
    else if (index === 0) return kind();
    else
      all[index] = [
        index === last ? 1 : rounded(clamp(time, all[index - 1][0] + 0.01, all[index + 1][0] - 0.01)),
        y,
      ];
    return hasPoints() ? all : all.flat();
  };

  const handle = (/** @type {number} */ index) =>
    h("svg:circle", {
      r: 5,
      tabindex: 0,
      role: "slider",
      cx: () => toX(points()[index][0]),
      cy: () => clamp(toY(points()[index][1]), 4, HEIGHT - 4),
      "aria-label": `Curve point ${index + 1}`,
      "aria-valuenow": () => points()[index][1],
      "aria-valuetext": () => points()[index].map(rounded).join(", "),
      onpointerdown: (/** @type {PointerEvent} */ event) => {
        if (event.button || !edit(kind())) return;
        event.stopPropagation();
        session.begin("easing");
        follow(
          event,
          (now) => session.change(edit(moved(index, under(now)))),
          () => session.end(),
        );
      },
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        const step = event.shiftKey ? 0.1 : 0.02;
        const by = {
          ArrowLeft: [-step, 0],
          ArrowRight: [step, 0],
          ArrowUp: [0, step],
          ArrowDown: [0, -step],
        }[event.key];
        const [time, value] = points()[index];
        if (by) put(moved(index, [time + by[0], value + by[1]]), `easing ${index}`);
        else if (event.key !== "Delete" && event.key !== "Backspace") return;
        else if (hasPoints() && index % (points().length - 1)) put(points().toSpliced(index, 1));
        taken(event);
      },
    });

  const presets = Object.entries(PRESETS).map(([name, [title]]) => {
    const element = button("", title, () => put(name), { pressed: () => get() === name });
    const d = outline(
      name,
      (x) => 3.5 + x * 13,
      (y) => 16 - y * 12,
      12,
    );
    element.append(
      h("svg:svg", { viewBox: "0 0 20 20", class: "icon", "aria-hidden": true }, h("svg:path", { d })),
    );
    return element;
  });
  const togglePoints = () => put(hasPoints() ? "linear" : [0, 0.25, 0.5, 0.75, 1].map(at));
  const about = "Double-click adds a point, Delete takes it away";
  presets.push(button("keyframe", "Curve with points", togglePoints, { about, pressed: hasPoints }));
  const curve = h("svg:path", { class: "curve" });
  const arms = h("svg:path", { class: "arms" });
  const drawing = h(
    "svg:svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "easing", ondblclick: add },
    h("svg:path", { class: "grid", d: `M0 ${toY(0)}H${WIDTH}M0 ${toY(1)}H${WIDTH}` }),
    arms,
    curve,
    progress &&
      h("svg:path", {
        class: "now",
        d: () => (progress() >= 0 && progress() <= 1 ? `M${toX(progress())} 0V${HEIGHT}` : ""),
      }),
    repeat(h("svg:g"), () => points().length, handle),
  );
  /** @type {Ease} */
  let drawn = null;
  onUpdate(() => {
    if (drawn === kind()) return;
    drawn = kind();
    curve.setAttribute("d", outline(drawn, toX, toY, 48));
    const [a, b] = points().map(([time, value]) => `${toX(time)} ${toY(value)}`);
    arms.setAttribute("d", hasPoints() ? "" : `M${toX(0)} ${toY(0)}L${a}M${toX(1)} ${toY(1)}L${b}`);
  });
  return h(
    "div",
    { class: "ease", inert: () => (get() ?? null) === null },
    h("span", { class: "label" }, "Ease"),
    segments("Easing", presets),
    drawing,
  );
}
