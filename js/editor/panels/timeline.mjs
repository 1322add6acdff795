// @ts-check
/** The timeline: a row for the camera's keyframes, a row for the motion of each layer, and the playhead. */

import { addKeyframe } from "../commands/camera_actions.mjs";
import { h, onUpdate, repeat, withUpdate } from "../dom/dom.mjs";
import { icon } from "../dom/icons.mjs";
import { TimeScale } from "./time_scale.mjs";
import { keyframeMark } from "./timeline_keyframe.mjs";
import { layerRow } from "./timeline_layer.mjs";

/** @typedef {import("../document/session.mjs").Session} Session */

/** The timeline; its `update` moves the playhead alone. @param {Session} session */
export function timeline(session) {
  const scale = new TimeScale(session);
  const playhead = withUpdate(() => h("div", { class: "playhead", "--at": () => session.time }));
  onUpdate(playhead.update); // the time may differ from 0 before the timeline has loaded
  const camera = h("div", {
    class: "track",
    title: "Double-click adds a keyframe",
    onpointerdown: scale.scrub,
    ondblclick: (/** @type {MouseEvent} */ event) =>
      event.target === camera && addKeyframe(session, scale.timeAt(event)),
  });
  repeat(
    camera,
    () => session.document.camera.keyframes.length,
    (index) => keyframeMark(session, scale, index),
  );
  const layers = repeat(
    h("div"),
    () => session.document.layers.length,
    (place) => layerRow(session, scale, place),
  );
  const result = h(
    "section",
    { class: "timeline", "aria-label": "Timeline", inert: () => Boolean(session.problem) },
    h("div", { class: "row sticky" }, h("span", { class: "row-name quiet" }, "Frame"), scale.ruler),
    h("div", { class: "row" }, h("span", { class: "row-name" }, icon("camera"), "Camera"), camera),
    layers,
    h("div", { class: "over", "aria-hidden": true }, playhead.result),
  );
  return { result, update: playhead.update };
}
