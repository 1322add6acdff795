// @ts-check
/** A row in the list of layers: select, rename, reorder, colour, freeze, hide, lock. */

import { moveLayer, removeLayer, toggleLayer } from "../commands/layer_actions.mjs";
import { changeLayer } from "../document/edits.mjs";
import { layerColor, layerName } from "../document/layers.mjs";
import { button, consume, followPointer, h } from "../dom/dom.mjs";

/** @typedef {import("../document/session.mjs").Session} Session */

const PULL = 5; // px; a press that moves farther drags the row
const CONTROLS = ".flowbrush-button, input"; // elements that handle a press themselves

/** @param {Session} session @param {HTMLElement} list @param {number} place from the top */
export const layerRow = (session, list, place) => new LayerRow(session, list, place).element;

class LayerRow {
  #session;
  #list;
  #place;

  /** @param {Session} session @param {HTMLElement} list @param {number} place */
  constructor(session, list, place) {
    this.#session = session;
    this.#list = list;
    this.#place = place;
    this.name = this.#makeName();
    this.rename = this.#makeRename();
    this.element = this.#make();
  }

  get #index() {
    return this.#session.document.layers.length - 1 - this.#place;
  }

  get #layer() {
    return this.#session.document.layers[this.#index];
  }

  get #title() {
    return layerName(this.#session.document, this.#index);
  }

  #select() {
    this.#session.select({ layer: this.#index, path: null, point: null });
  }

  /** Gives the focus to the selected layer's row. */
  #focusSelected() {
    const { document, selection } = this.#session;
    const row = this.#list.children[document.layers.length - 1 - selection.layer];
    /** @type {HTMLElement | undefined} */ (row?.children[1])?.focus({ preventScroll: true });
  }

  #startRename() {
    const { rename, name } = this;
    rename.value = this.#title;
    rename.hidden = false;
    name.hidden = true;
    rename.focus();
    rename.select();
  }

  /** @param {boolean} keep whether the new name counts */
  #endRename(keep) {
    const { rename, name } = this;
    if (rename.hidden) return;
    const text = rename.value.trim();
    const hasFocus = document.activeElement === rename;
    rename.hidden = true;
    name.hidden = false;
    if (hasFocus) name.focus();
    const index = this.#index;
    if (keep) this.#session.apply((document) => changeLayer(document, index, { name: text }), "rename layer");
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (event.altKey && by) {
      moveLayer(this.#session, this.#index, this.#index + by);
      this.#focusSelected();
    } else if (event.key === "F2") this.#startRename();
    else if (event.key === "Delete" || event.key === "Backspace") removeLayer(this.#session, this.#index);
    else return;
    consume(event);
  }

  /** Selects the layer; dragging moves it to another place. @param {PointerEvent} event */
  #press(event) {
    if (event.button || /** @type {Element} */ (event.target).closest(CONTROLS)) return;
    this.#select();
    const from = this.#index;
    let to = -1;
    followPointer(
      event,
      ({ clientY }) => {
        if (to < 0 && Math.abs(clientY - event.clientY) < PULL) return;
        this.#clearDropMarks();
        to = this.#markDrop(clientY);
      },
      ({ type }) => {
        this.#clearDropMarks();
        if (to >= 0 && type === "pointerup") moveLayer(this.#session, from, to);
        this.#focusSelected();
      },
    );
  }

  #clearDropMarks() {
    for (const row of this.#list.children) row.removeAttribute("data-drop");
  }

  /** Marks where the row would be dropped; returns the layer's index there. @param {number} y px of the window */
  #markDrop(y) {
    const others = [...this.#list.children].filter((row) => row !== this.element);
    const isAbove = (/** @type {Element} */ row) => {
      const { top, height } = row.getBoundingClientRect();
      return top + height / 2 < y;
    };
    const above = others.filter(isAbove).length;
    this.element.dataset.drop = "pulled";
    (others[above] ?? others[above - 1])?.setAttribute("data-drop", others[above] ? "above" : "below");
    return others.length - above;
  }

  #makeSwatch() {
    const session = this.#session;
    const swatch = h("input", {
      type: "color",
      class: "swatch",
      title: "Layer colour",
      "aria-label": "Layer colour",
      value: () => layerColor(session.document, this.#index),
      oninput: () => {
        const index = this.#index;
        const edit = (/** @type {import("../types").MotionDocument} */ document) =>
          changeLayer(document, index, { color: swatch.value });
        session.apply(edit, "colour", `colour ${index}`);
      },
    });
    return swatch;
  }

  #makeName() {
    return h(
      "button",
      {
        class: "layer-name",
        title: () => `${this.#title}\nDouble-click or F2 renames; drag, or Alt+Up and Alt+Down, reorders`,
        "aria-current": () => this.#index === this.#session.selection.layer,
        onclick: () => this.#select(),
        onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event),
      },
      () => this.#title,
    );
  }

  #makeRename() {
    return h("input", {
      type: "text",
      class: "rename",
      hidden: true,
      maxlength: 80,
      "aria-label": "Layer name",
      onblur: () => this.#endRename(true),
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        event.stopPropagation();
        if (event.key === "Enter" || event.key === "Escape") this.#endRename(event.key === "Enter");
      },
    });
  }

  /**
   * The switch of a member. @param {"freeze" | "visible" | "locked"} member
   * @param {[icon: string, title: string]} on where the member is true @param {[icon: string, title: string]} off
   * @param {boolean} pressed the value of the member for which the switch looks pressed
   */
  #makeSwitch(member, on, off, pressed) {
    const look = () => (this.#layer[member] ? on : off);
    const toggle = () => toggleLayer(this.#session, member, this.#index);
    return button(
      () => look()[0],
      () => look()[1],
      toggle,
      { class: "small", pressed: () => this.#layer[member] === pressed },
    );
  }

  #make() {
    const isSelected = () => this.#index === this.#session.selection.layer;
    return h(
      "div",
      {
        class: () => `layer${isSelected() ? " selected" : ""}${this.#layer.visible ? "" : " dim"}`,
        role: "listitem",
        "--layer": () => layerColor(this.#session.document, this.#index),
        onpointerdown: (/** @type {PointerEvent} */ event) => this.#press(event),
        ondblclick: (/** @type {MouseEvent} */ event) =>
          /** @type {Element} */ (event.target).closest(CONTROLS) || this.#startRename(),
      },
      this.#makeSwatch(),
      this.name,
      this.rename,
      this.#makeSwitch("freeze", ["freeze", "Unfreeze layer"], ["freeze", "Freeze layer"], true),
      this.#makeSwitch("visible", ["eye", "Hide layer"], ["hidden", "Show layer"], false),
      this.#makeSwitch("locked", ["lock", "Unlock layer"], ["unlock", "Lock layer"], true),
    );
  }
}
