// @ts-check
// What all tools share: a gesture is one undo step, begins at the first frame, and goes to a layer that may be edited.
import * as edits from "../../document/edits.mjs";

/** @typedef {import("../pointer.mjs").Contact} Contact */
/** @typedef {(document: import("../../document/document.mjs").MotionDocument) => any} Edit */

export class Tool {
  /** @param {import("../stage.mjs").Stage} stage @param {string} [name] */
  constructor(stage, name = "") {
    this.stage = stage;
    this.session = stage.session;
    this.name = name;
  }

  /** How what it works on is seen. */
  get view() {
    return this.stage.pointer.viewOf(this.session.layer);
  }

  /** Units outside the picture to which it reaches under the camera: as far as paths may leave it. */
  get beyond() {
    return 4;
  }

  /** CSS cursor over a place. @param {Contact | null} _ */
  cursor(_) {
    return "crosshair";
  }

  /** @param {Contact} _ */
  down(_) {}

  /** @param {Contact} _ */
  move(_) {}

  up() {}

  /** Gives up what is going on. */
  cancel() {}

  /** Another tool is taken up. */
  leave() {
    this.cancel();
  }

  /** @param {KeyboardEvent} _ @returns {boolean} whether it was this tool's */
  key(_) {
    return false;
  }

  /** What is in progress. @param {CanvasRenderingContext2D} _context in CSS px @param {Contact | null} _ */
  draw(_context, _) {}

  /** Distance in CSS px between two document points. @param {readonly number[]} a @param {readonly number[]} b */
  apart(a, b) {
    const { view } = this;
    const [x, y] = view.toStage(a);
    const [toX, toY] = view.toStage(b);
    return Math.hypot(toX - x, toY - y);
  }

  begin() {
    const { session } = this;
    // What the camera has moved stays under the pointer.
    const first = session.playing || this.view === this.stage.view;
    session.setPlaying(false);
    if (first) session.setTime(0);
    session.begin();
  }

  /**
   * The layer a new shape or path goes to: the selected one, or a new one, which `prepare` makes; -1 if it may not be
   * edited (the session has said why). @param {boolean} [create] @returns {{layer: number, prepare: Edit}}
   */
  target(create = true) {
    const { document, selection } = this.session;
    if (document.layers[selection.layer])
      return { layer: this.session.editableLayer(), prepare: (same) => same };
    if (create) return { layer: document.layers.length, prepare: (before) => edits.addLayer(before) };
    this.session.notice("Select a layer to erase from.");
    return { layer: -1, prepare: (same) => same };
  }

  /** One undo step of a whole edit. @param {number} layer @param {Edit} edit @param {string} label
   * @param {number | null} [path] selected afterwards */
  commit(layer, edit, label, path = null) {
    this.begin();
    this.session.change(edit);
    this.session.select({ layer, path, point: null });
    this.session.end(label);
  }

  /** Whether a shape takes away. @param {Contact} contact */
  erases(contact) {
    return contact.erase || this.name === "eraser" || this.session.options.mode === "erase";
  }
}

/** Stands in for a tool that is being loaded, and hands on what was done meanwhile. */
export class Waiting extends Tool {
  /** @type {((tool: Tool) => void)[]} */ #done = [];

  /** @param {Contact} contact */
  down(contact) {
    this.#done.push((tool) => tool.down(contact));
  }

  /** @param {Contact} contact */
  move(contact) {
    this.#done.push((tool) => tool.move(contact));
  }

  up() {
    this.#done.push((tool) => tool.up());
  }

  cancel() {
    this.#done = [];
  }

  /** Of a shape that is begun: it is ended, given up or taken back when the tool is there. @param {KeyboardEvent} event */
  key(event) {
    if (!this.#done.length || (!/^(Enter|Escape)$/.test(event.key) && !takesBack(event))) return false;
    return this.#done.push((tool) => tool.key(event)) > 0;
  }

  /** @param {Tool} tool */
  handOver(tool) {
    for (const repeat of this.#done) repeat(tool);
  }
}

/** A key that takes the last clicked point back. @param {KeyboardEvent} event */
export const takesBack = ({ key, ctrlKey, metaKey, shiftKey }) =>
  key === "Backspace" || ((ctrlKey || metaKey) && !shiftKey && key.toLowerCase() === "z");
