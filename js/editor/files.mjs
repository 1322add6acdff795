// @ts-check
/** Motion that comes in from files and the clipboard, and the document that goes out. */

import { addLayer } from "./edits.mjs";
import { dump, parse } from "./document.mjs";
import { canPasteMotion, copyMotion, pasteMotion } from "./actions.mjs";
import { h } from "./dom.mjs";

/** @typedef {import("./session.mjs").Session} Session */

const LARGEST = 64e6; // bytes

/** Whether a text is a motion document rather than a list of tracks. @param {string} text */
const isDocument = (text) => /^\s*\{/.test(text) && /"(flowbrush|layers|camera)"\s*:/.test(text);

/**
 * A motion document takes the place of the present one; tracks and point lists come in as new layers.
 * @param {Session} session
 * @param {string} text
 * @param {string} from
 */
export async function importMotion(session, text, from) {
  if (session.problem) return session.notice("Start new before importing.");
  try {
    if (isDocument(text)) {
      const document = parse(text);
      session.apply(() => document, "import");
      session.notice(`${from} is open; undo brings back what was here.`);
      return;
    }
    const { aspect, picture } = session;
    const { width = 1024 * Math.min(1, aspect), height = width / aspect } = picture ?? {};
    const { importText } = await import("./import.mjs");
    const { layers, about } = importText(text, { aspect, width, height });
    const first = session.document.layers.length;
    session.apply((document) => layers.reduce((sum, layer) => addLayer(sum, layer), document), "import");
    session.select({ layer: first });
    session.notice(about || `${from}: ${layers.length} layers came in.`);
  } catch (error) {
    session.notice(`${from} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}

/** @param {string} accept @param {(file: File) => void} use */
function choose(accept, use) {
  const input = h("input", { type: "file", accept });
  input.addEventListener("change", () => input.files?.[0] && use(input.files[0]));
  input.click();
}

/** @param {Session} session @param {File} file */
export async function importFile(session, file) {
  if (file.size > LARGEST) session.notice(`${file.name} is too large to be a motion.`);
  else importMotion(session, await file.text(), file.name);
}

/** @param {Session} session */
export const chooseMotion = (session) => choose(".json,.txt,application/json,text/plain", (file) => importFile(session, file));

/** @param {Session} session @param {any} host */
export function choosePicture(session, host) {
  choose("image/*", (file) =>
    Promise.resolve(host.usePicture(file)).catch((/** @type {Error} */ error) => session.notice(error.message)),
  );
}

/** @param {Session} session */
export function exportMotion(session) {
  const url = URL.createObjectURL(new Blob([session.text || dump(session.document)], { type: "application/json" }));
  const link = h("a", { href: url, download: "motion.json" });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** @param {Session} session */
export async function copyText(session) {
  try {
    await navigator.clipboard.writeText(session.text);
    session.notice("The document is on the clipboard.");
  } catch {
    session.notice("The browser does not allow the clipboard here; export the document as a file.");
  }
}

/**
 * Copy, paste and drop over the editor; files that are pictures are left to the host.
 * @param {Session} session
 * @param {HTMLElement} element
 */
export function listenToClipboard(session, element) {
  let copied = "";
  /** @param {Event} event */
  const typing = (event) => /** @type {Element} */ (event.target).matches?.("input:not([type=range]), select, textarea");
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
    if (/^\s*[[{]/.test(text) && text.replace(/\r/g, "") !== copied) importMotion(session, text, "The clipboard");
    else if (canPasteMotion()) pasteMotion(session);
  });
  element.addEventListener("dragover", (event) => {
    if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
  });
  element.addEventListener("drop", (event) => {
    const file = [...(event.dataTransfer?.files ?? [])].find(({ type, name }) => !type.startsWith("image/") && /\.(json|txt)$/i.test(name));
    if (!file) return;
    event.preventDefault();
    importFile(session, file);
  });
}
