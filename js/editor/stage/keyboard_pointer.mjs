// @ts-check
// A cross on the picture that the arrow keys move, and Enter as its button: the tools without a mouse or a pen.
import { drawLine } from "./line.mjs";

/** @import { Contact } from "../parts" */
/** @typedef {import("./stage.mjs").Stage} Stage */

const STEP = 0.01; // of the picture's short side
const FAR = 10; // times as far, with Shift
const REACH = 10; // px
const SIZE = 12; // px of each arm of the cross
/** The tools for which Enter is a click; for the others it presses, and at the next time releases. */
const CLICKS = /^(object|fill|pin)$/;
/** @type {Record<string, [number, number]>} */
const ARROW_KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class KeyboardPointer {
  #name;
  #isDown = false;
  /** @type {[number, number]} in CSS px of the stage */ #at;

  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.#name = stage.session.tool;
    const { contact } = stage.pointer;
    this.#at = contact ? contact.stage : stage.view.toStage([0.5, 0.5]);
    stage.session.notice("Arrow keys move the cross, Shift takes it farther, Enter presses, Escape ends.");
    stage.invalidate("top");
  }

  /** The tool, which takes the place of another one when its module has loaded. */
  get #tool() {
    return this.stage.tool;
  }

  /** Whether its tool is still the present one, and no other pointer works. */
  get #isActive() {
    return this.#name === this.stage.session.tool && !this.stage.pointer.busy && !this.stage.session.playing;
  }

  /** Handles a key; returns whether it was used. @param {KeyboardEvent} event */
  key(event) {
    const { stage } = this;
    const direction = ARROW_KEYS[event.key];
    if (!this.#isActive) this.#end();
    if (stage.keyPointer !== this || event.ctrlKey || event.metaKey) return false;
    if (direction) this.#move(direction, event);
    else if (event.key === "Enter") this.#press(event);
    else if (event.key === "Escape") this.#leave();
    else return false;
    stage.invalidate("top");
    return true;
  }

  /** @param {KeyboardEvent} event @returns {Contact | null} null where the camera sees no place of the picture */
  #contact({ shiftKey: shift, altKey: alt }) {
    const { view, beyond } = this.#tool;
    const at = view.toDocument(this.#at, beyond);
    const track = at ? [[...at, 1]] : [];
    return (
      at && {
        stage: this.#at,
        at,
        track,
        kind: "keyboard",
        reach: REACH,
        clicks: 1,
        shift: shift && alt,
        alt,
        erase: alt,
      }
    );
  }

  /** @param {[number, number]} direction @param {KeyboardEvent} event */
  #move([x, y], event) {
    const { view } = this.stage;
    const step = STEP * view.scale * (event.shiftKey ? FAR : 1);
    const [left, top] = view.toStage([0, 0]);
    const [right, bottom] = view.toStage([1, 1]);
    this.#at = [
      Math.min(Math.max(this.#at[0] + x * step, left), right),
      Math.min(Math.max(this.#at[1] + y * step, top), bottom),
    ];
    const contact = this.#isDown && this.#contact(event);
    if (contact) this.#tool.move(contact);
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (event.repeat || this.#tool.name !== this.#name) return;
    const contact = this.#contact(event);
    if (!this.#isDown && contact) this.#tool.down(contact);
    if (this.#isDown || CLICKS.test(this.#tool.name)) this.#tool.up();
    this.#isDown = !this.#isDown && contact !== null && !CLICKS.test(this.#tool.name);
  }

  /** Discards what was begun, or else ends. */
  #leave() {
    if (!this.#isDown) return this.#end();
    this.#tool.cancel();
    this.#isDown = false;
  }

  #end() {
    if (this.stage.keyPointer === this) this.stage.keyPointer = null;
    this.stage.invalidate("top");
  }

  /** @param {CanvasRenderingContext2D} context in CSS px */
  draw(context) {
    if (!this.#isActive) return;
    const [x, y] = this.#at;
    const cross = new Path2D(
      `M${x - SIZE} ${y}H${x - 3}M${x + 3} ${y}H${x + SIZE}M${x} ${y - SIZE}V${y - 3}M${x} ${y + 3}V${y + SIZE}`,
    );
    if (this.#isDown) {
      cross.moveTo(x + 6, y);
      cross.arc(x, y, 6, 0, 2 * Math.PI);
    }
    drawLine(context, cross, 2);
  }
}
