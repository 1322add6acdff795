// @ts-check
// Pin: a click holds a point of the region, a drag pulls it; the ring of a pin turns and scales what is around it.
import { changeMotion } from "../../document/motion_edits.mjs";
import { deletePins, pinEdit, selectedPins, selectPin } from "../../document/pins.mjs";
import { extent } from "../../geometry/units.mjs";
import { add, distance, subtract } from "../../geometry/vec.mjs";
import { layerAt } from "../hit.mjs";
import { drawRing, isStill, ringOf, tipOf, turnedPin } from "../overlay_pins.mjs";
import { EditingTool } from "./editing_tool.mjs";

/** @import { Contact } from "../../parts" */
/** @import { Pin, Point } from "../../types" */
/** @typedef {"tip" | "base" | "ring"} Part of a pin: where it goes, where it is, what turns and scales it */

/** @typedef {{part: Part, from: Point}} Drag */

/** @type {Pin} */
const NEW = {
  at: [0, 0],
  move: [0, 0],
  path: null,
  rotation: 0,
  scale: 1,
  reach: 0.05,
  stiffness: 1,
  follow: "",
};
/** @type {Record<string, [number, number]>} */
const ARROW_KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const LABELS = { tip: "pull pin", base: "move pin", ring: "turn pin" };

export default class PinTool extends EditingTool {
  /** @type {Drag | null} */ #dragged = null;
  #isMoving = false;

  get #pins() {
    return this.session.layer?.motion.pins ?? [];
  }

  /** The number of the pin that was selected last, or -1. */
  get selected() {
    return selectedPins(this.session).at(-1) ?? -1;
  }

  get #pin() {
    return this.#pins[this.selected] ?? null;
  }

  /** @param {Contact | null} contact */
  cursor(contact) {
    return contact && (this.#dragged || this.#hit(contact)) ? "grab" : "crosshair";
  }

  /** The pin and its part at a contact. @param {Contact} contact @returns {{index: number, part: Part} | null} */
  #hit({ stage, reach }) {
    const { view } = this;
    const pin = this.#pin;
    if (pin && distance(ringOf(pin, view).knob, stage) < reach) return { index: this.selected, part: "ring" };
    for (let index = this.#pins.length - 1; index >= 0; index--) {
      const each = this.#pins[index];
      if (distance(view.toStage(tipOf(each)), stage) < reach) return { index, part: "tip" };
      if (distance(view.toStage(each.at), stage) < reach) return { index, part: "base" };
    }
    return null;
  }

  /** @param {Contact} contact */
  down(contact) {
    const { session } = this;
    session.setPlaying(false);
    let hit = this.#hit(contact);
    if (!hit) {
      const found = layerAt(this.stage, contact.stage, session.selection.layer);
      if (found >= 0) session.select({ layer: found, path: null, point: null });
      hit = this.#add(contact.at);
    }
    if (!hit || session.editableLayer() < 0) return;
    if (contact.shift) return selectPin(session, hit.index, true);
    if (!selectedPins(session).includes(hit.index)) selectPin(session, hit.index);
    const part = hit.part === "tip" && contact.alt ? "base" : hit.part;
    this.#dragged = { part, from: contact.at };
    this.stage.invalidate("scene", "top");
  }

  /** Adds a pin that holds a place of the selected layer. @param {Point} at @returns {{index: number, part: Part} | null} */
  #add(at) {
    const { session } = this;
    const layer = session.editableLayer();
    if (layer < 0) return null;
    if (session.layer?.freeze) {
      session.notice("This layer is frozen; unfreeze it (F) to move it.");
      return null;
    }
    const index = this.#pins.length;
    session.apply(
      (document) => changeMotion(document, layer, { pins: [...this.#pins, { ...NEW, at }] }),
      "pin",
    );
    return index < this.#pins.length ? { index, part: "tip" } : null;
  }

  /** What a drag changes of a pin. @param {Drag} drag @param {Contact} contact @param {Pin} pin @returns {Partial<Pin>} */
  #change({ part, from }, contact, pin) {
    const by = subtract(contact.at, from);
    if (part === "ring") return turnedPin(pin, this.view, contact.stage);
    if (part === "tip") return { move: add(pin.move, by) };
    // The place where it goes to stays, unless it goes nowhere.
    return { at: add(pin.at, by), move: isStill(pin) ? pin.move : subtract(pin.move, by) };
  }

  /** @param {Contact} contact */
  move(contact) {
    const dragged = this.#dragged;
    if (!dragged) return;
    if (!this.#isMoving && this.distance(dragged.from, contact.at) < contact.reach / 3) return;
    if (!this.#isMoving) this.begin();
    this.#isMoving = true;
    const edit = pinEdit(this.session, (pin) => this.#change(dragged, contact, pin));
    if (edit) this.session.change(edit);
  }

  up() {
    if (this.#isMoving && this.#dragged) this.session.end(LABELS[this.#dragged.part]);
    this.#reset();
  }

  cancel() {
    if (this.#isMoving) this.session.cancel();
    this.#reset();
  }

  #reset() {
    this.#dragged = null;
    this.#isMoving = false;
  }

  /** Deletes and nudges the selected pins. @param {KeyboardEvent} event */
  key(event) {
    const { session } = this;
    const step = ARROW_KEYS[event.key];
    if (!this.#pin || event.ctrlKey || event.metaKey || event.altKey) return false;
    if (event.key === "Escape") selectPin(session, -1);
    else if (/^(Delete|Backspace)$/.test(event.key)) deletePins(session);
    else if (step) this.#nudge(step, event.shiftKey);
    else return false;
    this.stage.invalidate("scene", "top");
    return true;
  }

  /** Lets the selected pins go one pixel of the picture farther, or ten. @param {[number, number]} step @param {boolean} far */
  #nudge([x, y], far) {
    const { session } = this;
    const [width, height] = extent(session.aspect);
    const { picture } = session;
    const by = (far ? 10 : 1) / (picture ? Math.min(picture.width, picture.height) : 500);
    const edit = pinEdit(session, (pin) => ({ move: add(pin.move, [(x * by) / width, (y * by) / height]) }));
    if (edit) session.apply(edit, "pull pin", `nudge pin ${session.selection.layer} ${this.selected}`);
  }

  /** @param {CanvasRenderingContext2D} context */
  draw(context) {
    const { layer } = this.session;
    const pin = this.#pin;
    if (layer && pin && !this.session.playing) drawRing(context, this.stage, layer, pin);
  }
}
