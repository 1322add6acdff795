// @ts-check
/** The notice that covers the stage while the document cannot be read. */

import { MENU_COMMANDS } from "../commands/keyless_commands.mjs";
import { button, h } from "../dom/dom.mjs";
import "../dom/icons_more.mjs";
import { commandButton } from "./command_button.mjs";

/** @param {import("../parts").CommandContext} editor */
export function problem(editor) {
  const { session } = editor;
  const reason = () => [session.problem?.place, session.problem?.sentence].filter(Boolean).join(": ");
  return h(
    "div",
    { class: "problem", role: "alert", hidden: () => !session.problem },
    h("h3", {}, "This motion document cannot be opened"),
    h("p", {}, reason),
    h("p", { class: "quiet" }, "It stays exactly as it is until you start a new one."),
    h(
      "div",
      { class: "line" },
      commandButton(editor, MENU_COMMANDS.copyText, { label: "Copy text" }),
      button("plus", "Start new", () => MENU_COMMANDS.startNew.run(editor), { label: "Start new" }),
    ),
  );
}
