// @ts-check
/** Motion by copy, paste and drop; files that are pictures are left to the host. */

import { dump, parse } from "../document/document.mjs";
import { canPasteMotion, copyMotion, pasteMotion } from "./actions.mjs";

export const loadFiles = () => import("./files.mjs");

/** @param {import("../document/session.mjs").Session} session @param {HTMLElement} element */
export function listenToClipboard(session, element) {
  let copied = "";
  /** @param {Event} event */
  const typing = (event) =>
    /** @type {Element} */ (event.target).matches?.("input:not([type=range]), select, textarea");
  element.addEventListener("copy", (event) => {
    if (typing(event) || !session.layer || !event.clipboardData || getSelection()?.toString()) return;
    copied = dump(parse(JSON.stringify({ version: 2, layers: [session.layer] })));
    copyMotion(session);
    event.clipboardData.setData("text/plain", copied);
    event.preventDefault();
  });
  element.addEventListener("paste", (event) => {
    const data = event.clipboardData;
    if (typing(event) || !data || data.types.includes("Files")) return;
    event.preventDefault();
    const text = data.getData("text/plain");
    if (/^\s*[[{]/.test(text) && text.replace(/\r/g, "") !== copied)
      loadFiles().then(({ importMotion }) => importMotion(session, text, "The clipboard"));
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
    loadFiles().then(({ importFile }) => importFile(session, file));
  });
}
