// @ts-check
/** The panels beside and below the stage. They are loaded when they are first seen. */

import { h, roving } from "../dom/dom.mjs";
import { cameraPanel } from "./camera_panel.mjs";
import "../dom/icons_more.mjs";
import { layersPanel } from "./layers_panel.mjs";
import { motionPanel } from "./motion_panel.mjs";
import { regionPanel } from "./region_panel.mjs";
import { timeline } from "./timeline.mjs";

const TABS = ["motion", "region", "camera", "layers", "timeline"];

/**
 * @param {import("../document/session.mjs").Session} session
 * @param {() => string} tab that is open @param {(tab: string) => void} open
 */
export function panels(session, tab, open) {
  const tabs = TABS.map((name) =>
    h(
      "button",
      {
        class: `tab tab-${name}`,
        role: "tab",
        "aria-selected": () => tab() === name,
        onclick: () => open(name),
      },
      name[0].toUpperCase() + name.slice(1),
    ),
  );
  const inert = () => Boolean(session.problem);
  const side = h(
    "div",
    { class: "side", inert },
    layersPanel(session),
    roving(h("div", { class: "tabs", role: "tablist", "aria-label": "Panels" }, tabs)),
    h("div", { class: "panels" }, motionPanel(session), regionPanel(session), cameraPanel(session)),
  );
  return { side, timeline: timeline(session) };
}
