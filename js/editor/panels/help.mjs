// @ts-check
/** The shortcuts and gestures, shown over the editor on "?". */

import { button, h, keyText, taken } from "../dom/dom.mjs";
import "../dom/icons_more.mjs";
import { TOOLS } from "../commands/tools.mjs";

/** A group a line: its title, then pairs of keys and what they do. @type {string[][]} */
const GROUPS = [
  ["Tools", ...TOOLS.flatMap(([, title, key]) => [key, title])],
  [
    "Painting",
    "[  ]",
    "Smaller, larger brush",
    "Shift or Alt + wheel",
    "Brush size",
    "{  }",
    "Softer, harder brush",
    "Alt",
    "Erase with any region tool",
    "Shift + click",
    "Straight stroke from the last end",
    "Enter",
    "Finish a polygon or spline",
    "Backspace",
    "Take its last point back",
    "Escape",
    "Give it up",
  ],
  [
    "Points and paths",
    "Double-click a path",
    "Add a point",
    "Double-click a point",
    "Smooth or corner",
    "Arrow keys",
    "Nudge; with Shift 10 times",
    "Delete",
    "Delete what is selected",
  ],
  [
    "Layers and motion",
    "N",
    "New layer",
    "Ctrl+D",
    "Duplicate layer",
    "F",
    "Freeze layer",
    "F2",
    "Rename, in the list",
    "Alt + Up, Down",
    "Reorder, in the list",
    "Ctrl+C  Ctrl+V",
    "Copy, paste motion",
    "Ctrl+Z  Ctrl+Shift+Z",
    "Undo, redo",
    "K",
    "Camera keyframe",
  ],
  [
    "Time and view",
    "Space",
    "Play; held: drag the view",
    ",  .",
    "Frame back, forward",
    "Home  End",
    "First, last frame",
    "Wheel",
    "Zoom at the pointer",
    "0  1",
    "Fit, original size",
    "R  O  W",
    "Regions, onion skin, flow",
    "?",
    "This list",
  ],
];

/** @param {() => void} closed */
export function help(closed) {
  const groups = GROUPS.map(([title, ...pairs]) => {
    const rows = [];
    for (let at = 0; at < pairs.length; at += 2)
      rows.push(h("div", {}, h("dd", {}, pairs[at + 1]), h("dt", {}, h("kbd", {}, keyText(pairs[at])))));
    return h("section", {}, h("h4", {}, title), h("dl", {}, rows));
  });
  const close = button("close", "Close", () => show(false), { keys: "Escape" });
  const element = h(
    "div",
    {
      class: "help",
      role: "dialog",
      "aria-label": "Shortcuts",
      hidden: true,
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        if (event.key !== "Escape" && event.key !== "?") return;
        taken(event);
        show(false);
      },
    },
    h("header", {}, h("h3", {}, "Shortcuts"), close),
    h("p", {}, "Paint a region, pull an arrow from it, press play."),
    h("div", { class: "columns" }, groups),
  );
  /** @param {boolean} visible */
  function show(visible) {
    element.hidden = !visible;
    if (visible) close.focus();
    else closed();
  }
  return { element, show };
}
