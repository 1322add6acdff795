// @ts-check
/** A menu that opens under its button. */

import { button, h, keyText } from "./dom.mjs";
import { icon } from "./icons.mjs";

/** @typedef {{icon: string, label: string, keys?: string, run: () => void, disabled?: () => boolean}} Item */

export class Menu {
  /** @param {string} title @param {Item[]} items */
  constructor(title, items) {
    this.items = items.map(({ icon: name, label, keys = "", run, disabled }) => {
      const element = h(
        "button",
        { type: "button", class: "item", role: "menuitem", tabIndex: -1, onclick: () => (this.show(false), run()) },
        icon(name),
        h("span", { class: "grow" }, label),
        keys && h("kbd", {}, keyText(keys)),
      );
      return { element, disabled };
    });
    this.opener = button("more", title, () => this.show(this.list.hidden));
    this.opener.setAttribute("aria-haspopup", "menu");
    this.list = h("div", { class: "menu", role: "menu", "aria-label": title, hidden: true });
    this.list.append(...this.items.map(({ element }) => element));
    this.element = h("div", { class: "menu-place" }, this.opener, this.list);
    this.element.addEventListener("keydown", (event) => this.key(event));
    this.element.addEventListener("focusout", (event) => {
      if (!this.element.contains(/** @type {Node | null} */ (event.relatedTarget))) this.show(false, false);
    });
  }

  /** @param {boolean} open @param {boolean} [refocus] */
  show(open, refocus = true) {
    if (this.list.hidden === !open) return false;
    this.list.hidden = !open;
    this.opener.setAttribute("aria-expanded", String(open));
    for (const { element, disabled } of this.items) element.disabled = Boolean(disabled?.());
    if (open) this.items.find(({ element }) => !element.disabled)?.element.focus();
    else if (refocus) this.opener.focus();
    return true;
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (this.list.hidden) return;
    const all = this.items.map(({ element }) => element).filter((element) => !element.disabled);
    const at = all.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    if (event.key === "Escape") this.show(false);
    else if (event.key === "ArrowDown") all[(at + 1) % all.length].focus();
    else if (event.key === "ArrowUp") all[(at - 1 + all.length) % all.length].focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
