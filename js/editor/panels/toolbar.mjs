// @ts-check
/** The tools, and the options of the tool in hand. */

import { TOOLS } from "../commands/tools.mjs";
import { button, h, keyText, roving } from "../dom/dom.mjs";
import { slider } from "./slider.mjs";

/** @typedef {import("../document/session.mjs").Session} Session */

/** @param {Session} session */
export const toolbar = (session) =>
  roving(
    h(
      "div",
      { class: "tools", role: "toolbar", "aria-label": "Tools" },
      TOOLS.flatMap(([tool, title, keys, about]) => [
        ["brush", "arrow", "hand"].includes(tool) && h("span", { class: "rule" }),
        button(tool, title, () => session.setTool(tool), {
          keys,
          about,
          pressed: () => session.tool === tool,
          disabled: () => Boolean(session.problem),
        }),
      ]),
    ),
  );

/** @param {Session} session */
export function toolOptions(session) {
  const unless =
    (/** @type {string[]} */ ...tools) =>
    () =>
      !tools.includes(session.tool);
  const entry = () => TOOLS.find(([tool]) => tool === session.tool) ?? TOOLS[0];
  const sized = unless("brush", "eraser", "arrow");
  const painting = unless("brush", "eraser");
  /** @param {() => boolean} hidden @param {any} options @param {"radius" | "hardness"} option */
  const share = (hidden, options, option) =>
    h(
      "div",
      { class: "share", hidden },
      slider(session, {
        unit: "%",
        get: () => session.options[option] * 100,
        set: (value) => session.setOption(option, value / 100),
        ...options,
      }),
    );
  const wheel = "Also Shift or Alt and the wheel";
  const size = {
    name: "Size",
    about: wheel,
    keys: "[ and ]",
    low: 0.2,
    high: 50,
    reset: 6,
    step: 0.5,
    curve: 2,
  };
  const hardness = {
    name: "Hardness",
    about: "100 is a crisp edge",
    keys: "{ and }",
    low: 0,
    high: 100,
    reset: 100,
    step: 5,
  };
  return h(
    "div",
    { class: "options", role: "group", "aria-label": "Tool options" },
    h("span", { class: "tool-name" }, () => entry()[1]),
    share(sized, size, "radius"),
    share(painting, hardness, "hardness"),
    button("pen", "Pen pressure", () => session.setOption("pressure", !session.options.pressure), {
      about: "A pen that presses harder paints wider",
      hidden: painting,
      pressed: () => session.options.pressure,
    }),
    button(
      "cut",
      "Cut out",
      () => session.setOption("mode", session.options.mode === "erase" ? "paint" : "erase"),
      {
        keys: "Alt",
        about: "Take away from the region instead of adding to it",
        hidden: unless("brush", "lasso", "polygon", "fill"),
        pressed: () => session.options.mode === "erase",
      },
    ),
    h("span", { class: "quiet grow", title: () => entry()[3], hidden: () => !sized() }, () =>
      keyText(entry()[3]),
    ),
  );
}
