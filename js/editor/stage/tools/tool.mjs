// @ts-check
// What all tools share: a gesture is one undo step, begins at the first frame, and edits a layer that may be edited.
import * as edits from "../../document/edits.mjs";
import { distance } from "../../geometry/vec.mjs";

/** @import { Contact, Sight } from "../../parts" */
/** @import { DocumentEdit, Point } from "../../types" */

export class Tool {
  /** @param {import("../stage.mjs").Stage} stage @param {string} [name] */
  constructor(stage, name = "") {
    this.stage = stage;
    this.session = stage.session;
    this.name = name;
  }

  /** How the layer that the tool edits is seen. @returns {Sight} */
  get view() {
    return this.stage.pointer.viewOf(this.session.layer);
  }

  /** Units outside the picture that the tool reaches under the camera; by default as far as paths may go. */
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

  /** The distance in CSS px between two document points. @param {Point} a @param {Point} b */
  distance(a, b) {
    const { view } = this;
    return distance(view.toStage(a), view.toStage(b));
  }

  /** Begins a gesture. The clip goes to the first frame, unless the camera is at work: then what it shows must stay under the pointer. */
  begin() {
    const { session } = this;
    const first = session.playing || this.view === this.stage.view;
    session.setPlaying(false);
    if (first) session.setTime(0);
    session.begin();
  }

  /**
   * The layer that a new shape or path goes to: the selected one, or a new one that `prepare` adds. The index is -1
   * where the layer may not be edited, and a notice has said why. @param {boolean} [create]
   * @returns {{layer: number, prepare: DocumentEdit}}
   */
  target(create = true) {
    const { document, selection } = this.session;
    if (document.layers[selection.layer])
      return { layer: this.session.editableLayer(), prepare: (same) => same };
    if (create) return { layer: document.layers.length, prepare: (before) => edits.addLayer(before) };
    this.session.notice("Select a layer to erase from.");
    return { layer: -1, prepare: (same) => same };
  }

  /**
   * Applies a whole edit as one undo step. @param {number} layer @param {DocumentEdit} edit @param {string} label
   * @param {number | null} [path] the path to select afterwards
   */
  commit(layer, edit, label, path = null) {
    this.begin();
    this.session.change(edit);
    this.session.select({ layer, path, point: null });
    this.session.end(label);
  }

  /** Whether a shape erases. @param {Contact} contact */
  erases(contact) {
    return contact.erase || this.name === "eraser" || this.session.options.mode === "erase";
  }
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
