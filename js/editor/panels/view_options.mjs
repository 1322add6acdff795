// @ts-check
/** What is shown over the picture, and how it is fitted. */

import { nextFlow } from "../commands/actions.mjs";
import { button, h, roving } from "../dom/dom.mjs";
import "../dom/icons_more.mjs";

/** @typedef {import("../document/session.mjs").Session} Session */

/**
 * @type {[icon: string, title: string, option: "regions" | "paths" | "frame" | "onion" | "holes", keys:
 * string, about: string][]}
 */
const SHOWN = [
  ["regions", "Regions", "regions", "R", "Tint what each layer covers"],
  ["spline", "Paths", "paths", "", "Show where everything goes"],
  ["frame", "Camera frame", "frame", "", "Show where the moving camera looks"],
  ["onion", "Onion skin", "onion", "O", "Ghosts of other times"],
  ["holes", "Gaps", "holes", "", "Hatch what the motion uncovers, for the model to invent"],
];
/** @type {Record<string, string>} */
const FLOWS = { none: "Flow", arrows: "Flow as arrows", wheel: "Flow as colours" };

/** What is drawn over the picture, and how it is fitted. @param {Session} session @param {any} stage */
export const viewOptions = (session, stage) =>
  roving(
    h(
      "div",
      { class: "view", role: "toolbar", "aria-label": "View" },
      SHOWN.map(([image, title, option, keys, about]) =>
        button(image, title, () => session.setOption(option, !session.options[option]), {
          keys,
          about,
          pressed: () => session.options[option],
        }),
      ),
      button(
        () => (session.options.flow === "wheel" ? "wheel" : "flow"),
        () => FLOWS[session.options.flow],
        () => nextFlow(session),
        {
          keys: "W",
          about: "Which way everything moves, and how fast",
          pressed: () => session.options.flow !== "none",
        },
      ),
      h("span", { class: "rule" }),
      button("fit", "Fit", () => stage.fit(), { keys: "0" }),
      button("one", "Original size", () => stage.oneToOne(), { keys: "1" }),
    ),
  );
