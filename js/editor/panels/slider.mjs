// @ts-check
/** A slider with a value field that can be dragged and typed in. */

import { consume, followPointer, h, onUpdate, tooltip } from "../dom/dom.mjs";
import { clamp } from "../geometry/values.mjs";

/** @import { SliderOptions } from "../parts" */
/** @typedef {import("../document/session.mjs").Session} Session */

const FIELD_TRAVEL = 200; // px of a drag in the field that equal the whole track
const CATCH = 0.015; // share of the track; a pointer this close to the default value selects it
/** @type {Record<string, number>} */
const KEY_STEPS = { ArrowRight: 1, ArrowUp: 1, PageUp: 10, ArrowLeft: -1, ArrowDown: -1, PageDown: -10 };

/** @param {number | (() => number) | undefined} value */
const resolve = (value) => (typeof value === "function" ? value() : value);

/** @param {Session} session @param {SliderOptions} options @returns {HTMLElement} */
export const slider = (session, options) => new Slider(session, options).element;

class Slider {
  #session;
  #options;
  #label;
  #dragging = false;
  #text = ""; // what the field shows

  /** @param {Session} session @param {SliderOptions} options */
  constructor(session, options) {
    this.#session = session;
    this.#options = options;
    this.#label = options.name.toLowerCase();
    this.range = this.#makeRange();
    this.field = this.#makeField();
    this.sign = h("span", { class: "unit", "aria-hidden": true });
    const { name, unit = "" } = options;
    this.element = h(
      "div",
      { class: "slider" },
      h("span", { class: "label", title: this.range.title, ondblclick: () => this.#reset() }, name),
      this.range,
      h("label", { class: "well" }, this.sign, this.field, h("span", { class: "unit" }, unit)),
    );
    onUpdate(() => this.#show());
  }

  #makeRange() {
    const { name, keys, about } = this.#options;
    const end = () => this.#end();
    return h("input", {
      type: "range",
      class: "range",
      min: 0,
      max: 1,
      step: "any",
      title: tooltip(name, keys, about),
      "aria-label": name,
      ondblclick: () => this.#reset(),
      onpointerdown: (/** @type {PointerEvent} */ event) => event.button || this.#begin(),
      oninput: () => this.#slide(),
      onchange: end,
      onpointerup: end,
      onpointercancel: end,
      onblur: end,
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.#step(event),
    });
  }

  #makeField() {
    return h("input", {
      type: "text",
      class: "value",
      inputmode: "decimal",
      role: "spinbutton",
      "aria-label": `${this.#options.name}, value`,
      title: "Drag or type. Double-click resets.",
      ondblclick: () => this.#reset(),
      onpointerdown: (/** @type {PointerEvent} */ event) => this.#dragField(event),
      onchange: () => this.#readField(),
      onblur: () => this.#show(),
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.#keyInField(event),
    });
  }

  get #high() {
    return resolve(this.#options.high) ?? 0;
  }

  get #default() {
    return resolve(this.#options.reset) ?? 0;
  }

  /** The share of the track, 0..1, at which a value lies. @param {number} value */
  #shareOf(value) {
    const { low, curve = 1 } = this.#options;
    return clamp((value - low) / (this.#high - low), 0, 1) ** (1 / curve);
  }

  /** The value at a share of the track. @param {number} share */
  #valueAt(share) {
    const { low, curve = 1 } = this.#options;
    return low + (this.#high - low) * clamp(share, 0, 1) ** curve;
  }

  /** Sets a value, limited and rounded. @param {number} wanted */
  #put(wanted) {
    if (!Number.isFinite(wanted) || this.range.disabled) return;
    const { name, low, limits, whole, edit, set } = this.#options;
    const [least, most] = limits ?? [low, this.#high];
    const steps = whole ? 1 : 100;
    const value = Math.round(clamp(wanted, least, most) * steps) / steps;
    if (!edit) return set?.(value);
    const session = this.#session;
    const change = edit(value);
    if (!change) this.#show();
    else if (this.#dragging) session.change(change);
    else session.apply(change, this.#label, `slider ${name} ${session.selection.layer}`);
  }

  #reset() {
    this.#put(this.#default);
    this.#show(true);
  }

  #begin() {
    if (this.#dragging || this.range.disabled) return;
    this.#dragging = true;
    if (this.#options.edit) this.#session.begin(this.#label);
  }

  #end() {
    if (this.#dragging && this.#options.edit) this.#session.end(this.#label);
    this.#dragging = false;
    this.#show();
  }

  #slide() {
    const share = Number(this.range.value);
    const home = this.#default;
    this.#put(Math.abs(share - this.#shareOf(home)) < CATCH ? home : this.#valueAt(share));
  }

  /** Steps by an arrow or page key; returns whether it was one. @param {KeyboardEvent} event */
  #step(event) {
    const by = KEY_STEPS[event.key];
    if (!by || event.ctrlKey || event.metaKey || event.altKey) return false;
    consume(event);
    const { get, step = 1 } = this.#options;
    this.#put((get() ?? 0) + by * step * (event.shiftKey ? 10 : 1));
    this.#show(true);
    return true;
  }

  #readField() {
    const { value } = this.field;
    if (value !== this.#text) this.#put(Number.parseFloat(value.replace(",", ".").replace("−", "-")));
    this.#show(true);
  }

  /** @param {KeyboardEvent} event */
  #keyInField(event) {
    if (/^Arrow(Left|Right)$/.test(event.key) || this.#step(event)) return;
    if (event.key === "Enter") this.#readField();
    else if (event.key === "Escape") this.#show(true);
    else return;
    this.field.select();
    consume(event);
  }

  /** Drags the value where the field is not being typed in; a press without a drag begins typing. @param {PointerEvent} event */
  #dragField(event) {
    const { field } = this;
    if (document.activeElement === field || event.button || field.disabled) return;
    event.preventDefault();
    const { get, low, curve = 1 } = this.#options;
    const first = get() ?? 0;
    followPointer(
      event,
      (moved) => {
        const by = moved.clientX - event.clientX;
        if (!this.#dragging && Math.abs(by) < 3) return;
        this.#begin();
        const share = (by * (moved.shiftKey ? 0.1 : 1)) / FIELD_TRAVEL;
        this.#put(
          curve === 1 ? first + share * (this.#high - low) : this.#valueAt(this.#shareOf(first) + share),
        );
      },
      () => {
        if (this.#dragging) return this.#end();
        field.focus();
        field.select();
      },
    );
  }

  /** Shows the present value. @param {boolean} [evenTyped] whether a field that is being typed in is overwritten too */
  #show(evenTyped) {
    const { low, from = Math.max(low, 0), unit = "", signs, get } = this.#options;
    const { range, field } = this;
    const value = get() ?? null;
    const now = value ?? this.#default;
    range.disabled = field.disabled = value === null;
    this.element.toggleAttribute("data-off", value === null);
    this.#text = value === null ? "" : numberText(now);
    if ((evenTyped || document.activeElement !== field) && field.value !== this.#text)
      field.value = this.#text;
    this.sign.textContent = (value && signs?.[value < 0 ? 1 : 0]) || "";
    const share = this.#shareOf(now);
    const zero = this.#shareOf(from);
    if (Number(range.value) !== share) range.value = String(share);
    range.style.setProperty("--from", String(Math.min(share, zero)));
    range.style.setProperty("--to", String(Math.max(share, zero)));
    for (const input of [range, field]) input.setAttribute("aria-valuetext", `${this.#text} ${unit}`);
    field.setAttribute("aria-valuenow", String(now));
  }
}

/** A number with two decimals below 10 and one above. @param {number} value */
const numberText = (value) =>
  String(Number(value.toFixed(Math.abs(value) < 10 ? 2 : 1)) || 0).replace("-", "−");
