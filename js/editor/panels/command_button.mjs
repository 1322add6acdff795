// @ts-check
/** Buttons that are made from commands. */

import { button } from "../dom/dom.mjs";

/** @import { Command, CommandContext } from "../parts" */

/**
 * The button of a command. @param {CommandContext} context @param {Command} command
 * @param {Parameters<typeof button>[3]} [more] further properties of the button
 */
export function commandButton(context, command, more) {
  const { label, title, icon = "", about, keys, enabled, pressed, run } = command;
  return button(
    typeof icon === "string" ? icon : () => icon(context),
    title ? () => title(context) : label,
    () => run(context),
    {
      about,
      keys: keys?.[0],
      pressed: pressed && (() => pressed(context)),
      disabled: enabled && (() => !enabled(context)),
      ...more,
    },
  );
}
