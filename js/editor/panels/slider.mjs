// @ts-check
/** A slider with a value field that can be dragged and typed in. */

import { follow, h, onUpdate, taken, tip } from "../dom/dom.mjs";
import { clamp } from "../geometry/values.mjs";

/** @param {any} value */
const valueOf = (value) => (typeof value === "function" ? value() : value);

/** @param {any} session @param {import("../parts").SliderOptions} options @returns {HTMLElement} */
export function slider(session, options) {
  const {
    name,
    keys,
    about,
    low,
    limits,
    step = 1,
    curve = 1,
    whole,
    unit = "",
    signs,
    get,
    edit,
    set,
  } = options;
  const label = name.toLowerCase();
  let dragging = false;
  let shown = "";
  const high = () => valueOf(options.high);
  const home = () => valueOf(options.reset) ?? 0;
  const along = (/** @type {number} */ value) => clamp((value - low) / (high() - low), 0, 1) ** (1 / curve);
  const valueAt = (/** @type {number} */ at) => low + (high() - low) * clamp(at, 0, 1) ** curve;

  const put = (/** @type {number} */ asked) => {
    if (!Number.isFinite(asked) || range.disabled) return;
    const fine = whole ? 1 : 100;
    const [least, most] = limits ?? [low, high()];
    const value = Math.round(clamp(asked, least, most) * fine) / fine;
    if (!edit) return set?.(value);
    const change = edit(value);
    if (!change) show();
    else if (dragging) session.change(change);
    else session.apply(change, label, `slider ${name} ${session.selection.layer}`);
  };
  const begin = () => {
    if (dragging || range.disabled) return;
    dragging = true;
    if (edit) session.begin(label);
  };
  const end = () => {
    if (dragging && edit) session.end(label);
    dragging = false;
    show();
  };
  const key = (/** @type {KeyboardEvent} */ event) => {
    const steps = { ArrowRight: 1, ArrowUp: 1, PageUp: 10, ArrowLeft: -1, ArrowDown: -1, PageDown: -10 };
    const by = steps[/** @type {"PageUp"} */ (event.key)];
    if (!by || event.ctrlKey || event.metaKey || event.altKey) return false;
    taken(event);
    put((get() ?? 0) + by * step * (event.shiftKey ? 10 : 1));
    show(true);
    return true;
  };
  const type = () => {
    if (field.value !== shown) put(Number.parseFloat(field.value.replace(",", ".").replace("−", "-")));
    show(true);
  };
  const dragField = (/** @type {PointerEvent} */ event) => {
    if (document.activeElement === field || event.button || field.disabled) return;
    event.preventDefault();
    const first = get() ?? 0;
    follow(
      event,
      (moved) => {
        const by = moved.clientX - event.clientX;
        if (!dragging && Math.abs(by) < 3) return;
        begin();
        const share = (by * (moved.shiftKey ? 0.1 : 1)) / 200;
        put(curve === 1 ? first + share * (high() - low) : valueAt(along(first) + share));
      },
      () => {
        if (dragging) return end();
        field.focus();
        field.select();
      },
    );
  };
  const typeKey = (/** @type {KeyboardEvent} */ event) => {
    if (/^Arrow(Left|Right)$/.test(event.key) || key(event)) return;
    if (event.key === "Enter") type();
    else if (event.key === "Escape") show(true);
    else return;
    field.select();
    taken(event);
  };

  const ondblclick = () => {
    put(home());
    show(true);
  };
  const range = h("input", {
    type: "range",
    class: "range",
    min: 0,
    max: 1,
    step: "any",
    title: tip(name, keys, about),
    "aria-label": name,
    ondblclick,
    onpointerdown: (/** @type {PointerEvent} */ event) => event.button || begin(),
    oninput: () => {
      const at = Number(range.value);
      put(Math.abs(at - along(home())) < 0.015 ? home() : valueAt(at));
    },
    onchange: end,
    onpointerup: end,
    onpointercancel: end,
    onblur: end,
    onkeydown: key,
  });
  const field = h("input", {
    type: "text",
    class: "value",
    inputmode: "decimal",
    role: "spinbutton",
    "aria-label": `${name}, value`,
    title: "Drag or type. Double-click resets.",
    ondblclick,
    onpointerdown: dragField,
    onchange: type,
    onblur: () => show(),
    onkeydown: typeKey,
  });
  const glyph = h("span", { class: "unit", "aria-hidden": true });
  const element = h(
    "div",
    { class: "slider" },
    h("span", { class: "label", title: range.title, ondblclick }, name),
    range,
    h("label", { class: "well" }, glyph, field, h("span", { class: "unit" }, unit)),
  );

  /** @param {boolean} [evenTyped] whether a field that is being typed in is written too */
  function show(evenTyped) {
    const value = get() ?? null;
    range.disabled = field.disabled = value === null;
    element.toggleAttribute("data-off", value === null);
    const now = value ?? home();
    shown =
      value === null ? "" : String(Number(now.toFixed(Math.abs(now) < 10 ? 2 : 1)) || 0).replace("-", "−");
    if ((evenTyped || document.activeElement !== field) && field.value !== shown) field.value = shown;
    glyph.textContent = (value && signs?.[value < 0 ? 1 : 0]) || "";
    const at = along(now);
    const zero = along(options.from ?? Math.max(low, 0));
    if (Number(range.value) !== at) range.value = String(at);
    range.style.setProperty("--from", String(Math.min(at, zero)));
    range.style.setProperty("--to", String(Math.max(at, zero)));
    for (const input of [range, field]) input.setAttribute("aria-valuetext", `${shown} ${unit}`);
    field.setAttribute("aria-valuenow", String(now));
  }
  onUpdate(() => show());
  return element;
}
