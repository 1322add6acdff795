// @ts-check
/** The buttons that align several selected things, over the picture. */

import { groupOf } from "../document/group.mjs";
import { aligned } from "../document/group_edits.mjs";
import { button, h, rovingFocus } from "../dom/dom.mjs";
import { PATHS } from "../dom/icons.mjs";

/** @typedef {import("../document/session.mjs").Session} Session */
/** @typedef {import("../document/group_edits.mjs").Side} Side */

Object.assign(PATHS, {
  align_left: "M3.5 3v14M6.5 5.5h10v3h-10zM6.5 11.5h6v3h-6z",
  align_centre: "M10 3v2.5M10 8.5v3M10 14.5V17M5 5.5h10v3H5zM7 11.5h6v3H7z",
  align_right: "M16.5 3v14M3.5 5.5h10v3h-10zM7.5 11.5h6v3h-6z",
  align_top: "M3 3.5h14M5.5 6.5h3v10h-3zM11.5 6.5h3v6h-3z",
  align_middle: "M3 10h2.5M8.5 10h3M14.5 10H17M5.5 5h3v10h-3zM11.5 7h3v6h-3z",
  align_bottom: "M3 16.5h14M5.5 3.5h3v10h-3zM11.5 7.5h3v6h-3z",
});

/** @type {[side: Side, title: string][]} */
const SIDES = [
  ["left", "Align left edges"],
  ["centre", "Align centres from side to side"],
  ["right", "Align right edges"],
  ["top", "Align top edges"],
  ["middle", "Align middles from top to bottom"],
  ["bottom", "Align bottom edges"],
];

/** @param {Session} session */
export function alignBar(session) {
  const align = (/** @type {Side} */ side) => {
    const items = groupOf(session);
    session.apply((document) => aligned(document, items, side, session.aspect), "align");
  };
  return rovingFocus(
    h(
      "div",
      {
        class: "align",
        role: "toolbar",
        "aria-label": "Align",
        hidden: () => session.tool !== "select" || !groupOf(session).length,
      },
      SIDES.map(([side, title]) => button(`align_${side}`, title, () => align(side))),
    ),
  );
}
