// @ts-check
/** The layers as chips in one line, for the node. */

import { FIRST_COMMANDS } from "../commands/first_commands.mjs";
import { layerColor, layerName } from "../document/layers.mjs";
import { h, onUpdate, repeat, rovingFocus } from "../dom/dom.mjs";
import { icon } from "../dom/icons.mjs";
import { commandButton } from "./command_button.mjs";

/** @typedef {import("../document/session.mjs").Session} Session */

/**
 * Keeps the selected layer in sight. Only the list is scrolled: `scrollIntoView` would move ComfyUI's canvas too.
 * @param {Session} session @param {HTMLElement} list @param {(at: number) => Element | undefined} find
 */
export function showSelected(session, list, find) {
  let selected = -1;
  const show = () => {
    const item = find(selected)?.getBoundingClientRect();
    const room = list.getBoundingClientRect();
    if (!item || !room.width) return;
    const scale = room.width / list.offsetWidth;
    list.scrollLeft += (Math.min(0, item.left - room.left) + Math.max(0, item.right - room.right)) / scale;
    list.scrollTop += (Math.min(0, item.top - room.top) + Math.max(0, item.bottom - room.bottom)) / scale;
  };
  onUpdate(() => {
    if (selected === session.selection.layer) return;
    selected = session.selection.layer;
    requestAnimationFrame(show); // when it is laid out
  });
}

/** @param {Session} session @param {number} at */
function chip(session, at) {
  const layer = () => session.document.layers[at];
  const name = () => layerName(session.document, at);
  return h(
    "button",
    {
      class: () => `chip${layer().visible ? "" : " dim"}${layer().freeze ? " frozen" : ""}`,
      "--layer": () => layerColor(session.document, at),
      title: () => name() + (layer().freeze ? ", frozen" : "") + (layer().visible ? "" : ", hidden"),
      "aria-pressed": () => at === session.selection.layer,
      onclick: () => session.select({ layer: at, path: null, point: null }),
    },
    h("i", { class: "dot" }),
    h("span", {}, name),
    icon("freeze"),
  );
}

/** @param {import("../parts").CommandContext} editor */
export function layerChips(editor) {
  const { session } = editor;
  const count = () => session.document.layers.length;
  const list = h("div", { class: "chip-list", role: "group", "aria-label": "Layers" });
  repeat(list, count, (at) => chip(session, at));
  showSelected(session, list, (at) => list.children[at]);
  const hidden = () => count() > 0;
  return h(
    "div",
    { class: "chips" },
    rovingFocus(list),
    h("span", { class: "quiet", hidden }, "No layers yet"),
    h("span", { class: "grow", hidden }),
    commandButton(editor, FIRST_COMMANDS.newLayer),
    commandButton(editor, FIRST_COMMANDS.freezeLayer),
  );
}
