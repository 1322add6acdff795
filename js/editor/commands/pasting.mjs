// @ts-check
/** What a paste does: the motion of a layer on another, layers and paths of another editor, or an import. */

import { pasteText } from "../document/group.mjs";
import { importMotion } from "./files.mjs";
import { canPasteMotion, pasteMotion } from "./layer_actions.mjs";

/**
 * @param {import("../document/session.mjs").Session} session @param {string} text of the clipboard
 * @param {string} copied the text of the layer that was copied last in this editor
 * @param {string} selected the text of the selected layer, on which a copy is pasted rather than its own motion
 */
export function paste(session, text, copied, selected) {
  const isJson = /^\s*[[{]/.test(text);
  const isOwn = selected && selected !== copied && text.replace(/\r/g, "") === copied;
  if (canPasteMotion() && (!isJson || isOwn)) pasteMotion(session);
  else if (isJson && !pasteText(session, text)) importMotion(session, text, "The clipboard");
}
