// @ts-check
/** The page of shortcuts and gestures, which "?" shows over the editor. */

import { COMMANDS } from "../commands/commands.mjs";
import { TOOL_COMMANDS } from "../commands/first_commands.mjs";
import { button, consume, h, keyText } from "../dom/dom.mjs";
import "../dom/icons_more.mjs";

/** @import { Command } from "../parts" */
/** @typedef {[keys: string, about: string]} Row */

/** One row for one or several commands: their keys side by side and their labels as one phrase. @param {...Command} commands @returns {Row} */
const row = (...commands) => [
  commands.map(({ keys }) => keys?.[0]).join("  "),
  commands.map(({ label }, index) => (index ? label.toLowerCase() : label)).join(", "),
];

const c = COMMANDS;
/** @type {[title: string, rows: Row[]][]} */
const GROUPS = [
  ["Tools", Object.values(TOOL_COMMANDS).map((command) => row(command))],
  [
    "Painting",
    [
      row(c.smallerBrush, c.largerBrush),
      ["Shift or Alt + wheel", "Brush size"],
      row(c.softerBrush, c.harderBrush),
      ["Alt", "Erase with any region tool"],
      ["Shift + click", "Straight stroke from the end of the last one"],
      ["Enter", "Work with a tool by keys: the arrow keys move a cross, Enter presses"],
      ["Enter", "Finish a polygon or spline"],
      ["Backspace", "Remove its last point"],
      ["Escape", "Discard it"],
    ],
  ],
  [
    "Points and paths",
    [
      ["Double-click a path", "Add a point"],
      ["Double-click a point", "Make it smooth or a corner"],
      ["Shift + click, drag around", "Select several points, paths and layers"],
      row(c.selectAll),
      ["Arrow keys", "Nudge; with Shift by ten pixels"],
      row(c.largerRegion, c.smallerRegion),
      row(c.deleteSelected),
    ],
  ],
  [
    "Layers and motion",
    [
      row(c.newLayer),
      row(c.duplicateLayer),
      row(c.freezeLayer),
      row(c.snapRegion),
      ["F2", "Rename, in the list"],
      ["Alt + Up, Down", "Reorder, in the list"],
      row(c.copyMotion, c.pasteMotion),
      row(c.undo, c.redo),
      [String(c.addKeyframe.keys), "Camera keyframe"],
    ],
  ],
  [
    "Time and view",
    [
      [String(c.play.keys), "Play; while it is held down, dragging moves the view"],
      row(c.previousFrame, c.nextFrame),
      row(c.firstFrame, c.lastFrame),
      ["Wheel", "Zoom at the pointer"],
      row(c.fit, c.originalSize),
      row(c.regions, c.onion, c.flow),
      row(c.run),
      row(c.cancelRun),
      row(c.showResult),
      [String(c.help.keys), "This list"],
    ],
  ],
];

/** @param {() => void} onClose */
export function help(onClose) {
  const groups = GROUPS.map(([title, rows]) =>
    h(
      "section",
      {},
      h("h4", {}, title),
      h(
        "dl",
        {},
        rows.map(([keys, about]) =>
          h("div", {}, h("dd", {}, about), h("dt", {}, h("kbd", {}, keyText(keys)))),
        ),
      ),
    ),
  );
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
        consume(event);
        show(false);
      },
    },
    h(
      "div",
      { class: "help-card" },
      h("header", {}, h("h3", {}, "Shortcuts"), close),
      h("p", {}, "Paint a region, drag an arrow from it, press play."),
      h("div", { class: "columns" }, groups),
    ),
  );
  /** @param {boolean} visible */
  function show(visible) {
    element.hidden = !visible;
    if (visible) close.focus();
    else onClose();
  }
  return { element, show };
}
