// @ts-check
/** The paths of the selected layer, and when and how the selected point is reached. */

import { layerEdit } from "../commands/layer_actions.mjs";
import { changePath, removePath, setPointTime, toggleCorner } from "../document/path_edits.mjs";
import { button, h, repeat, segments } from "../dom/dom.mjs";
import { slider } from "./slider.mjs";

/**
 * @param {import("../document/session.mjs").Session} session
 * @param {() => any} motion of the selected layer, or null
 * @param {(partial: any, label: string) => void} apply
 */
export function pathList(session, motion, apply) {
  const paths = () => motion()?.paths ?? [];
  const path = () => paths()[session.selection.path ?? -1];
  const point = () => (path() ? session.selection.point : null);
  /**
   * @param {(document: any, layer: number, ...more: any[]) => any} edit @param {string} label
   * @param {any[]} more
   */
  const run = (edit, label, ...more) => {
    const change = layerEdit(session, edit, ...more);
    if (change) session.apply(change, label);
  };
  const isCorner = () => Boolean(path()?.corners.includes(point()));
  const count = (/** @type {number} */ index) => paths()[index].points.length;
  const row = (/** @type {number} */ index) => {
    const title = () => `${count(index) > 2 ? "Path" : "Arrow"} ${index + 1}`;
    return h(
      "div",
      { class: "line path" },
      button(
        () => (count(index) > 2 ? "spline" : "arrow"),
        title,
        () => session.select({ path: index, point: null }),
        {
          label: () => `${title()}, ${count(index)} points`,
          pressed: () => session.selection.path === index,
        },
      ),
      button(
        "trash",
        () => `Delete ${title()}`,
        () => run(removePath, "delete path", index),
        { class: "small" },
      ),
    );
  };
  const fits = [
    ["rigid", "Bend"],
    ["similarity", "Bend and scale"],
  ].map(([fit, label]) =>
    button("", label, () => apply({ fit }, "fit"), {
      label,
      about: "How several paths carry one region",
      pressed: () => motion()?.fit === fit,
    }),
  );
  const at = () => [session.selection.path, point()];
  return h(
    "div",
    { hidden: () => !paths().length },
    h("h4", {}, "Paths"),
    repeat(h("div", { class: "paths" }), () => paths().length, row),
    h(
      "div",
      { class: "line", hidden: () => paths().length < 2 },
      h("span", { class: "label" }, "Several"),
      segments("Fit", fits),
    ),
    h(
      "div",
      { class: "line", hidden: () => point() === null },
      h("span", { class: "label" }, () => `Point ${(point() ?? 0) + 1}`),
      button("polygon", "Corner", () => run(toggleCorner, "corner", ...at()), {
        label: "Corner",
        about: "The path turns sharply here; also a double-click on the point",
        pressed: isCorner,
      }),
      button(
        "close",
        "Even speed along the path",
        () => run(changePath, "even speed", session.selection.path, { times: null }),
        { label: "Even speed", hidden: () => !path()?.times },
      ),
    ),
    h(
      "div",
      { hidden: () => !point() },
      slider(session, {
        name: "Reached",
        about: "How much of the motion's time has passed at this point",
        low: 0,
        high: 100,
        unit: "%",
        get: () =>
          point()
            ? 100 * (path().times?.[point() ?? 0] ?? (point() ?? 0) / (path().points.length - 1))
            : null,
        edit: (value) => layerEdit(session, setPointTime, ...at(), value / 100, session.aspect),
      }),
    ),
  );
}
