// @ts-check
/** Runs the commands whose keys are pressed while the focus is inside the editor. */

import { COMMANDS_BY_KEY } from "./commands.mjs";

/** @typedef {import("../editor.mjs").Editor} Editor */

/** Runs a command where it is enabled. @param {Editor} editor @param {string} keys @returns {boolean} whether there is such a command */
function run(editor, keys) {
  const command = COMMANDS_BY_KEY.get(keys);
  if (command?.enabled?.(editor) ?? true) command?.run(editor);
  return command !== undefined;
}

/** Handles a key that was pressed. @param {Editor} editor @param {KeyboardEvent} event @returns {boolean} whether it was used */
export function handleKey(editor, event) {
  const { stage } = editor;
  const control = event.ctrlKey || event.metaKey;
  const key = event.key.toLowerCase();
  if (editor.isHelpOpen) return false;
  if (control && !event.altKey) {
    if (key === "z" && stage.tool.key(event)) return true; // takes back the last point of the shape in progress
    return (event.shiftKey && run(editor, `ctrl+shift+${key}`)) || run(editor, `ctrl+${key}`);
  }
  if (control && event.altKey) return run(editor, `ctrl+alt+${key}`);
  const target = /** @type {HTMLElement} */ (event.target);
  const onButton = target.matches("button, select, [role=slider], [role=tab]");
  if (onButton && (key === " " || key === "enter")) return false;
  if (stage.handleKey(event)) return true;
  if (key === "enter" && editor.host.loadPicture?.(true)) return true;
  if (key === "escape") return editor.host.loadPicture?.(false) || editor.closePopups();
  if (control || event.altKey) return false;
  // Space plays when it is released: while it is held down, it moves the view.
  return key === " " || run(editor, key);
}
