// @ts-check
/** Imports motion and pictures from files and texts, and exports the document. Loaded when it is needed. */

import { dump, isEmpty, parse } from "../document/document.mjs";
import { addLayer } from "../document/edits.mjs";
import { importText } from "../document/import.mjs";
import { h } from "../dom/dom.mjs";

/** @import { Host } from "../parts" */
/** @typedef {import("../document/session.mjs").Session} Session */

const LARGEST = 64e6; // bytes

/** Whether a text is a motion document rather than a list of tracks. @param {string} text */
const isDocument = (text) => /^\s*\{/.test(text) && /"(flowbrush|layers|camera)"\s*:/.test(text);

/** The message of an error, or of any other value that was thrown. @param {unknown} error */
const messageOf = (error) => (error instanceof Error ? error.message : String(error));

/**
 * Reads a text: a motion document replaces the present one, tracks and point lists are added as layers.
 * @param {Session} session @param {string} text @param {string} from the name of the source, for the notice
 */
export function importMotion(session, text, from) {
  if (session.problem) return session.notice("Start a new document before you import.");
  try {
    if (isDocument(text)) {
      const document = parse(text);
      session.apply(() => document, "import");
      session.notice(`${from} is open; undo brings the previous document back.`);
      return;
    }
    const { aspect, picture } = session;
    const { width = 1024 * Math.min(1, aspect), height = width / aspect } = picture ?? {};
    const { layers, about } = importText(text, { aspect, width, height });
    const first = session.document.layers.length;
    session.apply((document) => layers.reduce((sum, layer) => addLayer(sum, layer), document), "import");
    session.select({ layer: first });
    session.notice(about || `${from}: ${layers.length} layers were added.`);
  } catch (error) {
    session.notice(`${from} cannot be read: ${messageOf(error)}`);
  }
}

/** Lets the artist choose a file. @param {string} accept @param {(file: File) => void} use */
function choose(accept, use) {
  const input = h("input", { type: "file", accept });
  input.addEventListener("change", () => input.files?.[0] && use(input.files[0]));
  input.click();
}

/** @param {Session} session @param {File} file */
export async function importFile(session, file) {
  if (file.size > LARGEST)
    session.notice(`${file.name} is larger than ${LARGEST / 1e6} MB and was not read.`);
  else importMotion(session, await file.text(), file.name);
}

/** @param {Session} session */
export const chooseMotion = (session) =>
  choose(".json,.txt,application/json,text/plain", (file) => importFile(session, file));

/** @param {Session} session @param {Host} host */
export function choosePicture(session, host) {
  choose("image/*", async (file) => {
    try {
      await host.usePicture(file);
    } catch (error) {
      session.notice(messageOf(error));
    }
  });
}

/** Downloads the document as a file. @param {Session} session */
export function exportMotion(session) {
  const content = session.text || dump(session.document);
  const url = URL.createObjectURL(new Blob([content], { type: "application/json" }));
  h("a", { href: url, download: "motion.json" }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Copies the text of the document. @param {Session} session */
export async function copyText(session) {
  try {
    await navigator.clipboard.writeText(session.text);
    session.notice("The document was copied to the clipboard.");
  } catch {
    session.notice("The browser does not allow the clipboard here; export the document as a file.");
  }
}

/**
 * Saves the picture without what moves in it as a file of the input folder, which Load Image reads with its mask.
 * @param {Session} session @param {Host} host
 */
export async function makePlate(session, host) {
  const { document, picture, aspect, problem } = session;
  if (problem || isEmpty(document))
    return session.notice("Paint something that moves first; the plate is the picture without it.");
  if (!picture?.request)
    return session.notice("Connect a picture first; the plate is the picture without what moves.");
  session.notice("Making the plate…");
  const body = {
    document: dump(document),
    aspect,
    editor: host.id,
    masks: host.masks(),
    picture: picture.request,
  };
  try {
    const answer = await host.post("/flowbrush/make_plate", body, new AbortController().signal);
    if (!answer.ok) throw new Error((await answer.json()).error.sentence);
    const { filename } = await answer.json();
    session.notice(
      `The plate is ${filename} in the input folder: Load Image gives the picture, and as its mask what was completed.`,
    );
  } catch (error) {
    session.notice(`The plate was not made: ${messageOf(error)}`);
  }
}
