// @ts-check
// What all tools share: a gesture is one undo step, begins at the first frame, and goes to a layer that may be edited.
import * as edits from "../edits.mjs";
import { extent } from "../geometry.mjs";

/** @typedef {import("../pointer.mjs").Contact} Contact */

export class Tool {
  /** @param {any} stage @param {string} [name] */
  constructor(stage, name = "") {
    this.stage = stage;
    this.session = stage.session;
    this.name = name;
  }

  /** CSS cursor over a place. @param {Contact | null} contact */
  cursor(contact) {
    return contact ? "crosshair" : "default";
  }

  /** @param {Contact} _contact */
  down(_contact) {}

  /** @param {Contact} _contact */
  move(_contact) {}

  /** @param {Contact} _contact */
  up(_contact) {}

  /** Gives up what is going on. */
  cancel() {}

  /** Another tool is taken up: what is under way is completed, or given up. */
  leave() {
    this.cancel();
  }

  /** @param {KeyboardEvent} _event @returns {boolean} whether it was this tool's */
  key(_event) {
    return false;
  }

  /** What is in progress. @param {CanvasRenderingContext2D} _context in CSS px @param {Contact | null} _contact */
  draw(_context, _contact) {}

  get size() {
    return extent(this.session.aspect);
  }

  /** Distance in CSS px between two document points. @param {number[]} a @param {number[]} b */
  apart(a, b) {
    const [p, q] = [this.stage.view.toStage(a), this.stage.view.toStage(b)];
    return Math.hypot(p[0] - q[0], p[1] - q[1]);
  }

  /** Begins an undo step at the first frame. */
  begin() {
    this.session.setPlaying(false);
    this.session.setTime(0);
    this.session.begin();
  }

  /**
   * The layer a new shape or path goes to: the selected one, or a new one where none is selected; -1 if it may not be
   * edited (the session has said why). `prepare` makes it; the edit of the gesture comes after it.
   * @param {boolean} [create] @returns {{layer: number, prepare: (document: any) => any}}
   */
  target(create = true) {
    const { document, selection } = this.session;
    if (document.layers[selection.layer]) return { layer: this.session.editableLayer(), prepare: (same) => same };
    if (!create) {
      this.session.notice("Select a layer to erase from.");
      return { layer: -1, prepare: (same) => same };
    }
    return { layer: document.layers.length, prepare: (before) => edits.addLayer(before, {}) };
  }

  /** One undo step of a whole edit. @param {number} layer @param {(document: any) => any} edit @param {string} label
   * @param {any} [selection] */
  commit(layer, edit, label, selection = {}) {
    this.begin();
    this.session.change(edit);
    this.session.select({ layer, path: null, point: null, ...selection });
    this.session.end(label);
  }

  /** Whether a shape takes away. @param {Contact} contact */
  erases(contact) {
    return contact.erase || this.name === "eraser" || this.session.options.mode === "erase";
  }
}
