// @ts-check
/** The list of layers, the nearest on top: select, rename, reorder, hide, lock, colour, freeze. */

import { changeLayer } from "./edits.mjs";
import { duplicateLayer, moveLayer, newLayer, removeLayer, toggleLayer } from "./actions.mjs";
import { button, describe, follow, h, roving, setIcon, setPressed } from "./dom.mjs";
import { icon } from "./icons.mjs";

/** @typedef {import("./session.mjs").Session} Session */
/** @typedef {ReturnType<LayersPanel["row"]>} Row */

export class LayersPanel {
  /** @param {Session} session */
  constructor(session) {
    this.session = session;
    /** @type {Row[]} from the top */
    this.rows = [];
    this.list = h("div", { class: "layer-list", role: "list", "aria-label": "Layers, the nearest first" });
    this.none = h("p", { class: "quiet" }, "No layers yet. Paint on the picture to begin one.");
    this.copy = button("duplicate", "Duplicate layer", () => duplicateLayer(session), { keys: "Ctrl+D" });
    this.trash = button("trash", "Delete layer", () => removeLayer(session));
    this.add = button("plus", "New layer", () => newLayer(session), { keys: "N" });
    this.still = button("freeze", "New freeze layer", () => newLayer(session, { name: "Freeze", freeze: true }), {
      about: "What it covers holds still, against the camera too",
    });
    this.element = h(
      "section",
      { class: "panel layers", "aria-label": "Layers" },
      h("header", {}, h("h3", {}, "Layers"), this.add, this.still, this.copy, this.trash),
      this.list,
      this.none,
    );
    this.settle = roving(this.list, ".flowbrush-layer-name");
  }

  row() {
    const { session } = this;
    const colour = h("input", { type: "color", class: "swatch" });
    const name = h("button", { type: "button", class: "layer-name" });
    const rename = h("input", { type: "text", class: "rename", hidden: true, maxLength: 80, "aria-label": "Layer name" });
    const frozen = button("freeze", "Freeze", () => toggleLayer(session, "freeze", row.at), { class: "small" });
    const eye = button("eye", "Hide", () => toggleLayer(session, "visible", row.at), { class: "small" });
    const lock = button("unlock", "Lock", () => toggleLayer(session, "locked", row.at), { class: "small" });
    const element = h("div", { class: "layer", role: "listitem" }, colour, name, rename, frozen, eye, lock);
    const row = { element, colour, name, rename, frozen, eye, lock, at: -1 };
    describe(colour, "Layer colour");
    colour.addEventListener("input", () => {
      const { at } = row;
      session.apply((document) => changeLayer(document, at, { color: colour.value }), "colour", `colour ${at}`);
    });
    name.addEventListener("click", () => session.select({ layer: row.at, path: null, point: null }));
    name.addEventListener("keydown", (event) => this.key(event, row));
    element.addEventListener("dblclick", (event) => {
      if (!(/** @type {Element} */ (event.target).closest(".flowbrush-button, input"))) this.rename(row);
    });
    element.addEventListener("pointerdown", (event) => this.press(event, row));
    return row;
  }

