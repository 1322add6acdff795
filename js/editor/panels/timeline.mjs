// @ts-check
/** When things happen: a row for the camera's keyframes, a row for each layer's motion, and the playhead. */

import { frameOf, stepFrame } from "../commands/actions.mjs";
import { addKeyframe, goToKeyframe, removeKeyframe } from "../commands/camera_actions.mjs";
import { moveKeyframe } from "../document/camera_edits.mjs";
import { layerColor, layerName } from "../document/layers.mjs";
import { changeMotion } from "../document/motion_edits.mjs";
import { arrowStep, built, follow, h, repeat, taken } from "../dom/dom.mjs";
import { icon } from "../dom/icons.mjs";

/** @typedef {import("../document/session.mjs").Session} Session */

const SHORTEST = 0.02; // of the clip
const BAR_HINT = "Drag the ends or the middle, or use the arrow keys (Shift: the end, Alt: the start)";

/** @param {Session} session @returns {{result: HTMLElement, update: () => void}} update: the time only */
export function timeline(session) {
  const steps = () => Math.max(1, session.length - 1);
  const frame = (/** @type {number} */ time) => Math.round(frameOf(session, time));
  /** On a whole frame. @param {{clientX: number}} event */
  const timeAt = (event) => {
    const box = ruler.getBoundingClientRect();
    return Math.round(Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * steps()) / steps();
  };
  const scrub = (/** @type {PointerEvent} */ event) => {
    if (event.button || event.target !== event.currentTarget) return;
    const show = (/** @type {PointerEvent} */ now) => session.setTime(timeAt(now));
    session.setPlaying(false);
    show(event);
    follow(event, show);
  };
  // As many frame numbers as are easily read.
  const every = () =>
    [1, 2, 4, 8, 10, 16, 20, 40, 80, 160].find((step) => session.length / step <= 14) ?? 320;
  const mark = (/** @type {number} */ index) =>
    h("span", { class: "mark", "--at": () => (index * every()) / steps() }, () =>
      String(index * every() + 1),
    );

  /** @param {number} index */
  const key = (index) => {
    const time = () => session.document.camera.keyframes[index].time;
    const move = (/** @type {number} */ to) => (/** @type {any} */ document) =>
      moveKeyframe(document, index, to);
    const title = () => `Keyframe ${index + 1}, frame ${frame(time())}`;
    return h(
      "button",
      {
        class: "key",
        "--at": time,
        title: () => `${title()}\nDrag or the arrow keys move it, Delete deletes it`,
        "aria-label": title,
        "aria-pressed": () => session.selection.keyframe === index,
        onclick: () => goToKeyframe(session, index),
        onpointerdown: (/** @type {PointerEvent} */ event) => {
          if (event.button || session.problem) return;
          session.select({ keyframe: index });
          session.begin("move keyframe");
          follow(
            event,
            (now) => session.change(move(timeAt(now))),
            () => session.end(),
          );
        },
        onkeydown: (/** @type {KeyboardEvent} */ event) => {
          const by = arrowStep(event);
          if (by) session.apply(move(time() + by / steps()), "move keyframe", `keyframe ${index}`);
          else if (event.key === "Delete" || event.key === "Backspace") removeKeyframe(session, index);
          else return;
          taken(event);
        },
      },
      icon("keyframe"),
    );
  };

  /** @param {number} place from the top */
  const row = (place) => {
    const at = () => session.document.layers.length - 1 - place;
    const layer = () => session.document.layers[at()];
    /**
     * The edit that moves the start by `first` and the end by `last`.
     * @param {any} motion @param {number} first @param {number} last
     */
    const timed = (motion, first, last) => {
      const index = at();
      const by = Math.min(1 - motion.end, Math.max(-motion.start, first));
      const whole = { start: motion.start + by, end: motion.end + by };
      const start = Math.min(motion.end - SHORTEST, Math.max(0, motion.start + first));
      const end = Math.max(motion.start + SHORTEST, Math.min(1, motion.end + last));
      const partial = first === last ? whole : first ? { start } : { end };
      return (/** @type {any} */ document) => changeMotion(document, index, partial);
    };
    const mayEdit = () => {
      session.select({ layer: at() });
      return !layer().freeze && session.editableLayer() >= 0;
    };
    const drag = (/** @type {any} */ event) => {
      if (event.button || !mayEdit()) return;
      const grip = event.target.dataset.grip;
      const from = timeAt(event);
      const { motion } = layer();
      session.begin("timing");
      follow(
        event,
        (now) => {
          const by = timeAt(now) - from;
          session.change(timed(motion, grip === "end" ? 0 : by, grip === "start" ? 0 : by));
        },
        () => session.end(),
      );
    };
    const nudge = (/** @type {KeyboardEvent} */ event) => {
      const by = arrowStep(event) / steps();
      if (!by || /Up|Down/.test(event.key) || event.ctrlKey || event.metaKey) return;
      taken(event);
      if (!mayEdit()) return;
      const edit = timed(layer().motion, event.shiftKey ? 0 : by, event.altKey ? 0 : by);
      session.apply(edit, "timing", `timing ${at()}`);
    };
    const about = () => {
      const { start, end } = layer().motion;
      return layer().freeze ? "frozen" : `moves from frame ${frame(start)} to ${frame(end)}`;
    };
    return h(
      "div",
      {
        class: () =>
          `row${at() === session.selection.layer ? " selected" : ""}${layer().visible ? "" : " dim"}`,
        "--layer": () => layerColor(session.document, at()),
      },
      h(
        "button",
        {
          class: "row-name",
          tabindex: -1,
          title: () => layerName(session.document, at()),
          onclick: () => session.select({ layer: at() }),
        },
        h("i", { class: "dot" }),
        h("span", {}, () => layerName(session.document, at())),
      ),
      h(
        "div",
        { class: "track", onpointerdown: scrub },
        h(
          "div",
          {
            class: () => (layer().freeze ? "bar frozen" : "bar"),
            "data-loop": () => layer().motion.loop,
            "--at": () => (layer().freeze ? 0 : layer().motion.start),
            "--to": () => (layer().freeze ? 1 : layer().motion.end),
            tabindex: 0,
            role: "slider",
            title: () => `${layerName(session.document, at())} ${about()}\n${BAR_HINT}`,
            "aria-label": () => `${layerName(session.document, at())}, timing`,
            "aria-valuenow": () => frame(layer().motion.start),
            "aria-valuetext": about,
            onpointerdown: drag,
            onkeydown: nudge,
          },
          h("i", { class: "grip", "data-grip": "start" }),
          h("i", { class: "grip", "data-grip": "end" }),
        ),
      ),
    );
  };

  const marks = h("div", { class: "marks" });
  const ruler = h(
    "div",
    {
      class: "track ruler",
      tabindex: 0,
      role: "slider",
      "aria-label": "Playhead",
      "aria-valuemin": 1,
      "aria-valuemax": () => session.length,
      onpointerdown: scrub,
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        const by = arrowStep(event);
        if (!by || event.altKey || event.ctrlKey || event.metaKey) return;
        stepFrame(session, /Up|Down/.test(event.key) ? -by : by);
        taken(event);
      },
    },
    repeat(marks, () => Math.ceil(session.length / every()), mark),
  );
  const camera = h("div", {
    class: "track",
    title: "Double-click adds a keyframe",
    onpointerdown: scrub,
    ondblclick: (/** @type {MouseEvent} */ event) =>
      event.target === camera && addKeyframe(session, timeAt(event)),
  });
  repeat(camera, () => session.document.camera.keyframes.length, key);
  const head = built(() => h("div", { class: "playhead", "--at": () => session.time }));
  const result = h(
    "section",
    { class: "timeline", "aria-label": "Timeline", inert: () => Boolean(session.problem) },
    h("div", { class: "row sticky" }, h("span", { class: "row-name quiet" }, "Frame"), ruler),
    h("div", { class: "row" }, h("span", { class: "row-name" }, icon("camera"), "Camera"), camera),
    repeat(h("div"), () => session.document.layers.length, row),
    h("div", { class: "over", "aria-hidden": true }, head.result),
  );
  return { result, update: head.update };
}
