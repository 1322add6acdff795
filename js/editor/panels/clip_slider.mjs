// @ts-check
/** The slider for the frame of a connected clip that is painted on. */

import { arrowStep, consume, h, tooltip } from "../dom/dom.mjs";
import { clamp } from "../geometry/values.mjs";

/** @typedef {import("../document/session.mjs").Session} Session */

/** Paints on another frame of the clip, as one step of undo for all changes within a second. @param {Session} session @param {number} number */
export function chooseFrame(session, number) {
  const frames = session.picture?.clip?.frames ?? 1;
  const frame = clamp(Math.round(number), 0, frames - 1);
  session.setPlaying(false);
  session.setTime(0);
  session.apply((document) => ({ ...document, frame }), "Frame of the clip", "clip-frame");
}

/** A row above the playback, which is there while a clip is connected. @param {Session} session @returns {HTMLElement} */
export function clipSlider(session) {
  const last = () => (session.picture?.clip?.frames ?? 1) - 1;
  const frame = () => Math.min(session.document.frame, last());
  const place = () => `${frame() + 1} / ${last() + 1}`;
  const range = h("input", {
    type: "range",
    class: "range scrub",
    min: 0,
    max: last,
    step: 1,
    title: tooltip("Frame of the clip", "", "The painted motion begins at this frame"),
    "aria-label": "Frame of the clip",
    "aria-valuetext": () => `frame ${place()}`,
    "--to": () => frame() / Math.max(1, last()),
    value: () => String(frame()),
    oninput: () => chooseFrame(session, Number(range.value)),
    onkeydown: (/** @type {KeyboardEvent} */ event) => {
      const by = arrowStep(event);
      if (!by || event.ctrlKey || event.altKey || event.metaKey) return;
      chooseFrame(session, frame() + (/Up|Down/.test(event.key) ? -by : by));
      consume(event);
    },
  });
  return h(
    "div",
    { class: "clip", hidden: () => !session.picture?.clip },
    h("span", { class: "clip-name" }, "Clip"),
    range,
    h("span", { class: "frame", title: "Frame of the clip" }, place),
  );
}
