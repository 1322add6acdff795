// @ts-check
/** The camera: ready-made moves, its keyframes, and the values of the keyframe at the playhead. */

import {
  cameraEdit,
  editedPose,
  goToKeyframe,
  keyframeAt,
  keyTime,
  toggleKeyframe,
} from "../commands/camera_actions.mjs";
import { CAMERA_PRESETS, cameraPreset } from "../commands/camera_presets.mjs";
import { COMMANDS } from "../commands/commands.mjs";
import { PANEL_COMMANDS } from "../commands/keyless_commands.mjs";
import { frameOf } from "../commands/time_actions.mjs";
import { changeCamera } from "../document/camera_edits.mjs";
import { button, h } from "../dom/dom.mjs";
import { commandButton } from "./command_button.mjs";
import { curveEditor } from "./curve_editor.mjs";
import { slider } from "./slider.mjs";

/** @import { SliderOptions } from "../parts" */
/** @import { Pose } from "../types" */
/** @typedef {import("../document/session.mjs").Session} Session */

const SAME = 1e-4; // share of the clip; keyframes closer than this are at the same time

/**
 * The sliders of the pose, with names and signs as camera operators use them.
 * @type {[member: keyof Pose, factor: number, options: Omit<SliderOptions, "get" | "low"> & {low?: number, high:
 * number}][]}
 */
const MOVES = [
  [
    "pan",
    1,
    { name: "Pan", about: "Looks to the right", high: 30, limits: [-80, 80], unit: "°", signs: ["→", "←"] },
  ],
  ["tilt", 1, { name: "Tilt", about: "Looks up", high: 30, limits: [-80, 80], unit: "°", signs: ["↑", "↓"] }],
  [
    "truck",
    100,
    {
      name: "Truck",
      about: "Moves to the right",
      high: 50,
      limits: [-1000, 1000],
      unit: "%",
      signs: ["→", "←"],
    },
  ],
  [
    "pedestal",
    100,
    { name: "Pedestal", about: "Moves up", high: 50, limits: [-1000, 1000], unit: "%", signs: ["↑", "↓"] },
  ],
  [
    "dolly",
    100,
    { name: "Dolly", about: "Moves forward into the scene", high: 50, limits: [-2000, 90], unit: "%" },
  ],
  [
    "zoom",
    1,
    {
      name: "Zoom",
      about: "The focal length, as a factor",
      low: 0.5,
      high: 2,
      limits: [0.05, 20],
      reset: 1,
      from: 1,
      step: 0.05,
      unit: "×",
    },
  ],
  [
    "roll",
    1,
    { name: "Roll", about: "Turns clockwise", high: 45, limits: [-3600, 3600], unit: "°", signs: ["↻", "↺"] },
  ],
];

/** @param {Session} session */
const keyframesOf = (session) => session.document.camera.keyframes;

/** The index of the keyframe that the sliders edit, or -1. @param {Session} session */
const editedIndex = (session) =>
  keyframesOf(session).findIndex((key) => Math.abs(key.time - keyTime(session)) < SAME);

/** A list of ready-made moves. @param {Session} session */
function presetChoice(session) {
  const choice = h("select", {
    class: "select",
    "aria-label": "Ready-made move",
    disabled: () => Boolean(session.problem),
    onchange: () => {
      const name = choice.value;
      choice.value = "";
      session.apply((document) => cameraPreset(document, name), "camera move");
      session.select({ keyframe: null });
    },
  });
  choice.append(h("option", { value: "" }, "Ready-made move…"));
  for (const name of CAMERA_PRESETS)
    choice.append(h("option", { value: name }, name[0].toUpperCase() + name.slice(1).replaceAll("_", " ")));
  return choice;
}

/** The buttons that go from keyframe to keyframe, add and delete them. @param {Session} session */
function keyframeLine(session) {
  const next = () => keyframesOf(session).findIndex((key) => key.time > session.time + SAME);
  const previous = () => keyframesOf(session).filter((key) => key.time < session.time - SAME).length - 1;
  const isAtKeyframe = () => keyframeAt(session) >= 0;
  const about = () => {
    const frame = `frame ${Math.round(frameOf(session, keyTime(session)))}`;
    const edited = editedIndex(session);
    return edited < 0
      ? `New keyframe at ${frame}`
      : `Keyframe ${edited + 1} of ${keyframesOf(session).length}, ${frame}`;
  };
  return h(
    "div",
    { class: "line" },
    button("chevron", "Keyframe before", () => goToKeyframe(session, previous()), {
      class: "left",
      disabled: () => previous() < 0,
    }),
    button(
      "keyframe",
      () => (isAtKeyframe() ? "Delete keyframe" : "Add keyframe"),
      () => toggleKeyframe(session),
      {
        keys: COMMANDS.addKeyframe.keys?.[0],
        pressed: isAtKeyframe,
        disabled: () => session.problem || !session.time,
      },
    ),
    button("chevron", "Keyframe after", () => goToKeyframe(session, next()), {
      class: "right",
      disabled: () => next() < 0,
    }),
    h("span", { class: "quiet" }, about),
  );
}

/** @param {Session} session */
const poseSliders = (session) =>
  MOVES.map(([member, factor, options]) =>
    slider(session, {
      low: -options.high,
      get: () => {
        const pose = keyframesOf(session)[editedIndex(session)] ?? editedPose(session);
        return session.problem ? null : pose[member] * factor;
      },
      edit: (value) => cameraEdit(session, { [member]: value / factor }),
      ...options,
    }),
  );

/** @param {Session} session */
const lensSlider = (session) =>
  slider(session, {
    name: "View angle",
    about: "The horizontal angle that the camera sees",
    low: 15,
    high: 110,
    limits: [5, 150],
    reset: 50,
    unit: "°",
    get: () => (session.problem ? null : session.document.camera.field_of_view),
    edit: (value) => (document) => changeCamera(document, { field_of_view: value }),
  });

/** @param {import("../parts").CommandContext} editor */
export const cameraPanel = (editor) => {
  const { session } = editor;
  return h(
    "section",
    { class: "panel camera", "aria-label": "Camera" },
    presetChoice(session),
    keyframeLine(session),
    poseSliders(session),
    curveEditor(
      session,
      () => keyframesOf(session)[editedIndex(session)]?.ease,
      (ease) => cameraEdit(session, { ease }),
    ),
    h("h4", {}, "Lens"),
    lensSlider(session),
    commandButton(editor, PANEL_COMMANDS.seamless, { label: "Seamless loop" }),
  );
};
