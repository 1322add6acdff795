// @ts-check
/** The tools. */

import { TOOL_COMMANDS } from "../commands/first_commands.mjs";
import { h, rovingFocus } from "../dom/dom.mjs";
import { commandButton } from "./command_button.mjs";

/** @import { CommandContext } from "../parts" */

const FIRST_OF_GROUP = ["brush", "arrow", "hand"]; // the tools that have a separating rule before them

/** @param {CommandContext} editor */
export const toolbar = (editor) =>
  rovingFocus(
    h(
      "div",
      { class: "tools", role: "toolbar", "aria-label": "Tools" },
      Object.entries(TOOL_COMMANDS).map(([name, command]) => [
        FIRST_OF_GROUP.includes(name) && h("span", { class: "rule" }),
        commandButton(editor, command),
      ]),
    ),
  );
