// @ts-check
/** The menu of the editor, which opens below its button. */

import { COMMANDS } from "../commands/commands.mjs";
import { MENU_COMMANDS } from "../commands/keyless_commands.mjs";
import { arrowStep, consume, h, keyText } from "../dom/dom.mjs";
import { icon } from "../dom/icons.mjs";
import "../dom/icons_more.mjs";

/** @import { Command } from "../parts" */

const ENTRIES = [...Object.values(MENU_COMMANDS), COMMANDS.help];

/** @param {import("../editor.mjs").Editor} editor */
export function editorMenu(editor) {
  const { menuPlace: place, menuButton: opener } = editor;
  const item = (/** @type {Command} */ { icon: image, label, keys, run }) => {
    const onclick = () => {
      show(false);
      run(editor);
    };
    return h(
      "button",
      { class: "item", role: "menuitem", tabindex: -1, onclick },
      icon(String(image)),
      h("span", { class: "grow" }, label),
      keys && h("kbd", {}, keyText(keys[0])),
    );
  };
  const items = ENTRIES.map(item);
  const list = h("div", { class: "menu", role: "menu", "aria-label": "More", hidden: true }, items);
  place.append(list);
  place.addEventListener("keydown", (event) => {
    const by = arrowStep(event);
    if (list.hidden) return;
    const at = items.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    if (event.key === "Escape") show(false);
    else if (by) items[(at + by + items.length) % items.length].focus();
    else return;
    consume(event);
  });
  place.addEventListener("focusout", ({ relatedTarget }) => {
    if (!place.contains(/** @type {Node} */ (relatedTarget))) show(false, false);
  });
  /** Opens or closes the menu. @param {boolean} open @param {boolean} [refocus] @returns {boolean} whether that changed anything */
  function show(open, refocus = true) {
    if (list.hidden !== open) return false;
    list.hidden = !open;
    opener.setAttribute("aria-expanded", String(open));
    if (open) items[0].focus();
    else if (refocus) opener.focus();
    return true;
  }
  return { show, isOpen: () => !list.hidden };
}
