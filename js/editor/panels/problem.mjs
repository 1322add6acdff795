// @ts-check
/** Lies over the stage while the document cannot be read. */

import { button, h } from "../dom/dom.mjs";
import "../dom/icons_more.mjs";

/** @param {import("../document/session.mjs").Session} session @param {() => void} copy */
export function problem(session, copy) {
  const reason = () => [session.problem?.place, session.problem?.sentence].filter(Boolean).join(": ");
  return h(
    "div",
    { class: "problem", role: "alert", hidden: () => !session.problem },
    h("h3", {}, "This motion document cannot be opened"),
    h("p", {}, reason),
    h("p", { class: "quiet" }, "It is kept exactly as it is until you start new."),
    h(
      "div",
      { class: "line" },
      button("copy", "Copy text", copy, { label: "Copy text" }),
      button("plus", "Start new", () => session.startNew(), { label: "Start new" }),
    ),
  );
}
