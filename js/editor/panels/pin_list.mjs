// @ts-check
/** The pins of the selected layer, and what the selected ones do: hold, move, turn, scale, and how firmly. */

import { deletePins, pinEdit, selectedPins, selectPin } from "../document/pins.mjs";
import { button, h, repeat } from "../dom/dom.mjs";
import { slider } from "./slider.mjs";

/** @import { SliderOptions } from "../parts" */
/** @import { Motion, Pin } from "../types" */
/** @typedef {import("../document/session.mjs").Session} Session */
/** @typedef {() => Motion | null} GetMotion the motion of the selected layer */

const HELD = { move: [0, 0], path: null, rotation: 0, scale: 1 };

/** Whether a pin holds its place. @param {Pin} pin */
const isHeld = ({ move, path, rotation, scale }) => !path && !move[0] && !move[1] && !rotation && scale === 1;

/** The pin that was selected last. @param {Session} session @param {GetMotion} motion */
const selectedPin = (session, motion) => motion()?.pins[selectedPins(session).at(-1) ?? -1];

/** The button of a pin; with Shift it selects several. @param {Session} session @param {number} index */
const pinButton = (session, index) =>
  button(
    "pin",
    () => `Pin ${index + 1}`,
    (event) => selectPin(session, index, event.shiftKey),
    {
      label: String(index + 1),
      about: "With Shift it is selected together with others",
      pressed: () => selectedPins(session).includes(index),
    },
  );

/**
 * A slider of the selected pins. @param {Session} session @param {GetMotion} motion
 * @param {Partial<SliderOptions> & {name: string, about: string}} options
 * @param {(pin: Pin) => number | null} get @param {(value: number, pin: Pin) => Partial<Pin>} partial
 */
const pinSlider = (session, motion, options, get, partial) =>
  slider(session, {
    low: -100,
    high: 100,
    get: () => {
      const pin = selectedPin(session, motion);
      return pin && get(pin);
    },
    edit: (value) => pinEdit(session, (pin) => partial(value, pin)),
    ...options,
  });

/** A slider of how far the selected pins go along an axis; a pin with a path goes along that. @param {Session} session @param {GetMotion} motion @param {0 | 1} axis @param {{name: string, about: string, signs: [string, string]}} options */
const moveSlider = (session, motion, axis, options) => {
  const factor = axis ? -100 : 100;
  return pinSlider(
    session,
    motion,
    { limits: [-400, 400], unit: "%", ...options },
    ({ move, path }) => (path ? null : move[axis] * factor),
    (value, { move }) => ({ move: move.with(axis, value / factor) }),
  );
};

/** @param {Session} session @param {GetMotion} motion @returns {HTMLElement[]} */
const pinSliders = (session, motion) => [
  moveSlider(session, motion, 0, {
    name: "Sideways",
    about: "To the right or left, in percent of the picture's width",
    signs: ["→", "←"],
  }),
  moveSlider(session, motion, 1, {
    name: "Up, down",
    about: "Up or down, in percent of the picture's height",
    signs: ["↑", "↓"],
  }),
  pinSlider(
    session,
    motion,
    {
      name: "Turn",
      about: "Turns what is around the pin, clockwise",
      low: -180,
      high: 180,
      limits: [-3600, 3600],
      unit: "°",
      signs: ["↻", "↺"],
    },
    (pin) => pin.rotation,
    (rotation) => ({ rotation }),
  ),
  pinSlider(
    session,
    motion,
    {
      name: "Scale",
      about: "Makes what is around the pin larger or smaller",
      low: 5,
      high: 300,
      limits: [5, 2000],
      from: 100,
      reset: 100,
      unit: "%",
    },
    (pin) => pin.scale * 100,
    (scale) => ({ scale: scale / 100 }),
  ),
  pinSlider(
    session,
    motion,
    {
      name: "Around",
      about: "How far around the pin the region turns and grows with it, in percent of the short side",
      low: 0.1,
      high: 50,
      limits: [0.1, 100],
      reset: 5,
      step: 0.5,
      curve: 2,
      unit: "%",
    },
    (pin) => pin.reach * 100,
    (reach) => ({ reach: reach / 100 }),
  ),
  pinSlider(
    session,
    motion,
    {
      name: "Stiffness",
      about: "How firmly the region follows this pin where pins pull against each other",
      low: 0.01,
      high: 10,
      limits: [0.01, 100],
      reset: 1,
      step: 0.1,
      curve: 2,
      unit: "×",
    },
    (pin) => pin.stiffness,
    (stiffness) => ({ stiffness }),
  ),
];

/** @param {Session} session @param {GetMotion} motion */
export function pinList(session, motion) {
  const hold = () => {
    const edit = pinEdit(session, () => HELD);
    if (edit) session.apply(edit, "hold pin");
  };
  const isHolding = () => {
    const pin = selectedPin(session, motion);
    return pin && isHeld(pin);
  };
  return h(
    "div",
    { hidden: () => !motion()?.pins.length },
    h("h4", {}, "Pins"),
    repeat(
      h("div", { class: "line wrap", role: "group", "aria-label": "Pins" }),
      () => motion()?.pins.length ?? 0,
      (index) => pinButton(session, index),
    ),
    h(
      "div",
      { class: "nested", hidden: () => !selectedPin(session, motion) },
      h(
        "div",
        { class: "line" },
        button("", "Hold still", hold, {
          label: "Hold still",
          about: "The pin stays where it is, and keeps its angle and size",
          pressed: isHolding,
        }),
        button("trash", "Delete pins", () => deletePins(session), { class: "small" }),
      ),
      pinSliders(session, motion),
    ),
  );
}
