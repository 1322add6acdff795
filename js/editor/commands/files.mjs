// @ts-check
/** What comes in from files and texts, and the document that goes out. Loaded when it is asked for. */

import { dump, parse } from "../document/document.mjs";
import { addLayer } from "../document/edits.mjs";
import { importText } from "../document/import.mjs";
import { h } from "../dom/dom.mjs";

/** @typedef {import("../document/session.mjs").Session} Session */

const LARGEST = 64e6; // bytes

/** Whether a text is a motion document rather than a list of tracks. @param {string} text */
const isDocument = (text) => /^\s*\{/.test(text) && /"(flowbrush|layers|camera)"\s*:/.test(text);

/**
 * A motion document takes the place of the present one; tracks and point lists come in as new layers.
 * @param {Session} session
 * @param {string} text
 * @param {string} from
 */
export function importMotion(session, text, from) {
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
export const chooseMotion = (session) =>
  choose(".json,.txt,application/json,text/plain", (file) => importFile(session, file));

/** @param {Session} session @param {any} host */
export function choosePicture(session, host) {
  choose("image/*", (file) =>
    Promise.resolve(host.usePicture(file)).catch((/** @type {Error} */ error) =>
      session.notice(error.message),
    ),
  );
}

/** @param {Session} session */
export function exportMotion(session) {
  const url = URL.createObjectURL(
    new Blob([session.text || dump(session.document)], { type: "application/json" }),
  );
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
