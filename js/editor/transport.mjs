// @ts-check
/** Play, scrub and loop; and what is shown over the picture. */

import { frameOf, nextFlow, stepFrame } from "./actions.mjs";
import { arrowStep, built, button, h, onUpdate, roving, taken, tip } from "./dom.mjs";

/** @typedef {import("./session.mjs").Session} Session */

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

/**
 * @type {[icon: string, title: string, option: "regions" | "paths" | "frame" | "onion" | "holes", keys:
 * string, about: string][]}
 */
const SHOWN = [
  ["regions", "Regions", "regions", "R", "Tint what each layer covers"],
  ["spline", "Paths", "paths", "", "Show where everything goes"],
  ["frame", "Camera frame", "frame", "", "Show where the moving camera looks"],
  ["onion", "Onion skin", "onion", "O", "Ghosts of other times"],
  ["holes", "Gaps", "holes", "", "Hatch what the motion uncovers, for the model to invent"],
];
/** @type {Record<string, string>} */
const FLOWS = { none: "Flow", arrows: "Flow as arrows", wheel: "Flow as colours" };

/** What is drawn over the picture, and how it is fitted. @param {Session} session @param {any} stage */
export const viewOptions = (session, stage) =>
  roving(
    h(
      "div",
      { class: "view", role: "toolbar", "aria-label": "View" },
      SHOWN.map(([image, title, option, keys, about]) =>
        button(image, title, () => session.setOption(option, !session.options[option]), {
          keys,
          about,
          pressed: () => session.options[option],
        }),
      ),
      button(
        () => (session.options.flow === "wheel" ? "wheel" : "flow"),
        () => FLOWS[session.options.flow],
        () => nextFlow(session),
        {
          keys: "W",
          about: "Which way everything moves, and how fast",
          pressed: () => session.options.flow !== "none",
        },
      ),
      h("span", { class: "rule" }),
      button("fit", "Fit", () => stage.fit(), { keys: "0" }),
      button("one", "Original size", () => stage.oneToOne(), { keys: "1" }),
    ),
  );
