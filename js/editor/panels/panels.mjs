// @ts-check
/** The panels beside and below the stage. They are loaded when they are first shown. */

import { h, rovingFocus } from "../dom/dom.mjs";
import "../dom/icons_more.mjs";
import { cameraActions } from "../commands/commands.mjs";
import { cameraPanel } from "./camera_panel.mjs";
import { layersPanel } from "./layers_panel.mjs";
import { motionPanel } from "./motion_panel.mjs";
import { regionPanel } from "./region_panel.mjs";
import { timeline } from "./timeline.mjs";

void cameraActions.load(); // The panels have it loaded; now the commands can use it at once.
const TABS = ["motion", "region", "camera", "layers", "timeline"];

/**
 * @param {import("../parts").CommandContext} editor @param {() => string} openTab the name of the open tab
 * @param {(name: string) => void} open
 */
export function panels(editor, openTab, open) {
  const { session } = editor;
  const tabs = TABS.map((name) =>
    h(
      "button",
      {
        class: `tab tab-${name}`,
        role: "tab",
        "aria-selected": () => openTab() === name,
        onclick: () => open(name),
      },
      name[0].toUpperCase() + name.slice(1),
    ),
  );
  const side = h(
    "div",
    { class: "side", inert: () => Boolean(session.problem) },
    layersPanel(editor),
    rovingFocus(h("div", { class: "tabs", role: "tablist", "aria-label": "Panels" }, tabs)),
    h("div", { class: "panels" }, motionPanel(editor), regionPanel(editor), cameraPanel(editor)),
  );
  return { side, timeline: timeline(session) };
}
