// @ts-check
/** The shortcuts and gestures, shown over the editor on "?". */

import { button, h, keyText } from "./dom.mjs";
import { TOOLS } from "./toolbar.mjs";

/** @type {[title: string, rows: [keys: string, what: string][]][]} */
const GROUPS = [
  ["Tools", TOOLS.map(([, title, key]) => [key, title])],
  [
    "Painting",
    [
      ["[  ]", "Smaller, larger brush"],
      ["Shift or Alt + wheel", "Brush size"],
      ["{  }", "Softer, harder brush"],
      ["Alt", "Erase with any region tool"],
      ["Shift + click", "Straight stroke from the last end"],
      ["Enter", "Finish a polygon or spline"],
      ["Backspace", "Take its last point back"],
      ["Escape", "Give it up"],
    ],
  ],
  [
    "Points and paths",
    [
      ["Double-click a path", "Add a point"],
      ["Double-click a point", "Smooth or corner"],
      ["Arrow keys", "Nudge a point; Shift: 10 times"],
      ["Delete", "Delete what is selected"],
    ],
  ],
  [
    "Layers and motion",
    [
      ["N", "New layer"],
      ["Ctrl+D", "Duplicate layer"],
      ["F", "Freeze layer"],
      ["F2", "Rename, in the list"],
      ["Alt + Up, Down", "Reorder, in the list"],
      ["Ctrl+C  Ctrl+V", "Copy, paste motion"],
      ["Ctrl+Z  Ctrl+Shift+Z", "Undo, redo"],
      ["K", "Camera keyframe"],
    ],
  ],
  [
    "Time and view",
    [
      ["Space", "Play, pause; held: drag the view"],
      [",  .", "Frame back, forward"],
      ["Home  End", "First, last frame"],
      ["Wheel", "Zoom at the pointer"],
      ["0  1", "Fit, original size"],
      ["R  O  W", "Regions, onion skin, flow"],
      ["?", "This list"],
    ],
  ],
];

export class Help {
  /** @param {() => void} closed */
  constructor(closed) {
    this.closed = closed;
    const groups = GROUPS.map(([title, rows]) =>
      h(
        "section",
        {},
        h("h4", {}, title),
        h("dl", {}, ...rows.map(([keys, what]) => h("div", {}, h("dt", {}, h("kbd", {}, keyText(keys))), h("dd", {}, what)))),
      ),
    );
    this.close = button("close", "Close", () => this.show(false), { keys: "Escape" });
    this.element = h(
      "div",
      { class: "help", role: "dialog", "aria-label": "Shortcuts", hidden: true, tabIndex: -1 },
      h("header", {}, h("h3", {}, "Shortcuts"), this.close),
      h("p", {}, "Paint a region, pull an arrow from it, press play."),
      h("div", { class: "columns" }, ...groups),
    );
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" && event.key !== "?") return;
      event.stopPropagation();
      event.preventDefault();
      this.show(false);
    });
  }

  /** @param {boolean} [visible] */
  show(visible = this.element.hidden) {
    this.element.hidden = !visible;
    if (visible) this.close.focus();
    else this.closed();
  }
}
