// @ts-check
import { h, rovingFocus } from "./dom.mjs";

/** A group of buttons of which one is chosen. @param {string} label @param {HTMLElement[]} buttons */
export const segments = (label, buttons) =>
  rovingFocus(h("div", { class: "segments", role: "group", "aria-label": label }, buttons));
