// @ts-check
/** How the selected layer moves: its sliders, its paths, its timing, its depth, and the strength of its guidance. */

import { COMMANDS } from "../commands/commands.mjs";
import { PANEL_COMMANDS } from "../commands/keyless_commands.mjs";
import { editLayer, layerEdit } from "../commands/layer_actions.mjs";
import { frameOf } from "../commands/time_actions.mjs";
import { changeLayer } from "../document/edits.mjs";
import { layerColor, layerName } from "../document/layers.mjs";
import { changeMotion } from "../document/motion_edits.mjs";
import { button, h } from "../dom/dom.mjs";
import { segments } from "../dom/segments.mjs";
import { clamp } from "../geometry/values.mjs";
import { commandButton } from "./command_button.mjs";
import { curveEditor } from "./curve_editor.mjs";
import { pathList } from "./path_list.mjs";
import { pinList } from "./pin_list.mjs";
import { slider } from "./slider.mjs";
import { flowControls, swayControls } from "./sway_controls.mjs";

/** @import { CommandContext, SliderOptions } from "../parts" */
/** @import { Ambient, Motion, MotionPart } from "../types" */
/** @typedef {import("../document/session.mjs").Session} Session */
/** @typedef {Partial<SliderOptions> & {name: string, about: string}} ValueOptions */

/** The motion of the selected layer; null where there is none or it is frozen. @param {Session} session */
const motionOf = ({ layer }) => (layer && !layer.freeze ? layer.motion : null);

/** The time of the clip at a frame, from 1. @param {Session} session @param {number} frame */
const timeOf = (session, frame) => clamp((frame - 1) / Math.max(1, session.length - 1), 0, 1);

/**
 * A slider of a value that is computed from the motion. @param {Session} session @param {ValueOptions} options
 * @param {(motion: Motion) => number} get @param {(value: number, motion: Motion) => MotionPart} partial
 */
const valueSlider = (session, options, get, partial) =>
  slider(session, {
    low: -100,
    high: 100,
    get: () => {
      const motion = motionOf(session);
      return motion && get(motion);
    },
    edit: (value) => {
      const motion = motionOf(session);
      return motion && layerEdit(session, changeMotion, partial(value, motion));
    },
    ...options,
  });

/**
 * A slider of a member of the motion, multiplied by a factor. @param {Session} session
 * @param {"horizontal" | "vertical" | "proximity" | "rotation"} member @param {number} factor @param {ValueOptions} options
 */
const memberSlider = (session, member, factor, options) =>
  valueSlider(
    session,
    options,
    (motion) => motion[member] * factor,
    (value) => ({ [member]: value / factor }),
  );

/**
 * A slider of a member of the ambient motion. @param {Session} session @param {keyof Ambient} member
 * @param {number} factor @param {ValueOptions} options
 */
const ambientSlider = (session, member, factor, options) =>
  valueSlider(
    session,
    { low: 0, ...options },
    ({ ambient }) => ambient[member] * factor,
    (value) => ({ ambient: { [member]: value / factor } }),
  );

/** A slider of a time, in frames. @param {Session} session @param {"start" | "end"} member @param {ValueOptions} options */
const frameSlider = (session, member, options) =>
  valueSlider(
    session,
    { low: 1, high: () => Math.max(2, session.length), whole: true, ...options },
    (motion) => frameOf(session, motion[member]),
    (frame) => ({ [member]: timeOf(session, frame) }),
  );

/** Start and end of a motion that is `speed` times as fast as over the whole clip. @param {number} speed @param {Motion} motion */
function timingAtSpeed(speed, { start }) {
  const first = Math.min(start, 1 - 1 / speed);
  return { start: first, end: Math.min(1, first + 1 / speed) };
}

/** @param {Session} session @returns {HTMLElement[]} */
const movementSliders = (session) => [
  memberSlider(session, "horizontal", 100, {
    name: "Horizontal",
    about: "To the right or left, in percent of the picture's width",
    limits: [-400, 400],
    unit: "%",
    signs: ["→", "←"],
  }),
  memberSlider(session, "vertical", -100, {
    name: "Vertical",
    about: "Up or down, in percent of the picture's height",
    limits: [-400, 400],
    unit: "%",
    signs: ["↑", "↓"],
  }),
  memberSlider(session, "proximity", 100, {
    name: "Proximity",
    about: "Nearer and larger, or away and smaller",
    limits: [-800, 800],
    unit: "%",
  }),
  memberSlider(session, "rotation", 1, {
    name: "Rotation",
    about: "Clockwise",
    low: -180,
    high: 180,
    limits: [-3600, 3600],
    unit: "°",
    signs: ["↻", "↺"],
  }),
  button(
    "close",
    "Rotate about the region's centre again",
    () => editLayer(session, "pivot", changeMotion, { pivot: null }),
    { label: "Own pivot", hidden: () => !motionOf(session)?.pivot },
  ),
];

