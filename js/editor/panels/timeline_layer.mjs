// @ts-check
/** A layer on the timeline: a bar from the start of its motion to the end, which is dragged. */

import { layerColor, layerName } from "../document/layers.mjs";
import { changeMotion } from "../document/motion_edits.mjs";
import { arrowStep, consume, followPointer, h } from "../dom/dom.mjs";
import { clamp } from "../geometry/values.mjs";

/** @import { DocumentEdit, Motion } from "../types" */
/** @typedef {import("../document/session.mjs").Session} Session */
/** @typedef {import("./time_scale.mjs").TimeScale} TimeScale */

const SHORTEST = 0.02; // the shortest motion, as a share of the clip
const HINT = "Drag the ends or the middle, or use the arrow keys (Shift: only the end, Alt: only the start)";

/** The row of a layer. @param {Session} session @param {TimeScale} scale @param {number} place from the top */
export const layerRow = (session, scale, place) => new LayerRow(session, scale, place).element;

class LayerRow {
  #session;
  #scale;
  #place;

  /** @param {Session} session @param {TimeScale} scale @param {number} place */
  constructor(session, scale, place) {
    this.#session = session;
    this.#scale = scale;
    this.#place = place;
    this.element = this.#make();
  }

  get #index() {
    return this.#session.document.layers.length - 1 - this.#place;
  }

  get #layer() {
    return this.#session.document.layers[this.#index];
  }

  get #name() {
    return layerName(this.#session.document, this.#index);
  }

  get #timing() {
    const { freeze, motion } = this.#layer;
    const frame = (/** @type {number} */ time) => this.#scale.frame(time);
    return freeze ? "frozen" : `moves from frame ${frame(motion.start)} to ${frame(motion.end)}`;
  }

  /** The edit that moves the start of a motion by `first` and its end by `last`. @param {Motion} motion @param {number} first @param {number} last @returns {DocumentEdit} */
  #timingEdit(motion, first, last) {
    const index = this.#index;
    const by = clamp(first, -motion.start, 1 - motion.end);
    const whole = { start: motion.start + by, end: motion.end + by };
    const start = Math.min(motion.end - SHORTEST, Math.max(0, motion.start + first));
    const end = Math.max(motion.start + SHORTEST, Math.min(1, motion.end + last));
    const partial = first === last ? whole : first ? { start } : { end };
    return (document) => changeMotion(document, index, partial);
  }

  /** Selects the layer; returns whether its timing may be edited. */
  #mayEdit() {
    const session = this.#session;
    session.select({ layer: this.#index });
    return !this.#layer.freeze && session.editableLayer() >= 0;
  }

  /** @param {PointerEvent} event */
  #drag(event) {
    if (event.button || !this.#mayEdit()) return;
    const session = this.#session;
    const { grip } = /** @type {HTMLElement} */ (event.target).dataset;
    const from = this.#scale.timeAt(event);
    const { motion } = this.#layer;
    session.begin("timing");
    followPointer(
      event,
      (now) => {
        const by = this.#scale.timeAt(now) - from;
        session.change(this.#timingEdit(motion, grip === "end" ? 0 : by, grip === "start" ? 0 : by));
      },
      () => session.end(),
    );
  }

  /** @param {KeyboardEvent} event */
  #nudge(event) {
    const by = arrowStep(event) / this.#scale.steps;
    if (!by || /Up|Down/.test(event.key) || event.ctrlKey || event.metaKey) return;
    consume(event);
    if (!this.#mayEdit()) return;
    const edit = this.#timingEdit(this.#layer.motion, event.shiftKey ? 0 : by, event.altKey ? 0 : by);
    this.#session.apply(edit, "timing", `timing ${this.#index}`);
  }

  #makeBar() {
    return h(
      "div",
      {
        class: () => (this.#layer.freeze ? "bar frozen" : "bar"),
        "data-loop": () => this.#layer.motion.loop,
        "--at": () => (this.#layer.freeze ? 0 : this.#layer.motion.start),
        "--to": () => (this.#layer.freeze ? 1 : this.#layer.motion.end),
        tabindex: 0,
        role: "slider",
        title: () => `${this.#name} ${this.#timing}\n${HINT}`,
        "aria-label": () => `${this.#name}, timing`,
        "aria-valuenow": () => this.#scale.frame(this.#layer.motion.start),
        "aria-valuetext": () => this.#timing,
        onpointerdown: (/** @type {PointerEvent} */ event) => this.#drag(event),
        onkeydown: (/** @type {KeyboardEvent} */ event) => this.#nudge(event),
      },
      h("i", { class: "grip", "data-grip": "start" }),
      h("i", { class: "grip", "data-grip": "end" }),
    );
  }

  #make() {
    const session = this.#session;
    const isSelected = () => this.#index === session.selection.layer;
    return h(
      "div",
      {
        class: () => `row${isSelected() ? " selected" : ""}${this.#layer.visible ? "" : " dim"}`,
        "--layer": () => layerColor(session.document, this.#index),
      },
      h(
        "button",
        {
          class: "row-name",
          tabindex: -1,
          title: () => this.#name,
          onclick: () => session.select({ layer: this.#index }),
        },
        h("i", { class: "dot" }),
        h("span", {}, () => this.#name),
      ),
      h("div", { class: "track", onpointerdown: this.#scale.scrub }, this.#makeBar()),
    );
  }
}
