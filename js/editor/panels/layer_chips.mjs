// @ts-check
/** The layers as chips in one line, for the node. */

import { newLayer, toggleLayer } from "../commands/actions.mjs";
import { layerColor, layerName } from "../document/layers.mjs";
import { button, h, onUpdate, repeat, roving } from "../dom/dom.mjs";
import { icon } from "../dom/icons.mjs";

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
  return list;
}

/** @param {Session} session */
export function layerChips(session) {
  const list = h("div", { class: "chip-list", role: "group", "aria-label": "Layers" });
  repeat(
    list,
    () => session.document.layers.length,
    (at) => {
      const layer = () => session.document.layers[at];
      return h(
        "button",
        {
          class: () => `chip${layer().visible ? "" : " dim"}${layer().freeze ? " frozen" : ""}`,
          "--layer": () => layerColor(session.document, at),
          title: () =>
            layerName(session.document, at) +
            (layer().freeze ? ", frozen" : "") +
            (layer().visible ? "" : ", hidden"),
          "aria-pressed": () => at === session.selection.layer,
          onclick: () => session.select({ layer: at, path: null, point: null }),
        },
        h("i", { class: "dot" }),
        h("span", {}, () => layerName(session.document, at)),
        icon("freeze"),
      );
    },
  );
  showSelected(session, list, (at) => list.children[at]);
  return h(
    "div",
    { class: "chips" },
    roving(list),
    h("span", { class: "quiet", hidden: () => session.document.layers.length > 0 }, "No layers yet"),
    h("span", { class: "grow", hidden: () => session.document.layers.length > 0 }),
    button("plus", "New layer", () => newLayer(session), { keys: "N" }),
    freezeButton(session),
  );
}

/** @param {Session} session @param {string} [label] */
export const freezeButton = (session, label) =>
  button(
    "freeze",
    () => (session.layer?.freeze ? "Unfreeze layer" : "Freeze layer"),
    () => toggleLayer(session, "freeze"),
    {
      keys: "F",
      about: "What a frozen layer covers holds still, against the camera too",
      label,
      pressed: () => session.layer?.freeze,
      disabled: () => !session.layer,
    },
  );
