// @ts-check
/** Copies, pastes and drops motion. The host handles pictures. */

import { dump, parse } from "../document/document.mjs";
import { LaterModule } from "../document/later_module.mjs";
import { canPasteMotion, copyMotion, pasteMotion } from "./layer_actions.mjs";

const files = new LaterModule(() => import("./files.mjs"));

/** Whether an event belongs to a field that is being typed in. @param {Event} event */
const isTyping = ({ target }) =>
  target instanceof Element && target.matches("input:not([type=range]), select, textarea");

/** @param {import("../document/session.mjs").Session} session @param {HTMLElement} element */
export function listenToClipboard(session, element) {
  let copied = "";
  element.addEventListener("copy", (event) => {
    if (isTyping(event) || !session.layer || !event.clipboardData || getSelection()?.toString()) return;
    copied = dump(parse(JSON.stringify({ version: 2, layers: [session.layer] })));
    copyMotion(session);
    event.clipboardData.setData("text/plain", copied);
    event.preventDefault();
  });
  element.addEventListener("paste", (event) => {
    const data = event.clipboardData;
    if (isTyping(event) || !data || data.types.includes("Files")) return;
    event.preventDefault();
    const text = data.getData("text/plain");
    if (/^\s*[[{]/.test(text) && text.replace(/\r/g, "") !== copied)
      files.use(session, ({ importMotion }) => importMotion(session, text, "The clipboard"));
    else if (canPasteMotion()) pasteMotion(session);
  });
  element.addEventListener("dragover", (event) => {
    if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
  });
  element.addEventListener("drop", (event) => {
    const file = [...(event.dataTransfer?.files ?? [])].find(
      ({ type, name }) => !type.startsWith("image/") && /\.(json|txt)$/i.test(name),
    );
    if (!file) return;
    event.preventDefault();
    files.use(session, ({ importFile }) => importFile(session, file));
  });
}
