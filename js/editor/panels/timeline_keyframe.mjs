// @ts-check
/** A keyframe of the camera on the timeline. */

import { goToKeyframe, removeKeyframe } from "../commands/camera_actions.mjs";
import { moveKeyframe } from "../document/camera_edits.mjs";
import { arrowStep, consume, followPointer, h } from "../dom/dom.mjs";
import { icon } from "../dom/icons.mjs";

/** @import { DocumentEdit } from "../types" */
/** @typedef {import("../document/session.mjs").Session} Session */

/**
 * The mark of a keyframe, which is dragged, moved and deleted. @param {Session} session
 * @param {import("./time_scale.mjs").TimeScale} scale @param {number} index
 */
export function keyframeMark(session, scale, index) {
  const time = () => session.document.camera.keyframes[index].time;
  const title = () => `Keyframe ${index + 1}, frame ${scale.frame(time())}`;
  /** @type {(to: number) => DocumentEdit} */
  const moveTo = (to) => (document) => moveKeyframe(document, index, to);
  const drag = (/** @type {PointerEvent} */ event) => {
    if (event.button || session.problem) return;
    session.select({ keyframe: index });
    session.begin("move keyframe");
    followPointer(
      event,
      (now) => session.change(moveTo(scale.timeAt(now))),
      () => session.end(),
    );
  };
  const key = (/** @type {KeyboardEvent} */ event) => {
    const by = arrowStep(event);
    if (by) session.apply(moveTo(time() + by / scale.steps), "move keyframe", `keyframe ${index}`);
    else if (event.key === "Delete" || event.key === "Backspace") removeKeyframe(session, index);
    else return;
    consume(event);
  };
  return h(
    "button",
    {
      class: "key",
      "--at": time,
      title: () => `${title()}\nDrag it or use the arrow keys to move it; Delete removes it`,
      "aria-label": title,
      "aria-pressed": () => session.selection.keyframe === index,
      onclick: () => goToKeyframe(session, index),
      onpointerdown: drag,
      onkeydown: key,
    },
    icon("keyframe"),
  );
}
