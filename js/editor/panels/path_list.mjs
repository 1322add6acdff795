// @ts-check
/** The paths of the selected layer, and when and how the selected point is reached. */

import { editLayer, layerEdit } from "../commands/layer_actions.mjs";
import { changeMotion } from "../document/motion_edits.mjs";
import {
  changePath,
  pathSpan,
  removePath,
  setPathSpan,
  setPointTime,
  toggleCorner,
} from "../document/path_edits.mjs";
import { button, h, repeat } from "../dom/dom.mjs";
import { segments } from "../dom/segments.mjs";
import { slider } from "./slider.mjs";

/** @import { Motion } from "../types" */
/** @typedef {import("../document/session.mjs").Session} Session */
/** @typedef {() => Motion | null} GetMotion the motion of the selected layer */

/** The selected path and the indices of it and of its selected point. @param {Session} session @param {GetMotion} motion */
function selectedPoint({ selection }, motion) {
  const p = selection.path ?? -1;
  const path = motion()?.paths[p];
  return path && { path, p, k: selection.point };
}

/** The row of a path. @param {Session} session @param {GetMotion} motion @param {number} index */
function pathRow(session, motion, index) {
  const count = () => motion()?.paths[index]?.points.length ?? 0;
  const isStill = () => {
    const { points } = motion()?.paths[index] ?? {};
    return points?.every(([x, y]) => x === points[0][0] && y === points[0][1]) ?? false;
  };
  const kind = () => (isStill() ? "Still point" : count() > 2 ? "Path" : "Arrow");
  const title = () => `${kind()} ${index + 1}`;
  const select = () => session.select({ path: index, point: null });
  return h(
    "div",
    { class: "line path" },
    button(() => (count() > 2 ? "spline" : "arrow"), title, select, {
      label: () => `${title()}, ${count()} points`,
      pressed: () => session.selection.path === index,
    }),
    button(
      "trash",
      () => `Delete ${title()}`,
      () => editLayer(session, "delete path", removePath, index),
      { class: "small" },
    ),
  );
}

/** @type {[fit: Motion["fit"], label: string][]} */
const FITS = [
  ["rigid", "Bend"],
  ["similarity", "Bend and scale"],
];

/** How several paths move one region. @param {Session} session @param {GetMotion} motion */
const fitLine = (session, motion) =>
  h(
    "div",
    { class: "line", hidden: () => (motion()?.paths.length ?? 0) < 2 },
    h("span", { class: "label" }, "Several"),
    segments(
      "Fit",
      FITS.map(([fit, label]) =>
        button("", label, () => editLayer(session, "fit", changeMotion, { fit }), {
          label,
          about: "How several paths move one region",
          pressed: () => motion()?.fit === fit,
        }),
      ),
    ),
  );

/** The selected point: corner or smooth, and its time. @param {Session} session @param {GetMotion} motion @returns {HTMLElement[]} */
function pointControls(session, motion) {
  const at = () => selectedPoint(session, motion);
  const point = () => at()?.k ?? null;
  const toggle = () => {
    const { p, k } = at() ?? {};
    if (p !== undefined && typeof k === "number") editLayer(session, "corner", toggleCorner, p, k);
  };
  const resetTimes = () => {
    const { p } = at() ?? {};
    if (p !== undefined) editLayer(session, "even speed", changePath, p, { times: null });
  };
  return [
    h(
      "div",
      { class: "line wrap", hidden: () => point() === null },
      h("span", { class: "label" }, () => `Point ${(point() ?? 0) + 1}`),
      button("polygon", "Corner", toggle, {
        label: "Corner",
        about: "The path turns sharply here; also a double-click on the point",
        pressed: () => at()?.path.corners.includes(point() ?? -1),
      }),
      button("close", "Even speed along the path", resetTimes, {
        label: "Even speed",
        hidden: () => !at()?.path.times,
      }),
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
        get: () => {
          const { path, k } = at() ?? {};
          return path && k ? 100 * (path.times?.[k] ?? k / (path.points.length - 1)) : null;
        },
        edit: (value) => {
          const { p, k } = at() ?? {};
          if (p === undefined || typeof k !== "number") return null;
          return layerEdit(session, setPointTime, p, k, value / 100, session.aspect);
        },
      }),
    ),
  ];
}

/** When the selected path sets out and arrives. @param {Session} session @param {GetMotion} motion */
function spanControls(session, motion) {
  const at = () => selectedPoint(session, motion);
  const span = (/** @type {0 | 1} */ end, /** @type {string} */ name, /** @type {string} */ about) =>
    slider(session, {
      name,
      about,
      low: 0,
      high: 100,
      reset: 100 * end,
      unit: "%",
      get: () => {
        const { path } = at() ?? {};
        return path ? 100 * pathSpan(path)[end] : null;
      },
      edit: (value) => {
        const { path, p } = at() ?? {};
        if (!path || p === undefined) return null;
        const [start, last] = pathSpan(path).with(end, value / 100);
        return layerEdit(session, setPathSpan, p, start, last, session.aspect);
      },
    });
  return h(
    "div",
    { hidden: () => !at() || at()?.k !== null || (motion()?.paths.length ?? 0) < 2 },
    span(0, "Sets out", "How much of the motion’s time this path waits before it moves"),
    span(1, "Arrives", "How much of the motion’s time has passed when this path is at its end"),
  );
}

/** @param {Session} session @param {GetMotion} motion */
export const pathList = (session, motion) =>
  h(
    "div",
    { hidden: () => !motion()?.paths.length },
    h("h4", {}, "Paths"),
    repeat(
      h("div", { class: "paths" }),
      () => motion()?.paths.length ?? 0,
      (index) => pathRow(session, motion, index),
    ),
    fitLine(session, motion),
    spanControls(session, motion),
    pointControls(session, motion),
  );