  /** @param {KeyboardEvent} event @param {Row} row */
  key(event, row) {
    const { session } = this;
    const up = event.key === "ArrowUp";
    if (event.altKey && (up || event.key === "ArrowDown")) {
      moveLayer(session, row.at, row.at + (up ? 1 : -1));
      this.update();
      this.rows[session.document.layers.length - 1 - session.selection.layer]?.name.focus();
    } else if (event.key === "F2") this.rename(row);
    else if (event.key === "Delete" || event.key === "Backspace") removeLayer(session, row.at);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {Row} row */
  rename(row) {
    const { at } = row;
    const { rename, name } = row;
    rename.value = this.session.document.layers[at].name;
    rename.hidden = false;
    name.hidden = true;
    rename.focus();
    rename.select();
    const done = new AbortController();
    /** @param {boolean} keep */
    const finish = (keep) => {
      if (done.signal.aborted) return;
      done.abort();
      const text = rename.value.trim();
      const focused = document.activeElement === rename;
      rename.hidden = true;
      name.hidden = false;
      if (focused) name.focus();
      if (keep) this.session.apply((document) => changeLayer(document, at, { name: text }), "rename layer");
    };
    rename.addEventListener("blur", () => finish(true), done);
    rename.addEventListener(
      "keydown",
      (event) => {
        event.stopPropagation();
        if (event.key === "Enter" || event.key === "Escape") finish(event.key === "Enter");
      },
      done,
    );
  }

  /** Select at once; a pull of more than 4 px takes the row along. @param {PointerEvent} event @param {Row} row */
  press(event, row) {
    if (event.button || /** @type {Element} */ (event.target).closest(".flowbrush-button, input")) return;
    this.session.select({ layer: row.at, path: null, point: null });
    const from = row.at;
    let to = from;
    let pulled = false;
    const clear = () => {
      for (const { element } of this.rows) element.removeAttribute("data-drop");
      row.element.removeAttribute("data-pulled");
    };
    follow(
      event,
      (moved) => {
        pulled ||= Math.abs(moved.clientY - event.clientY) > 4;
        if (!pulled) return;
        clear();
        row.element.dataset.pulled = "";
        const others = this.rows.filter((other) => other !== row);
        const above = others.filter(({ element }) => {
          const box = element.getBoundingClientRect();
          return box.top + box.height / 2 < moved.clientY;
        }).length;
        to = others.length - above;
        if (above < others.length) others[above].element.dataset.drop = "above";
        else if (others.length) others[above - 1].element.dataset.drop = "below";
      },
      (last) => {
        clear();
        if (pulled && last.type === "pointerup") moveLayer(this.session, from, to);
        else row.name.focus({ preventScroll: true });
      },
    );
  }

  update() {
    const { session, rows } = this;
    const { layers } = session.document;
    while (rows.length < layers.length) {
      const row = this.row();
      rows.push(row);
      this.list.append(row.element);
    }
    while (rows.length > layers.length) rows.pop()?.element.remove();
    rows.forEach((row, place) => this.show(row, layers.length - 1 - place));
    this.none.hidden = layers.length > 0;
    this.add.disabled = this.still.disabled = Boolean(session.problem);
    this.copy.disabled = this.trash.disabled = !session.layer;
    if (this.selected !== session.selection.layer) {
      this.selected = session.selection.layer;
      rows[layers.length - 1 - this.selected]?.element.scrollIntoView({ block: "nearest" });
    }
    this.settle();
  }

  /** @param {Row} row @param {number} at */
  show(row, at) {
    const layer = this.session.document.layers[at];
    const selected = this.session.selection.layer === at;
    row.at = at;
    row.element.classList.toggle("flowbrush-selected", selected);
    row.element.classList.toggle("flowbrush-dim", !layer.visible);
    row.element.style.setProperty("--layer", layer.color);
    if (row.colour.value !== layer.color && document.activeElement !== row.colour) row.colour.value = layer.color;
    const text = layer.name || `Layer ${at + 1}`;
    if (row.name.textContent !== text) row.name.textContent = text;
    row.name.title = `${text}\nDouble-click or F2 renames; drag, or Alt+Up and Alt+Down, reorders`;
    row.name.setAttribute("aria-current", String(selected));
    setIcon(row.eye, layer.visible ? "eye" : "hidden");
    setIcon(row.lock, layer.locked ? "lock" : "unlock");
    describe(row.eye, layer.visible ? "Hide layer" : "Show layer");
    describe(row.lock, layer.locked ? "Unlock layer" : "Lock layer");
    describe(row.frozen, layer.freeze ? "Unfreeze layer" : "Freeze layer", "F");
    setPressed(row.frozen, layer.freeze);
    setPressed(row.lock, layer.locked);
    row.eye.dataset.on = String(!layer.visible);
  }
}

/** The same layers as chips in one line, for the node. */
export class LayerChips {
  /** @param {Session} session */
  constructor(session) {
    this.session = session;
    /** @type {HTMLButtonElement[]} */
    this.chips = [];
    this.list = h("div", { class: "chip-list", role: "group", "aria-label": "Layers" });
    this.add = button("plus", "New layer", () => newLayer(session), { keys: "N" });
    this.frozen = button("freeze", "Freeze layer", () => toggleLayer(session, "freeze"), {
      keys: "F",
      about: "What the layer covers holds still, against the camera too",
    });
    this.element = h("div", { class: "chips" }, this.list, this.add, this.frozen);
    this.settle = roving(this.list, "button");
  }

  update() {
    const { session, chips } = this;
    const { layers } = session.document;
    while (chips.length < layers.length) {
      const at = chips.length;
      const chip = h("button", {
        type: "button",
        class: "chip",
        onclick: () => session.select({ layer: at, path: null, point: null }),
      });
      chip.append(h("i", { class: "dot" }), h("span"), icon("freeze"));
      chips.push(chip);
      this.list.append(chip);
    }
    while (chips.length > layers.length) chips.pop()?.remove();
    chips.forEach((chip, at) => {
      const layer = layers[at];
      const name = layer.name || `Layer ${at + 1}`;
      /** @type {HTMLElement} */ (chip.children[1]).textContent = name;
      chip.style.setProperty("--layer", layer.color);
      chip.title = name + (layer.freeze ? ", frozen" : "") + (layer.visible ? "" : ", hidden");
      chip.classList.toggle("flowbrush-dim", !layer.visible);
      chip.classList.toggle("flowbrush-frozen", layer.freeze);
      setPressed(chip, at === session.selection.layer);
    });
    if (this.selected !== session.selection.layer) {
      this.selected = session.selection.layer;
      chips[this.selected]?.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
    this.add.disabled = Boolean(session.problem);
    this.frozen.disabled = !session.layer;
    setPressed(this.frozen, Boolean(session.layer?.freeze));
    describe(this.frozen, session.layer?.freeze ? "Unfreeze layer" : "Freeze layer", "F");
    this.settle();
  }
}
