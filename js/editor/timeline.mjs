// @ts-check
/** When things happen: a row for the camera's keyframes, a row for each layer's motion, and the playhead. */

import { addKeyframe, frameOf, goToKeyframe, removeKeyframe, stepFrame } from "./actions.mjs";
import { follow, h, setAttribute } from "./dom.mjs";
import { changeMotion, moveKeyframe } from "./edits.mjs";
import { icon } from "./icons.mjs";

/** @typedef {import("./session.mjs").Session} Session */

const SHORTEST = 0.02;

export class Timeline {
  /** @param {Session} session */
  constructor(session) {
    this.session = session;
    /** @type {ReturnType<Timeline["row"]>[]} */
    this.rows = [];
    /** @type {HTMLButtonElement[]} */
    this.keys = [];
    this.ruler = h("div", {
      class: "track ruler",
      tabIndex: 0,
      role: "slider",
      "aria-label": "Playhead",
      "aria-valuemin": 1,
      onpointerdown: (/** @type {PointerEvent} */ event) => this.scrub(event),
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.step(event),
    });
    this.camera = h("div", {
      class: "track",
      title: "Double-click adds a keyframe",
      onpointerdown: (/** @type {PointerEvent} */ event) => event.target === this.camera && this.scrub(event),
      ondblclick: (/** @type {MouseEvent} */ event) => event.target === this.camera && addKeyframe(session, this.timeAt(event)),
    });
    this.head = h("div", { class: "playhead" });
    this.layers = h("div", { class: "rows" });
    this.element = h(
      "section",
      { class: "timeline", "aria-label": "Timeline" },
      h("div", { class: "row" }, h("span", { class: "row-name quiet" }, "Frame"), this.ruler),
      h("div", { class: "row" }, h("span", { class: "row-name" }, icon("view"), "Camera"), this.camera),
      this.layers,
      h("div", { class: "over", "aria-hidden": "true" }, this.head),
    );
  }

  /** @param {{clientX: number}} event @returns {number} time 0..1, on a whole frame */
  timeAt(event) {
    const box = this.ruler.getBoundingClientRect();
    const steps = Math.max(1, this.session.length - 1);
    return Math.round(Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * steps) / steps;
  }

  /** @param {PointerEvent} event */
  scrub(event) {
    if (event.button) return;
    this.session.setPlaying(false);
    this.session.setTime(this.timeAt(event));
    follow(event, (moved) => this.session.setTime(this.timeAt(moved)), () => {});
  }

