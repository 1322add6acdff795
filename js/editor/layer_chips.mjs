// @ts-check
/** The layers as chips in one line, for the node. */

import { newLayer, toggleLayer } from "./actions.mjs";
import { button, h, onUpdate, repeat, roving } from "./dom.mjs";
import { icon } from "./icons.mjs";
import { layerColor, layerName } from "./layers.mjs";

/** @typedef {import("./session.mjs").Session} Session */

/**
 * Keeps the selected layer in sight.
 * @param {Session} session @param {HTMLElement} list @param {(at: number) => Element | undefined} find
 */
export function showSelected(session, list, find) {
  let selected = -1;
  onUpdate(() => {
    if (selected !== session.selection.layer)
      find(session.selection.layer)?.scrollIntoView({ block: "nearest", inline: "nearest" });
    ({ layer: selected } = session.selection);
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
            layerName(session.document, at) + (layer().freeze ? ", frozen" : "") + (layer().visible ? "" : ", hidden"),
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
    h("span", { class: "grow" }),
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
