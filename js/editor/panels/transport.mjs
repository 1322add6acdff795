// @ts-check
/** The buttons and the slider of playback. */

import { FIRST_COMMANDS } from "../commands/first_commands.mjs";
import { frameOf, stepFrame } from "../commands/time_actions.mjs";
import { arrowStep, consume, h, onUpdate, tooltip, withUpdate } from "../dom/dom.mjs";
import { commandButton } from "./command_button.mjs";

/** @typedef {import("../document/session.mjs").Session} Session */

/**
 * Steps by frames with the arrow keys; right and up are forward. @param {Session} session @param {KeyboardEvent} event
 */
export function stepWithArrows(session, event) {
  const by = arrowStep(event);
  if (!by || event.ctrlKey || event.altKey || event.metaKey) return;
  stepFrame(session, /Up|Down/.test(event.key) ? -by : by);
  consume(event);
}

/** The playback bar; its `update` follows the time alone. @param {import("../parts").CommandContext} editor */
export function transport(editor) {
  const { session } = editor;
  const frame = () => `${Math.round(frameOf(session, session.time))} / ${session.length}`;
  const time = withUpdate(() => {
    const scrub = h("input", {
      type: "range",
      class: "range scrub",
      min: 0,
      max: 1,
      step: "any",
      title: tooltip("Time", ", and .", "The arrow keys step by frames"),
      "aria-label": "Time",
      "aria-valuetext": () => `frame ${frame()}`,
      "--to": () => session.time,
      value: () => String(session.time),
      oninput: () => {
        session.setPlaying(false);
        session.setTime(Number(scrub.value));
      },
      onkeydown: (/** @type {KeyboardEvent} */ event) => stepWithArrows(session, event),
    });
    return [scrub, h("span", { class: "frame", title: "Frame" }, frame)];
  });
  onUpdate(time.update);
  const result = h(
    "div",
    { class: "transport", role: "group", "aria-label": "Playback" },
    commandButton(editor, FIRST_COMMANDS.play, { class: "play" }),
    time.result,
    commandButton(editor, FIRST_COMMANDS.loop),
  );
  return { result, update: time.update };
}
