// @ts-check
/** A run of the graph in the full window: its buttons, its progress, and its result in place of the picture. */

import { COMMANDS } from "../commands/commands.mjs";
import { consume, h, keyText } from "../dom/dom.mjs";
import "../dom/icons_more.mjs";
import { commandButton } from "./command_button.mjs";

/** @import { CommandContext } from "../parts" */
/** @import { RunResult } from "../types" */
/** @typedef {CommandContext & {element: HTMLElement, center: HTMLElement, toggleResult?: () => void, update(): void}} Place of the bar */

const MODIFIERS = ["Shift", "Control", "Alt", "Meta"];
const { run, cancelRun, showResult } = COMMANDS;

/** The element that plays a result. @param {RunResult} result @param {() => void} onload @param {() => void} onerror */
function player({ kind, address: src }, onload, onerror) {
  if (kind === "image") return h("img", { src, onload, onerror, alt: "The result of the run" });
  const play = { autoplay: "", loop: "", playsinline: "", onloadeddata: onload, onerror };
  const video = h("video", { src, ...play, "aria-label": "The result of the run" });
  video.muted = true; // otherwise the browser may refuse to play it at once
  return video;
}

/** @param {Place} editor */
export function runBar(editor) {
  const { session, stage, host } = editor;
  const isBusy = () => /waiting|running/.test(session.run?.state ?? "");
  const share = () => (session.run?.state === "running" ? session.run.share : 0);
  const said = `The result of the run. Paint or press a key to go on; ${keyText("Q")} shows it again.`;
  const result = h("div", { class: "result", role: "img", "aria-label": said, hidden: true });
  const frame = h("div", { class: "result-frame" });
  result.append(frame, h("p", {}, said));
  let painted = session.document; // when the run began
  let state = session.run?.state;

  /** @param {boolean} visible */
  const show = (visible) => {
    const { run } = session;
    if (result.hidden !== visible) return;
    if (visible && !run?.result) return;
    result.hidden = !visible;
    delete result.dataset.ready;
    // A player that is not seen is removed, so that it neither plays on nor keeps its file.
    frame.replaceChildren();
    editor.update();
    if (!visible || !run?.result) return;
    session.setPlaying(false);
    const ready = () => (result.dataset.ready = "");
    const fail = () => {
      show(false);
      session.notice("This browser cannot play the result; it was saved all the same.");
    };
    frame.append(player(run.result, ready, fail));
  };
  editor.toggleResult = () => show(result.hidden);

  // One stroke or key returns to painting; the stroke itself begins at once, as the result lets the pointer through.
  editor.center.addEventListener("pointerdown", () => show(false), { capture: true });
  const hideOnKey = (/** @type {KeyboardEvent} */ event) => {
    const { key, ctrlKey, metaKey } = event;
    if (result.hidden || MODIFIERS.includes(key) || key.toLowerCase() === "q") return;
    if (ctrlKey || metaKey) return;
    show(false);
    if (key === "Escape") consume(event); // the window stays open
  };
  editor.element.addEventListener("keydown", hideOnKey, { capture: true });

  const end = session.on("run", () => {
    const was = state;
    state = session.run?.state;
    if (isBusy() && !/waiting|running/.test(was ?? "")) painted = session.document;
    if (state !== "done" || was === "done" || !host.isLarge) return;
    if (session.document === painted && !stage.pointer.busy) show(true);
    else session.notice(`The result is there; ${keyText("Q")} shows it.`);
  });
  const bar = h("div", {
    class: "run-progress",
    role: "progressbar",
    "aria-label": "Run",
    "aria-valuenow": () => Math.round(100 * share()),
    "--to": share,
    hidden: () => !isBusy(),
  });
  const buttons = h(
    "div",
    { class: "run-part", role: "group", "aria-label": "Run" },
    commandButton(editor, showResult, { hidden: () => !session.run?.result, pressed: () => !result.hidden }),
    commandButton(editor, cancelRun, { hidden: () => !isBusy() }),
    commandButton(editor, run, { label: "Run", class: "run" }),
  );
  return { buttons, over: [result, bar], end };
}
