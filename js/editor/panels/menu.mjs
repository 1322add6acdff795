// @ts-check
/** The editor's menu, under its button. */

import { loadFiles } from "../commands/clipboard.mjs";
import { arrowStep, h, keyText, taken } from "../dom/dom.mjs";
import { icon } from "../dom/icons.mjs";
import "../dom/icons_more.mjs";

/** @param {import("../editor.mjs").Editor} editor */
export function editorMenu(editor) {
  const { session, host, menuPlace: place, menuButton: opener } = editor;
  /** @type {[icon: string, label: string, run: () => void, keys?: string][]} */
  const entries = [
    ["picture", "Open picture…", async () => (await loadFiles()).choosePicture(session, host)],
    ["load", "Import motion or tracks…", async () => (await loadFiles()).chooseMotion(session)],
    ["save", "Export motion", async () => (await loadFiles()).exportMotion(session)],
    ["copy", "Copy as text", async () => (await loadFiles()).copyText(session)],
    ["trash", "Start new", () => session.startNew()],
    ["help", "Shortcuts", () => editor.showHelp(), "?"],
  ];
  const items = entries.map(([image, label, run, keys]) => {
    const onclick = () => {
      show(false);
      run();
    };
    return h(
      "button",
      { class: "item", role: "menuitem", tabindex: -1, onclick },
      icon(image),
      h("span", { class: "grow" }, label),
      keys && h("kbd", {}, keyText(keys)),
    );
  });
  const list = h("div", { class: "menu", role: "menu", "aria-label": "More", hidden: true }, items);
  place.append(list);
  place.addEventListener("keydown", (event) => {
    const by = arrowStep(event);
    if (list.hidden) return;
    if (event.key === "Escape") show(false);
    else if (by) items[(items.indexOf(document.activeElement) + by + items.length) % items.length].focus();
    else return;
    taken(event);
  });
  place.addEventListener("focusout", ({ relatedTarget }) => {
    if (!place.contains(/** @type {Node} */ (relatedTarget))) show(false, false);
  });
  /** @param {boolean} open @param {boolean} [refocus] @returns {boolean} whether anything changed */
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
