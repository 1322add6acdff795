// @ts-check
/** Play, scrub and loop. */

import { frameOf, stepFrame } from "../commands/actions.mjs";
import { arrowStep, built, button, h, onUpdate, taken, tip } from "../dom/dom.mjs";

/** @typedef {import("../document/session.mjs").Session} Session */

/** @param {Session} session @returns {{result: HTMLElement, update: () => void}} update: the time only */
export function transport(session) {
  const now = () => `${Math.round(frameOf(session, session.time))} / ${session.length}`;
  const time = built(() => {
    const scrub = h("input", {
      type: "range",
      class: "range scrub",
      min: 0,
      max: 1,
      step: "any",
      title: tip("Time", ", and .", "Frame by frame with the arrow keys"),
      "aria-label": "Time",
      "aria-valuetext": () => `frame ${now()}`,
      "--to": () => session.time,
      value: () => String(session.time),
      oninput: () => {
        session.setPlaying(false);
        session.setTime(Number(scrub.value));
      },
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        const by = arrowStep(event);
        if (!by || event.ctrlKey || event.altKey || event.metaKey) return;
        stepFrame(session, /Up|Down/.test(event.key) ? -by : by);
        taken(event);
      },
    });
    return [scrub, h("span", { class: "frame", title: "Frame" }, now)];
  });
  onUpdate(time.update);
  const play = button(
    () => (session.playing ? "pause" : "play"),
    () => (session.playing ? "Pause" : "Play"),
    () => session.setPlaying(!session.playing),
    { keys: "Space", class: "play", disabled: () => Boolean(session.problem) },
  );
  const loop = button("loop", "Loop", () => session.setOption("loop", !session.options.loop), {
    pressed: () => session.options.loop,
  });
  const result = h(
    "div",
    { class: "transport", role: "group", "aria-label": "Playback" },
    play,
    time.result,
    loop,
  );
  return { result, update: time.update };
}
