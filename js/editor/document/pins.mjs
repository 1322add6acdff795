// @ts-check
/** The pins that are selected in a layer, and how they are changed together. */

import { changeMotion } from "./motion_edits.mjs";

/** @import { DocumentEdit, Motion, Pin } from "../types" */
/** @typedef {import("./session.mjs").Session} Session */

/** @type {WeakMap<Session, {layer: number, pins: readonly number[]}>} */
const selections = new WeakMap();

/** The numbers of the selected pins of the selected layer; the last one was selected last. @param {Session} session */
export function selectedPins(session) {
  const { layer, pins = [] } = selections.get(session) ?? {};
  const there = session.layer?.motion.pins.length ?? 0;
  return layer === session.selection.layer ? pins.filter((pin) => pin < there) : [];
}

/** Selects a pin alone, adds it to the selected ones or takes it away, or selects none (-1). @param {Session} session @param {number} pin @param {boolean} [toggles] */
export function selectPin(session, pin, toggles = false) {
  const before = toggles ? selectedPins(session) : [];
  const others = before.filter((each) => each !== pin);
  const pins = pin < 0 || others.length < before.length ? others : [...others, pin];
  selections.set(session, { layer: session.selection.layer, pins });
  session.emit("selection", undefined);
}

/** An edit that changes each selected pin; null where none is selected or the layer may not be edited. @param {Session} session @param {(pin: Pin) => Partial<Pin>} change @returns {DocumentEdit | null} */
export function pinEdit(session, change) {
  const selected = selectedPins(session);
  const layer = selected.length ? session.editableLayer() : -1;
  if (layer < 0) return null;
  return (document) => {
    const { pins } = document.layers[layer].motion;
    return changeMotion(document, layer, {
      pins: pins.map((pin, index) => (selected.includes(index) ? { ...pin, ...change(pin) } : pin)),
    });
  };
}

/** The motion without some pins and the bones that lead to them. @param {Motion} motion @param {readonly number[]} gone */
function withoutPins({ pins, bones }, gone) {
  const left = pins.map((_, index) => index).filter((index) => !gone.includes(index));
  return {
    pins: left.map((index) => pins[index]),
    bones: bones
      .filter((bone) => bone.every((end) => left.includes(end)))
      .map((bone) => bone.map((end) => left.indexOf(end))),
  };
}

/** Deletes the selected pins. @param {Session} session */
export function deletePins(session) {
  const layer = session.editableLayer();
  const gone = selectedPins(session);
  if (layer < 0) return;
  selectPin(session, -1);
  session.apply(
    (document) => changeMotion(document, layer, withoutPins(document.layers[layer].motion, gone)),
    "delete pin",
  );
}