  /** @param {KeyboardEvent} event */
  step(event) {
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1, ArrowUp: 1, PageDown: -4, PageUp: 4 }[event.key];
    if (!by || event.altKey || event.ctrlKey) return;
    stepFrame(this.session, by);
    event.preventDefault();
    event.stopPropagation();
  }

  row() {
    const { session } = this;
    const name = h("button", { type: "button", class: "row-name", tabIndex: -1, onclick: () => session.select({ layer: row.at }) });
    name.append(h("i", { class: "dot" }), h("span"));
    const bar = h("div", { class: "bar", tabIndex: 0, role: "slider" }, h("i", { class: "grip" }), h("i", { class: "grip" }));
    const track = h("div", { class: "track" }, bar);
    const element = h("div", { class: "row" }, name, track);
    const row = { element, name, bar, track, at: -1 };
    bar.addEventListener("pointerdown", (event) => this.dragBar(event, row));
    bar.addEventListener("keydown", (event) => this.keyBar(event, row));
    track.addEventListener("pointerdown", (event) => event.target === track && this.scrub(event));
    return row;
  }

  /**
   * The edit that moves a bar's start by `first` and its end by `last`, from what it was.
   * @param {number} at @param {any} motion @param {number} first @param {number} last
   */
  timed(at, motion, first, last) {
    const whole = first === last;
    const by = whole ? Math.min(1 - motion.end, Math.max(-motion.start, first)) : 0;
    const start = whole ? motion.start + by : Math.min(motion.end - SHORTEST, Math.max(0, motion.start + first));
    const end = whole ? motion.end + by : Math.max(motion.start + SHORTEST, Math.min(1, motion.end + last));
    return (/** @type {any} */ document) => changeMotion(document, at, { start, end });
  }

  /** @param {PointerEvent} event @param {ReturnType<Timeline["row"]>} row */
  dragBar(event, row) {
    if (event.button) return;
    const { session } = this;
    const { at } = row;
    session.select({ layer: at });
    if (session.layer?.freeze || session.editableLayer() < 0) return;
    const grip = [...row.bar.children].indexOf(/** @type {Element} */ (event.target));
    const { motion } = session.document.layers[at];
    const from = this.timeAt(event);
    session.begin();
    follow(
      event,
      (moved) => {
        const by = this.timeAt(moved) - from;
        session.change(this.timed(at, motion, grip === 1 ? 0 : by, grip === 0 ? 0 : by));
      },
      () => session.end("timing"),
    );
  }

  /** @param {KeyboardEvent} event @param {ReturnType<Timeline["row"]>} row */
  keyBar(event, row) {
    const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!way || event.ctrlKey || event.metaKey) return;
    const { session } = this;
    const by = way / Math.max(1, session.length - 1);
    session.select({ layer: row.at });
    event.preventDefault();
    event.stopPropagation();
    if (session.layer?.freeze || session.editableLayer() < 0) return;
    const { motion } = session.document.layers[row.at];
    const edit = this.timed(row.at, motion, event.shiftKey ? 0 : by, event.altKey ? 0 : by);
    session.apply(edit, "timing", `timing ${row.at}`);
  }

  key() {
    const { session } = this;
    const element = h("button", { type: "button", class: "key" }, icon("keyframe"));
    const at = () => this.keys.indexOf(element);
    element.addEventListener("click", () => goToKeyframe(session, at()));
    element.addEventListener("pointerdown", (event) => {
      if (event.button || session.problem) return;
      const index = at();
      session.select({ keyframe: index });
      session.begin();
      follow(
        event,
        (moved) => session.change((document) => moveKeyframe(document, index, this.timeAt(moved))),
        () => session.end("move keyframe"),
      );
    });
    element.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      const index = at();
      const time = session.document.camera.keyframes[index].time + (by ?? 0) / Math.max(1, session.length - 1);
      if (by) session.apply((document) => moveKeyframe(document, index, Math.min(1, Math.max(0, time))), "move keyframe", `key ${index}`);
      else if (event.key === "Delete" || event.key === "Backspace") removeKeyframe(session, index);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    return element;
  }

  update() {
    const { session, rows, keys } = this;
    const { layers, camera } = session.document;
    while (rows.length < layers.length) {
      rows.push(this.row());
      this.layers.append(/** @type {any} */ (rows.at(-1)).element);
    }
    while (rows.length > layers.length) rows.pop()?.element.remove();
    rows.forEach((row, place) => this.showRow(row, layers.length - 1 - place));
    while (keys.length < camera.keyframes.length) {
      keys.push(this.key());
      this.camera.append(/** @type {any} */ (keys.at(-1)));
    }
    while (keys.length > camera.keyframes.length) keys.pop()?.remove();
    keys.forEach((key, index) => {
      const { time } = camera.keyframes[index];
      key.style.left = `${time * 100}%`;
      const title = `Keyframe ${index + 1}, frame ${Math.round(frameOf(session, time) * 10) / 10}`;
      key.title = `${title}\nDrag or arrow keys move it, Delete deletes it`;
      setAttribute(key, "aria-label", title);
      setAttribute(key, "aria-pressed", String(session.selection.keyframe === index));
    });
    this.showRuler();
    this.updateTime();
  }

  /** @param {ReturnType<Timeline["row"]>} row @param {number} at */
  showRow(row, at) {
    const { session } = this;
    const layer = session.document.layers[at];
    const { start, end, loop } = layer.motion;
    row.at = at;
    row.element.style.setProperty("--layer", layer.color);
    row.element.classList.toggle("flowbrush-selected", session.selection.layer === at);
    row.element.classList.toggle("flowbrush-dim", !layer.visible);
    const name = layer.name || `Layer ${at + 1}`;
    const label = /** @type {Element} */ (row.name.lastChild);
    if (label.textContent !== name) row.name.title = label.textContent = name;
    row.bar.classList.toggle("flowbrush-frozen", layer.freeze);
    row.bar.dataset.loop = layer.freeze ? "none" : loop;
    row.bar.style.left = `${(layer.freeze ? 0 : start) * 100}%`;
    row.bar.style.width = `${(layer.freeze ? 1 : end - start) * 100}%`;
    const [first, last] = [start, end].map((time) => Math.round(frameOf(session, time)));
    const about = layer.freeze ? "frozen" : `moves from frame ${first} to ${last}`;
    row.bar.title = `${name}: ${about}\nDrag the ends or the middle; arrow keys move, with Shift the end, with Alt the start`;
    setAttribute(row.bar, "aria-label", `${name}, timing`);
    setAttribute(row.bar, "aria-valuetext", about);
    setAttribute(row.bar, "aria-valuenow", String(first));
  }

  /** Frame numbers, as many as are easily read. */
  showRuler() {
    const { length } = this.session;
    if (this.ruled === length) return;
    this.ruled = length;
    const every = [1, 2, 4, 8, 10, 16, 20, 40, 80, 160].find((step) => length / step <= 14) ?? 320;
    const marks = [];
    for (let frame = 0; frame < length; frame += every) {
      const mark = h("span", { class: "mark" }, String(frame + 1));
      mark.style.left = `${(frame / Math.max(1, length - 1)) * 100}%`;
      marks.push(mark);
    }
    this.ruler.replaceChildren(...marks);
    this.ruler.setAttribute("aria-valuemax", String(length));
    this.element.style.setProperty("--frames", String(Math.max(1, length - 1)));
  }

  updateTime() {
    this.head.style.left = `${this.session.time * 100}%`;
    setAttribute(this.ruler, "aria-valuenow", String(Math.round(frameOf(this.session, this.session.time))));
  }
}
