// @ts-check
/** The camera: ready-made moves, its keyframes, and the values of the one at hand. */

import { frameOf } from "../commands/actions.mjs";
import {
  cameraEdit,
  cameraShown,
  goToKeyframe,
  keyframeAt,
  keyTime,
  toggleKeyframe,
} from "../commands/camera_actions.mjs";
import { CAMERA_PRESETS, cameraPreset } from "../commands/camera_presets.mjs";
import { changeCamera } from "../document/camera_edits.mjs";
import { button, h } from "../dom/dom.mjs";
import { curveEditor } from "./curve_editor.mjs";
import { slider } from "./slider.mjs";

/**
 * Named and signed as a camera operator does.
 * @type {[name: string, about: string, factor: number, options: any][]}
 */
const MOVES = [
  ["Pan", "Looks to the right", 1, { high: 30, limits: [-80, 80], unit: "°", signs: ["→", "←"] }],
  ["Tilt", "Looks up", 1, { high: 30, limits: [-80, 80], unit: "°", signs: ["↑", "↓"] }],
  ["Truck", "Moves to the right", 100, { high: 50, limits: [-1000, 1000], unit: "%", signs: ["→", "←"] }],
  ["Pedestal", "Moves up", 100, { high: 50, limits: [-1000, 1000], unit: "%", signs: ["↑", "↓"] }],
  ["Dolly", "Moves forward into the scene", 100, { high: 50, limits: [-2000, 90], unit: "%" }],
  [
    "Zoom",
    "The focal length, as a factor",
    1,
    { low: 0.5, high: 2, limits: [0.05, 20], reset: 1, from: 1, step: 0.05, unit: "×" },
  ],
  ["Roll", "Turns clockwise", 1, { high: 45, limits: [-3600, 3600], unit: "°", signs: ["↻", "↺"] }],
];

/** @param {import("../document/session.mjs").Session} session */
export function cameraPanel(session) {
  const problem = () => Boolean(session.problem);
  const keyframes = () => session.document.camera.keyframes;
  const edited = () => keyframes().findIndex((key) => Math.abs(key.time - keyTime(session)) < 1e-4);
  /** @returns {any} */
  const values = () => keyframes()[edited()] ?? cameraShown(session);
  const next = () => keyframes().findIndex((key) => key.time > session.time + 1e-4);
  const before = () => keyframes().filter((key) => key.time < session.time - 1e-4).length - 1;
  const preset = h("select", {
    class: "select",
    "aria-label": "Ready-made move",
    disabled: problem,
    onchange: () => {
      const name = preset.value;
      preset.value = "";
      session.apply((document) => cameraPreset(document, name), "camera move");
      session.select({ keyframe: null });
    },
  });
  preset.append(h("option", { value: "" }, "Ready-made move…"));
  for (const name of CAMERA_PRESETS)
    preset.append(h("option", { value: name }, name[0].toUpperCase() + name.slice(1).replaceAll("_", " ")));
  return h(
    "section",
    { class: "panel camera", "aria-label": "Camera" },
    preset,
    h(
      "div",
      { class: "line" },
      button("chevron", "Keyframe before", () => goToKeyframe(session, before()), {
        class: "left",
        disabled: () => before() < 0,
      }),
      button(
        "keyframe",
        () => (keyframeAt(session) < 0 ? "Add keyframe" : "Delete keyframe"),
        () => toggleKeyframe(session),
        { keys: "K", pressed: () => keyframeAt(session) >= 0, disabled: () => problem() || !session.time },
      ),
      button("chevron", "Keyframe after", () => goToKeyframe(session, next()), {
        class: "right",
        disabled: () => next() < 0,
      }),
      h("span", { class: "quiet" }, () => {
        const frame = `frame ${Math.round(frameOf(session, keyTime(session)))}`;
        return edited() < 0
          ? `New keyframe at ${frame}`
          : `Keyframe ${edited() + 1} of ${keyframes().length}, ${frame}`;
      }),
    ),
    MOVES.map(([name, about, factor, options]) =>
      slider(session, {
        name,
        about,
        low: -options.high,
        get: () => (problem() ? null : values()[name.toLowerCase()] * factor),
        edit: (value) => cameraEdit(session, { [name.toLowerCase()]: value / factor }),
        ...options,
      }),
    ),
    curveEditor(
      session,
      () => keyframes()[edited()]?.ease,
      (ease) => cameraEdit(session, { ease }),
    ),
    h("h4", {}, "Lens"),
    slider(session, {
      name: "View angle",
      about: "What the camera sees, from edge to edge",
      low: 15,
      high: 110,
      limits: [5, 150],
      reset: 50,
      unit: "°",
      get: () => (problem() ? null : session.document.camera.field_of_view),
      edit: (value) => (/** @type {any} */ document) => changeCamera(document, { field_of_view: value }),
    }),
  );
}
