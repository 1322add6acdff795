// @ts-check
/** How the selected layer moves: Runway's sliders, its paths, its timing. */

import { canPasteMotion, copyMotion, frameOf, pasteMotion } from "../commands/actions.mjs";
import { layerEdit } from "../commands/layer_actions.mjs";
import { changeLayer } from "../document/edits.mjs";
import { layerColor, layerName } from "../document/layers.mjs";
import { changeMotion } from "../document/motion_edits.mjs";
import { button, h, segments } from "../dom/dom.mjs";
import { curveEditor } from "./curve_editor.mjs";
import { freezeButton } from "./layer_chips.mjs";
import { pathList } from "./path_list.mjs";
import { slider } from "./slider.mjs";

/** @typedef {import("../document/session.mjs").Session} Session */

/** @param {Session} session @param {any} partial of the selected layer's motion */
const motionEdit = (session, partial) => layerEdit(session, changeMotion, partial);

/** A time of the clip. @param {Session} session @param {number} frame from 1 */
const timeOf = (session, frame) => Math.min(1, Math.max(0, (frame - 1) / Math.max(1, session.length - 1)));

/** @param {Session} session */
export function motionPanel(session) {
  /** That of the selected layer; none where it is frozen. @returns {any} */
  const motion = () => (session.layer && !session.layer.freeze ? session.layer.motion : null);
  const apply = (/** @type {any} */ partial, /** @type {string} */ label) => {
    const edit = motionEdit(session, partial);
    if (edit) session.apply(edit, label);
  };
  /**
   * @param {string} name @param {string} about
   * @param {(motion: any) => number} get @param {(value: number, motion: any) => any} partial
   * @param {any} more of the slider's options
   */
  const value = (name, about, get, partial, more) =>
    slider(session, {
      name,
      about,
      low: -100,
      high: 100,
      get: () => motion() && get(motion()),
      edit: (now) => motionEdit(session, partial(now, motion())),
      ...more,
    });
  /**
   * @param {string} name @param {string} about @param {string} member @param {number} factor
   * @param {any} more
   */
  const member = (name, about, member, factor, more) =>
    value(
      name,
      about,
      (now) => now[member] * factor,
      (now) => ({ [member]: now / factor }),
      more,
    );
  /**
   * @param {string} name @param {string} about @param {string} member @param {number} factor
   * @param {any} more
   */
  const ambient = (name, about, member, factor, more) =>
    value(
      name,
      about,
      (now) => now.ambient[member] * factor,
      (now) => ({ ambient: { [member]: now / factor } }),
      { low: 0, ...more },
    );
  /** @param {"start" | "end"} member @param {string} name @param {string} about @param {number} [reset] */
  const frame = (member, name, about, reset) =>
    value(
      name,
      about,
      (now) => frameOf(session, now[member]),
      (now) => ({ [member]: timeOf(session, now) }),
      {
        low: 1,
        high: () => Math.max(2, session.length),
        reset: reset ?? (() => session.length),
        whole: true,
      },
    );
  const faster = (/** @type {number} */ speed, /** @type {any} */ { start }) => {
    const first = Math.min(start, 1 - 1 / speed);
    return { start: first, end: Math.min(1, first + 1 / speed) };
  };
  const loops = [
    ["none", "Once"],
    ["repeat", "Repeat"],
    ["pingpong", "To and fro"],
  ].map(([loop, label]) =>
    button("", label, () => apply({ loop }, "loop"), { label, pressed: () => motion()?.loop === loop }),
  );
  const wide = { limits: [-400, 400], unit: "%" };

  return h(
    "section",
    {
      class: "panel motion",
      "aria-label": "Motion",
      "--layer": () =>
        session.layer ? layerColor(session.document, session.selection.layer) : "transparent",
    },
    h(
      "header",
      {},
      h("h3", {}, () => (session.layer ? layerName(session.document, session.selection.layer) : "Motion")),
      freezeButton(session, "Freeze"),
      button("copy", "Copy motion", () => copyMotion(session), {
        keys: "Ctrl+C",
        disabled: () => !session.layer,
      }),
      button("paste", "Paste motion", () => pasteMotion(session), {
        keys: "Ctrl+V",
        disabled: () => !motion() || !canPasteMotion(),
      }),
    ),
    h("p", { class: "quiet", hidden: () => Boolean(motion()) }, () =>
      session.layer
        ? "This layer is frozen: what it covers holds still, against the camera too."
        : "Paint a region, or select a layer, to give it a motion.",
    ),
    h(
      "div",
      { class: "body", hidden: () => !motion() },
      member("Horizontal", "Right or left, in parts of the picture's width", "horizontal", 100, {
        ...wide,
        signs: ["→", "←"],
      }),
      member("Vertical", "Up or down, in parts of the picture's height", "vertical", -100, {
        ...wide,
        signs: ["↑", "↓"],
      }),
      member("Proximity", "Nearer and larger, or away and smaller", "proximity", 100, {
        limits: [-800, 800],
        unit: "%",
      }),
      member("Rotation", "Clockwise", "rotation", 1, {
        low: -180,
        high: 180,
        limits: [-3600, 3600],
        unit: "°",
        signs: ["↻", "↺"],
      }),
      button("close", "Turn about the region's centre again", () => apply({ pivot: null }, "pivot"), {
        label: "Own pivot",
        hidden: () => !motion()?.pivot,
      }),
      ambient("Ambient", "A gentle wander, as of leaves and water", "amount", 100, {
        high: 10,
        limits: [0, 50],
        step: 0.1,
        curve: 2,
        unit: "%",
      }),
      h(
        "div",
        { class: "nested", hidden: () => !motion()?.ambient.amount },
        ambient("Pace", "How quickly it wanders", "speed", 1, {
          high: 5,
          limits: [0, 20],
          reset: 1,
          step: 0.1,
          unit: "×",
        }),
        ambient("Variation", "Another wander of the same kind", "seed", 1, {
          high: 50,
          limits: [0, 2 ** 31 - 1],
          whole: true,
        }),
      ),
      pathList(session, motion, apply),
      h("h4", {}, "Timing"),
      frame("start", "Start", "The frame at which it begins to move", 1),
      frame("end", "End", "The frame at which it arrives"),
      value(
        "Speed",
        "How many times quicker than over the whole clip",
        (now) => 1 / (now.end - now.start),
        faster,
        { low: 1, high: 8, limits: [1, 50], reset: 1, step: 0.25, curve: 2, unit: "×" },
      ),
      curveEditor(
        session,
        () => motion()?.ease,
        (ease) => motionEdit(session, { ease }),
        () => (motion() ? (session.time - motion().start) / (motion().end - motion().start) : -1),
      ),
      h("div", { class: "line" }, h("span", { class: "label" }, "Then"), segments("Afterwards", loops)),
      h("h4", {}, "Depth"),
      slider(session, {
        name: "In front",
        about: "Larger is nearer; below 0 is behind what is not painted",
        low: -5,
        high: 5,
        limits: [-1000, 1000],
        whole: true,
        get: () => session.layer?.order,
        edit: (order) => layerEdit(session, changeLayer, { order }),
      }),
      h("h4", {}, "Model"),
      slider(session, {
        name: "Strength",
        about: "How firmly the model is held to this layer; less lets it make the motion its own",
        low: 0,
        high: 100,
        reset: 100,
        unit: "%",
        get: () => session.layer && session.layer.strength * 100,
        edit: (strength) => layerEdit(session, changeLayer, { strength: strength / 100 }),
      }),
    ),
  );
}