/** @param {Session} session @returns {HTMLElement[]} */
const ambientSliders = (session) => [
  ambientSlider(session, "amount", 100, {
    name: "Ambient",
    about: "A gentle wander, as of leaves and water",
    high: 10,
    limits: [0, 50],
    step: 0.1,
    curve: 2,
    unit: "%",
  }),
  h(
    "div",
    { class: "nested", hidden: () => !motionOf(session)?.ambient.amount },
    ambientSlider(session, "speed", 1, {
      name: "Pace",
      about: "How quickly it wanders",
      high: 5,
      limits: [0, 20],
      reset: 1,
      step: 0.1,
      unit: "×",
    }),
    ambientSlider(session, "seed", 1, {
      name: "Variation",
      about: "Another random pattern of the same kind",
      high: 50,
      limits: [0, 2 ** 31 - 1],
      whole: true,
    }),
  ),
];

/** @type {[loop: Motion["loop"], label: string][]} */
const LOOPS = [
  ["none", "Once"],
  ["repeat", "Repeat"],
  ["pingpong", "To and fro"],
];

/** @param {Session} session @returns {HTMLElement[]} */
function timing(session) {
  const loops = LOOPS.map(([loop, label]) =>
    button("", label, () => editLayer(session, "loop", changeMotion, { loop }), {
      label,
      pressed: () => motionOf(session)?.loop === loop,
    }),
  );
  const progress = () => {
    const motion = motionOf(session);
    return motion ? (session.time - motion.start) / (motion.end - motion.start) : -1;
  };
  return [
    frameSlider(session, "start", { name: "Start", about: "The frame at which it begins to move", reset: 1 }),
    frameSlider(session, "end", {
      name: "End",
      about: "The frame at which it arrives",
      reset: () => session.length,
    }),
    valueSlider(
      session,
      {
        name: "Speed",
        about: "How many times as fast as over the whole clip",
        low: 1,
        high: 8,
        limits: [1, 50],
        reset: 1,
        step: 0.25,
        curve: 2,
        unit: "×",
      },
      ({ start, end }) => 1 / (end - start),
      timingAtSpeed,
    ),
    curveEditor(
      session,
      () => motionOf(session)?.ease,
      (ease) => layerEdit(session, changeMotion, { ease }),
      progress,
    ),
    h("div", { class: "line" }, h("span", { class: "label" }, "Then"), segments("Afterwards", loops)),
  ];
}

/** @param {Session} session */
const depthSlider = (session) =>
  slider(session, {
    name: "In front",
    about: "Larger is nearer; below 0 is behind what is not painted",
    low: -5,
    high: 5,
    limits: [-1000, 1000],
    whole: true,
    get: () => session.layer?.order,
    edit: (order) => layerEdit(session, changeLayer, { order }),
  });

/** @param {Session} session */
const strengthSlider = (session) =>
  slider(session, {
    name: "Strength",
    about: "How closely the model follows this layer; a lower value leaves more of the motion to the model",
    low: 0,
    high: 100,
    reset: 100,
    unit: "%",
    get: () => session.layer && session.layer.strength * 100,
    edit: (strength) => layerEdit(session, changeLayer, { strength: strength / 100 }),
  });

/** @param {CommandContext} editor */
export function motionPanel(editor) {
  const { session } = editor;
  const title = () => (session.layer ? layerName(session.document, session.selection.layer) : "Motion");
  const color = () => (session.layer ? layerColor(session.document, session.selection.layer) : "transparent");
  const note = () =>
    session.layer
      ? "This layer is frozen: its region stays still, even under a moving camera."
      : "Paint a region, or select a layer, to give it a motion.";
  return h(
    "section",
    { class: "panel motion", "aria-label": "Motion", "--layer": color },
    h(
      "header",
      {},
      h("h3", {}, title),
      commandButton(editor, COMMANDS.freezeLayer, { label: "Freeze" }),
      commandButton(editor, COMMANDS.copyMotion),
      commandButton(editor, COMMANDS.pasteMotion),
    ),
    h("p", { class: "quiet", hidden: () => motionOf(session) !== null }, note),
    h(
      "div",
      { class: "body", hidden: () => motionOf(session) === null },
      movementSliders(session),
      ambientSliders(session),
      swayControls(session, valueSlider, () => motionOf(session)),
      flowControls(session, editor.host, valueSlider, () => motionOf(session)),
      pathList(session, () => motionOf(session)),
      pinList(session, () => motionOf(session)),
      h("h4", {}, "Timing"),
      timing(session),
      commandButton(editor, PANEL_COMMANDS.seamless, { label: "Seamless loop" }),
      h("h4", {}, "Depth"),
      depthSlider(session),
      h("h4", {}, "Model"),
      strengthSlider(session),
    ),
  );
}
