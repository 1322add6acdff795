// @ts-check
/** Plays a preset on the artist's picture, in a thumbnail. */

import { dump, needsField } from "./document/document.mjs";
import { decodeField } from "./player/field_format.mjs";
import { createPlayer } from "./player/player.mjs";

/** @typedef {import("./editor.mjs").Editor} Editor */
/** @typedef {import("./document/presets.mjs").Preset} Preset */

const FRAMES = 13;
const SECONDS = 2.5;
const MASK_SIDE = 64;
const MOST_KEPT = 24;

/** The fields of presets, by proportions and document. @type {Map<string, import("./player/field_format.mjs").Field>} */
const fields = new Map();
let serial = 0;

/** @param {Editor} editor @param {Preset} preset @param {AbortSignal} signal */
async function fieldOf({ host, session }, preset, signal) {
  const text = dump(preset.document);
  const key = `${session.aspect} ${text}`;
  const known = fields.get(key);
  if (known) return known;
  const body = {
    document: text,
    length: FRAMES,
    aspect: session.aspect,
    editor: `${host.id}-presets`,
    serial: (serial += 1),
    masks: [],
    depth: null,
    picture: null,
    have: [],
    mask_side: MASK_SIDE,
    flow: false,
  };
  const answer = await host.post("/flowbrush/field", body, signal);
  if (!answer.ok) return null;
  const field = decodeField(await answer.arrayBuffer(), new Map());
  if (fields.size >= MOST_KEPT) fields.clear();
  fields.set(key, field);
  return field;
}

/**
 * Plays a preset on a canvas until it is ended; what the canvas showed before stays until the motion is there.
 * @param {Editor} editor @param {HTMLCanvasElement} canvas @param {Preset} preset @returns {() => void} ends it
 */
export function playPreset(editor, canvas, preset) {
  const { picture } = editor.session;
  const over = new AbortController();
  if (!picture || !needsField(preset.document)) return () => {};
  const player = createPlayer(canvas, { prefer: "2d" });
  const { width, height } = canvas;
  fieldOf(editor, preset, over.signal).then(
    async (field) => {
      if (!field || over.signal.aborted) return;
      player.setPicture(picture);
      player.setField(field);
      await player.ready;
      const began = performance.now();
      const draw = (/** @type {number} */ now) => {
        if (over.signal.aborted) return;
        const time = (Math.max(0, now - began) / 1000 / SECONDS) % 1;
        const view = { matrix: [width, height, 0, 0] };
        player.draw({ time, view, pixelRatio: 1, holes: false, onion: false, background: null });
        requestAnimationFrame(draw);
      };
      requestAnimationFrame(draw);
    },
    () => {}, // without the server's answer the thumbnail stays as it is
  );
  return () => {
    over.abort();
    player.dispose();
  };
}
