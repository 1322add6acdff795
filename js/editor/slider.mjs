// @ts-check
/** A slider with a value field that can be dragged and typed in. All its numbers are as shown: percent, degrees, frames. */

import { describe, follow, h, setAttribute } from "./dom.mjs";

/**
 * @typedef {import("./session.mjs").Session} Session
 * @typedef {(document: any) => any} Edit
 * @typedef {object} SliderOptions
 * @property {string} name
 * @property {string} [about] a sentence for the tooltip
 * @property {string} [keys]
 * @property {number} low of the track
 * @property {number} high of the track
 * @property {[number, number]} [limits] of the field; the track's where absent
 * @property {number} [reset] the value after a double-click; 0 where absent
 * @property {number} [step] of the arrow keys; 1 where absent
 * @property {number} [curve] exponent of the track; 2 gives small values more room
 * @property {boolean} [whole] only whole numbers
 * @property {string} [unit]
 * @property {[string, string]} [signs] beside a positive and a negative value: which way it goes
 * @property {() => number | null | undefined} get nothing: disabled
 * @property {(value: number) => Edit | null} [edit] of the document; null when it may not be edited
 * @property {(value: number) => void} [set] where it is not the document that changes
 */

export class Slider {
  /** @param {Session} session @param {SliderOptions} options */
  constructor(session, options) {
    this.session = session;
    this.options = options;
    this.dragging = false;
    const { name, keys, about, unit = "" } = options;
    const reset = () => this.put(this.reset);
    this.range = h("input", { type: "range", class: "range", min: "0", max: "1", step: "any", ondblclick: reset });
    this.field = h("input", { type: "text", class: "value", inputMode: "decimal", role: "spinbutton", ondblclick: reset });
    this.glyph = h("span", { class: "unit", "aria-hidden": "true" });
    describe(this.range, name, keys, about);
    describe(this.field, `${name}, value`, "", "Drag or type. Double-click resets.");
    this.element = h(
      "div",
      { class: "slider" },
      h("span", { class: "label", title: this.range.title, ondblclick: reset }, name),
      this.range,
      h("label", { class: "well" }, this.glyph, this.field, h("span", { class: "unit" }, unit)),
    );
    this.listenToTrack();
    this.listenToField();
  }

  get reset() {
    return this.options.reset ?? 0;
  }

  /** @param {number} value @returns {number} where on the track, 0..1 */
  along(value) {
    const { low, high, curve = 1 } = this.options;
    return Math.min(1, Math.max(0, (value - low) / (high - low))) ** (1 / curve);
  }

  /** @param {number} at */
  valueAt(at) {
    const { low, high, curve = 1 } = this.options;
    return low + (high - low) * Math.min(1, Math.max(0, at)) ** curve;
  }

  listenToTrack() {
    const { range } = this;
    range.addEventListener("pointerdown", (event) => event.button || this.begin());
    range.addEventListener("input", () => {
      const at = Number(range.value);
      this.put(Math.abs(at - this.along(this.reset)) < 0.015 ? this.reset : this.valueAt(at));
    });
    for (const kind of ["change", "pointerup", "pointercancel", "blur"])
      range.addEventListener(kind, () => this.end());
    range.addEventListener("keydown", (event) => this.key(event));
  }

  listenToField() {
    const { field } = this;
    field.addEventListener("pointerdown", (event) => {
      if (document.activeElement === field || event.button || field.disabled) return;
      event.preventDefault();
      const first = this.options.get() ?? 0;
      const { low, high, curve = 1 } = this.options;
      follow(
        event,
        (moved) => {
          const by = moved.clientX - event.clientX;
          if (!this.dragging && Math.abs(by) < 3) return;
          this.begin();
          const share = (by * (moved.shiftKey ? 0.1 : 1)) / 200;
          this.put(curve === 1 ? first + share * (high - low) : this.valueAt(this.along(first) + share));
        },
        () => {
          if (this.dragging) return this.end();
          field.focus();
          field.select();
        },
      );
    });
    field.addEventListener("change", () => this.type());
    field.addEventListener("blur", () => this.update());
    field.addEventListener("keydown", (event) => {
      if (/^Arrow(Up|Down)$|^Page/.test(event.key)) return this.key(event);
      if (event.key === "Enter") this.type();
      else if (event.key === "Escape") this.show(true);
      else return;
      field.select();
      event.stopPropagation();
    });
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const steps = { ArrowRight: 1, ArrowUp: 1, PageUp: 10, ArrowLeft: -1, ArrowDown: -1, PageDown: -10 };
    const step = /** @type {Record<string, number>} */ (steps)[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.put((this.options.get() ?? 0) + step * (this.options.step ?? 1) * (event.shiftKey ? 10 : 1));
    this.show(true);
  }

  type() {
    const typed = Number.parseFloat(this.field.value.replace(",", ".").replace("−", "-"));
    if (this.field.value !== this.shown) this.put(typed);
    this.show(true);
  }

  begin() {
    if (this.dragging || this.range.disabled) return;
    this.dragging = true;
    if (this.options.edit) this.session.begin();
  }

  end() {
    if (!this.dragging) return;
    this.dragging = false;
    if (this.options.edit) this.session.end(this.options.name.toLowerCase());
    this.update();
  }

  /** @param {number} asked */
  put(asked) {
    const { edit, set, name, low, high, limits = [low, high] } = this.options;
    if (!Number.isFinite(asked) || this.range.disabled) return;
    const fine = this.options.whole ? 1 : 100;
    const value = Math.round(Math.min(limits[1], Math.max(limits[0], asked)) * fine) / fine;
    if (!edit) return set?.(value);
    const change = edit(value);
    if (!change) this.update();
    else if (this.dragging) this.session.change(change);
    else this.session.apply(change, name.toLowerCase(), `slider ${name} ${this.session.selection.layer}`);
  }

  update() {
    this.show(false);
  }

  /** @param {boolean} evenTyped whether a field that is being typed in is written too */
  show(evenTyped) {
    const { range, field, options } = this;
    const value = options.get() ?? null;
    const off = value === null;
    range.disabled = field.disabled = off;
    this.element.classList.toggle("flowbrush-off", off);
    this.shown = off ? "" : String(Number(value.toFixed(Math.abs(value) < 10 ? 2 : 1)) || 0).replace("-", "−");
    if ((evenTyped || document.activeElement !== field) && field.value !== this.shown) field.value = this.shown;
    const glyph = !value ? "" : (options.signs?.[value < 0 ? 1 : 0] ?? "");
    if (this.glyph.textContent !== glyph) this.glyph.textContent = glyph;
    const at = this.along(off ? this.reset : value);
    const zero = this.along(Math.max(options.low, 0));
    if (Number(range.value) !== at) range.value = String(at);
    range.style.setProperty("--from", String(Math.min(at, zero)));
    range.style.setProperty("--to", String(Math.max(at, zero)));
    for (const element of [range, field]) setAttribute(element, "aria-valuetext", `${this.shown} ${options.unit ?? ""}`);
    setAttribute(field, "aria-valuenow", String(value ?? 0));
  }
}
