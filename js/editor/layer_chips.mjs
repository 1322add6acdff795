// @ts-check
/** The layers as chips in one line, for the node; and what every part shows of a layer. */

import { newLayer, toggleLayer } from "./actions.mjs";
import { button, h, onUpdate, repeat, roving } from "./dom.mjs";
import { PALETTE } from "./edits.mjs";
import { icon } from "./icons.mjs";

/** @typedef {import("./session.mjs").Session} Session */

/** @param {Session} session @param {number} at */
export const nameOf = (session, at) => session.document.layers[at]?.name || `Layer ${at + 1}`;

/**
 * A layer's colour; one from the palette where the document gives none.
 * @param {Session} session @param {number} at
 */
export function colorOf(session, at) {
  const color = session.document.layers[at]?.color ?? "";
  return /^#[0-9a-f]{6}$/i.test(color) ? color : PALETTE[Math.max(0, at) % PALETTE.length];
}

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
          "--layer": () => colorOf(session, at),
          title: () =>
            nameOf(session, at) + (layer().freeze ? ", frozen" : "") + (layer().visible ? "" : ", hidden"),
          "aria-pressed": () => at === session.selection.layer,
          onclick: () => session.select({ layer: at, path: null, point: null }),
        },
        h("i", { class: "dot" }),
        h("span", {}, () => nameOf(session, at)),
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
