// @ts-check
// What the stage asks of every tool, and the tool that stands in for one that is loading.

/** @import { Contact, Sight } from "../../parts" */

export class Tool {
  /** @param {import("../stage.mjs").Stage} stage @param {string} [name] */
  constructor(stage, name = "") {
    this.stage = stage;
    this.session = stage.session;
    this.name = name;
  }

  /** The view in which the layer that the tool edits is shown. @returns {Sight} */
  get view() {
    return this.stage.pointer.viewOf(this.session.layer);
  }

  /** How far outside the picture the tool works under the camera, in units; by default as far as paths may go. */
  get beyond() {
    return 4;
  }

  /** The CSS cursor at a contact. @param {Contact | null} _contact */
  cursor(_contact) {
    return "crosshair";
  }

  /** The pointer was pressed. @param {Contact} _contact */
  down(_contact) {}

  /** The pointer was moved. @param {Contact} _contact */
  move(_contact) {}

  /** The pointer was released. */
  up() {}

  /** Discards the shape in progress. */
  cancel() {}

  /** Another tool is chosen. */
  leave() {
    this.cancel();
  }

  /** A key was pressed; returns whether the tool used it. @param {KeyboardEvent} _event @returns {boolean} */
  key(_event) {
    return false;
  }

  /** Draws the shape in progress. @param {CanvasRenderingContext2D} _context in CSS px @param {Contact | null} _contact */
  draw(_context, _contact) {}
}

/** Stands in for a tool that is loading, and replays on it what was done in the meantime. */
export class WaitingTool extends Tool {
  /** @type {((tool: Tool) => void)[]} */ #record = [];

  /** @param {Contact} contact */
  down(contact) {
    this.#record.push((tool) => tool.down(contact));
  }

  /** @param {Contact} contact */
  move(contact) {
    this.#record.push((tool) => tool.move(contact));
  }

  up() {
    this.#record.push((tool) => tool.up());
  }

  cancel() {
    this.#record = [];
  }

  /** Records the keys that finish, discard or take back a shape, where one was started. @param {KeyboardEvent} event */
  key(event) {
    const matters = /^(Enter|Escape)$/.test(event.key) || removesLastPoint(event);
    if (!this.#record.length || !matters) return false;
    this.#record.push((tool) => tool.key(event));
    return true;
  }

  /** @param {Tool} tool */
  replay(tool) {
    for (const repeat of this.#record) repeat(tool);
  }
}

/** Whether a key removes the point that was clicked last. @param {KeyboardEvent} event */
export const removesLastPoint = ({ key, ctrlKey, metaKey, shiftKey }) =>
  key === "Backspace" || ((ctrlKey || metaKey) && !shiftKey && key.toLowerCase() === "z");
