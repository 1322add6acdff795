// @ts-check
/** The pack's presets, and the artist's own: read, saved, exported and imported. */

import { parsePresets, presetsText, withPresets } from "../document/presets.mjs";
import { h } from "../dom/dom.mjs";

/** @import { Host } from "../parts" */
/** @typedef {import("../document/presets.mjs").Preset} Preset */

const OWN = "flowbrush_presets.json"; // the artist's own presets, among the user's files
const LARGEST = 8e6; // bytes

/** The presets of the pack. @param {Host} host @returns {Promise<Preset[]>} */
export async function packPresets(host) {
  return parsePresets(await textOf(await host.fetch("/flowbrush/presets")));
}

/** The presets of the pack, fitted to a picture and its depth. @param {Host} host @param {unknown} picture */
export async function fittedPresets(host, picture) {
  const body = { editor: `${host.id}-presets`, picture, depth: host.depth() };
  return parsePresets(
    await textOf(await host.post("/flowbrush/presets", body, new AbortController().signal)),
  );
}

/** The artist's own presets. @param {Host} host @returns {Promise<Preset[]>} */
export async function ownPresets(host) {
  const files = JSON.parse(await textOf(await host.fetch("/userdata?dir=.")));
  if (!files.includes(OWN)) return []; // so that no missing file is asked for, which the browser would report
  return parsePresets(await textOf(await host.fetch(`/userdata/${OWN}`)));
}

/** Keeps the artist's own presets. @param {Host} host @param {readonly Preset[]} presets */
export async function savePresets(host, presets) {
  await textOf(
    await host.fetch(`/userdata/${OWN}?overwrite=true`, { method: "POST", body: presetsText(presets) }),
  );
}

/** @param {Response} answer */
async function textOf(answer) {
  if (!answer.ok) throw new Error(`ComfyUI’s server answered ${answer.status}.`);
  return answer.text();
}

/** Downloads presets as one file. @param {readonly Preset[]} presets */
export function exportPresets(presets) {
  const url = URL.createObjectURL(new Blob([presetsText(presets)], { type: "application/json" }));
  h("a", { href: url, download: OWN }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Lets the artist choose a file of presets, and returns these with the ones in it. @param {readonly Preset[]} presets @returns {Promise<Preset[]>} */
export function importedPresets(presets) {
  const input = h("input", { type: "file", accept: ".json,application/json" });
  return new Promise((done, fail) => {
    input.addEventListener("change", async () => {
      try {
        const file = input.files?.[0];
        if (!file) return;
        if (file.size > LARGEST) throw new Error(`${file.name} is larger than ${LARGEST / 1e6} MB.`);
        done(withPresets(presets, parsePresets(await file.text())));
      } catch (error) {
        fail(error);
      }
    });
    input.click();
  });
}
