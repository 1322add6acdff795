// @ts-check
/** The switches for what is drawn over the picture, and the buttons that fit it into the stage. */

import { COMMANDS } from "../commands/commands.mjs";
import { PANEL_COMMANDS } from "../commands/keyless_commands.mjs";
import { h, rovingFocus } from "../dom/dom.mjs";
import "../dom/icons_more.mjs";
import { commandButton } from "./command_button.mjs";

const { regions, onion, flow, fit, originalSize } = COMMANDS;
const { paths, frame, holes } = PANEL_COMMANDS;

/** @param {import("../parts").CommandContext} editor */
export const viewOptions = (editor) =>
  rovingFocus(
    h(
      "div",
      { class: "view", role: "toolbar", "aria-label": "View" },
      [regions, paths, frame, onion, holes, flow].map((command) => commandButton(editor, command)),
      h("span", { class: "rule" }),
      [fit, originalSize].map((command) => commandButton(editor, command)),
    ),
  );
