// @ts-check
/** A menu that opens under its button. */

import { arrowStep, button, h, keyText, taken } from "./dom.mjs";
import { icon } from "./icons.mjs";

/** @param {string} title @param {[icon: string, label: string, run: () => void, keys?: string][]} entries */
export function menu(title, entries) {
  const items = entries.map(([image, label, run, keys]) => {
    const onclick = () => {
      show(false);
      run();
    };
    const key = keys && h("kbd", {}, keyText(keys));
    return h(
      "button",
      { class: "item", role: "menuitem", tabindex: -1, onclick },
      icon(image),
      h("span", { class: "grow" }, label),
      key,
    );
  });
  const opener = button("more", title, () => show(list.hidden), {
    "aria-haspopup": "menu",
    "aria-expanded": "false",
  });
  const list = h("div", { class: "menu", role: "menu", "aria-label": title, hidden: true }, items);
  const element = h(
    "div",
    {
      class: "menu-place",
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        const by = arrowStep(event);
        if (list.hidden) return;
        if (event.key === "Escape") show(false);
        else if (by)
          items[(items.indexOf(document.activeElement) + by + items.length) % items.length].focus();
        else return;
        taken(event);
      },
      onfocusout: (/** @type {FocusEvent} */ event) => {
        if (!element.contains(event.relatedTarget)) show(false, false);
      },
    },
    opener,
    list,
  );
  /** @param {boolean} open @param {boolean} [refocus] @returns {boolean} whether anything changed */
  function show(open, refocus = true) {
    if (list.hidden !== open) return false;
    list.hidden = !open;
    opener.setAttribute("aria-expanded", String(open));
    if (open) items[0].focus();
    else if (refocus) opener.focus();
    return true;
  }
  return { element, show, isOpen: () => !list.hidden };
}
