// @ts-check
/** The tools, and the options of the tool in hand. */

import { button, describe, h, keyText, roving, setPressed } from "./dom.mjs";
import { Slider } from "./slider.mjs";

/** @typedef {import("./session.mjs").Session} Session */

/** @type {[tool: string, title: string, key: string, about: string][]} */
export const TOOLS = [
  ["select", "Select", "V", "Click a region, or drag points, paths and regions"],
  ["brush", "Brush", "B", "Paint the region that moves; hold Alt to erase"],
  ["eraser", "Eraser", "E", "Take away from the region"],
  ["lasso", "Lasso", "L", "Draw around a region; hold Alt to cut out"],
  ["polygon", "Polygon", "P", "Click the corners of a region; double-click or Enter closes"],
  ["fill", "Fill", "G", "Fill the area that strokes enclose"],
  ["arrow", "Arrow", "A", "Pull an arrow: where it begins is carried to its tip"],
  ["spline", "Spline", "S", "Click a path through points; double-click or Enter ends"],
  ["freehand", "Freehand path", "D", "Draw the path by hand"],
  ["hand", "Hand", "H", "Move the view; also Space and drag, or the middle button"],
];
const ENDS_GROUP = ["select", "fill", "freehand"];

export class Toolbar {
  /** @param {Session} session */
  constructor(session) {
    this.session = session;
    /** @type {Map<string, HTMLButtonElement>} */
    this.buttons = new Map();
    this.element = h("div", { class: "tools", role: "toolbar", "aria-label": "Tools" });
    for (const [tool, title, keys, about] of TOOLS) {
      const element = button(tool, title, () => session.setTool(tool), { keys, about });
      this.buttons.set(tool, element);
      this.element.append(element);
      if (ENDS_GROUP.includes(tool)) this.element.append(h("span", { class: "rule" }));
    }
    this.settle = roving(this.element, "button");
  }

  update() {
    for (const [tool, element] of this.buttons) {
      setPressed(element, this.session.tool === tool);
      element.disabled = Boolean(this.session.problem);
    }
    this.settle();
  }
}

/** Tools that paint with a size, tools that draw on a path, and all that make regions. */
const SIZED = ["brush", "eraser", "arrow"];
const PAINTING = ["brush", "eraser"];
const SHAPING = ["brush", "lasso", "polygon", "fill"];

export class ToolOptions {
  /** @param {Session} session */
  constructor(session) {
    this.session = session;
    const { options } = session;
    /** @param {() => number} get @param {(value: number) => void} set */
    this.size = new Slider(session, {
      name: "Size",
      about: "Also Shift or Alt and the wheel",
      keys: "[ and ]",
      low: 0.2,
      high: 50,
      reset: 6,
      step: 0.5,
      curve: 2,
      unit: "%",
      get: () => session.options.radius * 100,
      set: (value) => session.setOption("radius", value / 100),
    });
    this.hardness = new Slider(session, {
      name: "Hardness",
      about: "100 is a crisp edge",
      keys: "{ and }",
      low: 0,
      high: 100,
      reset: 100,
      step: 5,
      unit: "%",
      get: () => session.options.hardness * 100,
      set: (value) => session.setOption("hardness", value / 100),
    });
    this.pressure = button("pen", "Pen pressure", () => session.setOption("pressure", !session.options.pressure), {
      about: "A pen that presses harder paints wider",
    });
    this.erase = button("eraser", "Cut out", () => this.switchMode(), {
      keys: "Alt",
      about: "Take away from the region in place of adding to it",
    });
    this.name = h("span", { class: "tool-name" });
    this.hint = h("span", { class: "quiet" });
    this.element = h(
      "div",
      { class: "options", role: "group", "aria-label": "Tool options" },
      this.name,
      this.size.element,
      this.hardness.element,
      this.pressure,
      this.erase,
      this.hint,
    );
    void options;
  }

  switchMode() {
    this.session.setOption("mode", this.session.options.mode === "erase" ? "paint" : "erase");
  }

  update() {
    const { tool, options } = this.session;
    const [, title = "", keys = "", about = ""] = TOOLS.find(([name]) => name === tool) ?? [];
    this.name.textContent = title;
    describe(this.name, title, keys, about);
    this.size.element.hidden = !SIZED.includes(tool);
    this.hardness.element.hidden = this.pressure.hidden = !PAINTING.includes(tool);
    this.erase.hidden = !SHAPING.includes(tool);
    this.hint.textContent = SIZED.includes(tool) ? "" : keyText(about);
    this.hint.hidden = !this.hint.textContent;
    setPressed(this.pressure, options.pressure);
    setPressed(this.erase, options.mode === "erase");
    this.size.update();
    this.hardness.update();
  }
}
