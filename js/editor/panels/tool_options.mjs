// @ts-check
/** The options of the current tool. */

import { FIRST_COMMANDS, TOOL_COMMANDS } from "../commands/first_commands.mjs";
import { h, keyText } from "../dom/dom.mjs";
import { commandButton } from "./command_button.mjs";
import { slider } from "./slider.mjs";

/** @import { Command, CommandContext, SliderOptions } from "../parts" */

/** @param {CommandContext} editor */
export function toolOptions(editor) {
  const { session } = editor;
  const unless =
    (/** @type {string[]} */ ...tools) =>
    () =>
      !tools.includes(session.tool);
  const tools = /** @type {Record<string, Command>} */ (TOOL_COMMANDS);
  const current = () => tools[session.tool] ?? TOOL_COMMANDS.select;
  const hasNoSize = unless("brush", "eraser", "arrow");
  const paintsNoStrokes = unless("brush", "eraser");
  /**
   * A slider in percent for an option. @param {"radius" | "hardness"} option @param {() => boolean} hidden
   * @param {Omit<SliderOptions, "get">} options
   */
  const share = (option, hidden, options) => {
    const get = () => session.options[option] * 100;
    const set = (/** @type {number} */ value) => session.setOption(option, value / 100);
    return h("div", { class: "share", hidden }, slider(session, { unit: "%", get, set, ...options }));
  };
  const keys = (/** @type {Command} */ down, /** @type {Command} */ up) =>
    `${down.keys?.[0]} and ${up.keys?.[0]}`;
  const about = "Shift or Alt and the wheel change it too";
  return h(
    "div",
    { class: "options", role: "group", "aria-label": "Tool options" },
    h("span", { class: "tool-name" }, () => current().label),
    share("radius", hasNoSize, {
      name: "Size",
      about,
      keys: keys(FIRST_COMMANDS.smallerBrush, FIRST_COMMANDS.largerBrush),
      low: 0.2,
      high: 50,
      reset: 6,
      step: 0.5,
      curve: 2,
    }),
    share("hardness", paintsNoStrokes, {
      name: "Hardness",
      about: "At 100 the edge is crisp",
      keys: keys(FIRST_COMMANDS.softerBrush, FIRST_COMMANDS.harderBrush),
      low: 0,
      high: 100,
      reset: 100,
      step: 5,
    }),
    commandButton(editor, FIRST_COMMANDS.pressure, { hidden: paintsNoStrokes }),
    commandButton(editor, FIRST_COMMANDS.cutOut, {
      keys: "Alt",
      hidden: unless("brush", "lasso", "polygon", "fill", "object"),
    }),
    h("span", { class: "quiet grow", title: () => current().about, hidden: () => !hasNoSize() }, () =>
      keyText(current().about ?? ""),
    ),
  );
}
