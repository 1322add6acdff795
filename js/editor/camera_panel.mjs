// @ts-check
/** The camera: ready-made moves, its keyframes, and the values of the one at hand. */

import * as edits from "./edits.mjs";
import { addKeyframe, cameraEdit, cameraShown, frameOf, goToKeyframe, keyframeAt, keyTime, removeKeyframe } from "./actions.mjs";
import { CurveEditor } from "./curve_editor.mjs";
import { button, describe, h, setPressed } from "./dom.mjs";
import { Slider } from "./slider.mjs";

/** @typedef {import("./session.mjs").Session} Session */
/** @typedef {[name: string, member: string, about: string, high: number, limit: [number, number], unit: string, factor: number, signs: [string, string]]} Move */

/** Named and signed as a camera operator does. @type {Move[]} */
const MOVES = [
  ["Pan", "pan", "Looks to the right", 30, [-80, 80], "°", 1, ["→", "←"]],
  ["Tilt", "tilt", "Looks up", 30, [-80, 80], "°", 1, ["↑", "↓"]],
  ["Truck", "truck", "Moves to the right", 50, [-1000, 1000], "%", 100, ["→", "←"]],
  ["Pedestal", "pedestal", "Moves up", 50, [-1000, 1000], "%", 100, ["↑", "↓"]],
  ["Dolly", "dolly", "Moves forward into the scene", 50, [-2000, 90], "%", 100, ["⊕", "⊖"]],
  ["Roll", "roll", "Turns clockwise", 45, [-3600, 3600], "°", 1, ["↻", "↺"]],
];

export class CameraPanel {
  /** @param {Session} session */
  constructor(session) {
    this.session = session;
    this.presets = h("select", { class: "select", "aria-label": "Ready-made camera move" });
    this.presets.append(h("option", { value: "" }, "Ready-made move…"));
    for (const name of edits.CAMERA_PRESETS)
      this.presets.append(h("option", { value: name }, name[0].toUpperCase() + name.slice(1).replaceAll("_", " ")));
    this.presets.addEventListener("change", () => this.choose(this.presets.value));
    this.before = button("chevron", "Keyframe before", () => this.go(-1), { class: "left" });
    this.key = button("keyframe", "Add keyframe", () => this.toggle(), { keys: "K" });
    this.after = button("chevron", "Keyframe after", () => this.go(1), { class: "right" });
    this.where = h("span", { class: "quiet grow" });
    this.sliders = MOVES.map(([name, member, about, high, limits, unit, factor, signs]) =>
      this.slider({ name, about, low: -high, high, limits, unit, signs }, member, factor),
    );
    this.sliders.splice(
      5,
      0,
      this.slider(
        { name: "Zoom", about: "The focal length, as a factor", low: 0.5, high: 2, limits: [0.05, 20], reset: 1, step: 0.05, unit: "×" },
        "zoom",
        1,
      ),
    );
    this.curve = new CurveEditor(session, {
      get: () => (this.keyframes.length && !session.problem ? this.values.ease ?? "linear" : null),
      edit: (kind) => cameraEdit(session, { ease: kind }),
    });
    this.lens = new Slider(session, {
      name: "Lens",
      about: "Field of view: what the camera sees from edge to edge",
      low: 15,
      high: 110,
      limits: [5, 150],
      reset: 50,
      unit: "°",
      get: () => (session.problem ? null : session.document.camera.field_of_view),
      edit: (value) => (document) => edits.changeCamera(document, { field_of_view: value }),
    });
    this.element = h(
      "section",
      { class: "panel camera", "aria-label": "Camera" },
      this.presets,
      h("div", { class: "line" }, this.before, this.key, this.after, this.where),
      ...this.sliders.map(({ element }) => element),
      this.curve.element,
      h("h4", {}, "Lens"),
      this.lens.element,
    );
  }

  /** @returns {any[]} */
  get keyframes() {
    return this.session.document.camera.keyframes;
  }

  /** @returns {any} */
  get values() {
    const time = keyTime(this.session);
    const held = this.keyframes.find((key) => Math.abs(key.time - time) < 1e-4);
    return held ?? cameraShown(this.session);
  }

  /** @param {any} options @param {string} member @param {number} factor */
  slider(options, member, factor) {
    return new Slider(this.session, {
      ...options,
      get: () => (this.session.problem ? null : this.values[member] * factor),
      edit: (value) => cameraEdit(this.session, { [member]: value / factor }),
    });
  }

  /** @param {string} name */
  choose(name) {
    this.presets.value = "";
    if (!name || this.session.problem) return;
    this.session.apply((document) => edits.cameraPreset(document, name), "camera move");
    this.session.select({ keyframe: null });
  }

  /** @param {number} by */
  go(by) {
    const { keyframes, session } = this;
    const next = by > 0 ? keyframes.findIndex((key) => key.time > session.time + 1e-4) : keyframes.findLastIndex((key) => key.time < session.time - 1e-4);
    goToKeyframe(session, next);
  }

  toggle() {
    const at = keyframeAt(this.session);
    if (at < 0) addKeyframe(this.session);
    else removeKeyframe(this.session, at);
  }

  update() {
    const { session, keyframes } = this;
    const at = keyframeAt(session);
    const time = keyTime(session);
    const edited = keyframes.findIndex((key) => Math.abs(key.time - time) < 1e-4);
    this.presets.disabled = this.key.disabled = Boolean(session.problem);
    this.before.disabled = !keyframes.some((key) => key.time < session.time - 1e-4);
    this.after.disabled = !keyframes.some((key) => key.time > session.time + 1e-4);
    describe(this.key, at < 0 ? "Add keyframe" : "Delete keyframe", "K");
    setPressed(this.key, at >= 0);
    const frame = `frame ${Math.round(frameOf(session, time) * 10) / 10}`;
    this.where.textContent = edited < 0 ? `New keyframe at ${frame}` : `Keyframe ${edited + 1} of ${keyframes.length}, ${frame}`;
    for (const slider of [...this.sliders, this.lens]) slider.update();
    this.curve.update();
  }
}
