// @ts-check
/** The document that all parts of the editor share, its history and what is selected; without any DOM. */

import { DocumentError, dump, EMPTY, parse, sealed } from "./document.mjs";
import { History } from "./history.mjs";
import { clamped, followed, NOTHING, sameSelection } from "./selection.mjs";
import { SharedState } from "./shared_state.mjs";

/**
 * @typedef {import("./document.mjs").MotionDocument} MotionDocument
 * @typedef {(document: MotionDocument) => any} Edit returns parts of a document, which the session checks
 * @typedef {import("./shared_state.mjs").Picture} Picture
 * @typedef {import("./shared_state.mjs").Mask} Mask
 * @typedef {import("./shared_state.mjs").SessionEvent} SessionEvent
 */

export class Session extends SharedState {
  /** @type {History} */ #history;
  /** @type {MotionDocument | null} the document at begin() */ #before = null;
  #endLabel = "Edit";

  /**
   * @param {string} [text] a broken or newer one is kept as it is, with `problem`, and nothing can be edited
   */
  constructor(text = "") {
    super();
    const step = this.#opened(text);
    this.document = step.document;
    this.selection = step.selection;
    this.#history = new History(step);
  }

  /** What the workflow stores; undone to the start it is the text that was loaded, byte for byte. */
  get text() {
    return this.#history.text;
  }

  /** Why the text cannot be used, or null. */
  get problem() {
    return this.#history.step.problem;
  }

  get gesturing() {
    return this.#before !== null;
  }

  get canUndo() {
    return this.#history.canUndo;
  }

  get canRedo() {
    return this.#history.canRedo;
  }

  get undoLabel() {
    return this.#history.undoLabel;
  }

  get redoLabel() {
    return this.#history.redoLabel;
  }

  /** The selected layer, or null. */
  get layer() {
    return this.document.layers[this.selection.layer] ?? null;
  }

  /** Index of the selected layer if it may be edited; otherwise -1, and a notice says why not. */
  editableLayer() {
    const { layer } = this;
    if (this.problem) this.notice("This document cannot be read; nothing in it can be changed.");
    else if (!layer)
      this.notice(this.document.layers.length ? "Select a layer first." : "Add a layer first.");
    else if (!layer.visible) this.notice(`“${layer.name}” is hidden; show it to change it.`);
    else if (layer.locked) this.notice(`“${layer.name}” is locked; unlock it to change it.`);
    else return this.selection.layer;
    return -1;
  }

  /**
   * One edit, one step of undo; edits with the same `merge` within a second are one step together.
   * @param {Edit} edit @param {string} label @param {string} [merge]
   * @returns {boolean} whether anything changed
   */
  apply(edit, label, merge = "") {
    this.end();
    const next = this.#edited(edit, this.document);
    if (!next || next === this.document) return false;
    const selection = this.selection;
    this.#show(next);
    return this.#commit(label, merge, selection);
  }

  /** A gesture begins: its changes are seen at once, and are one step in the end. @param {string} [label] */
  begin(label = "Edit") {
    this.end();
    if (this.problem) return false;
    this.#history.step.selection = this.selection;
    this.#before = this.document;
    this.#endLabel = label;
    return true;
  }

  /** The document at begin(), edited. @param {Edit} edit @returns {boolean} */
  change(edit) {
    if (!this.#before) return false;
    const next = this.#edited(edit, this.#before);
    if (!next) return false;
    this.#show(next);
    return true;
  }

  /** @param {string} [label] @returns {boolean} whether anything changed */
  end(label = this.#endLabel) {
    const before = this.#before;
    if (!before) return false;
    this.#before = null;
    return this.document !== before && this.#commit(label);
  }

  cancel() {
    const before = this.#before;
    if (!before) return;
    this.#before = null;
    this.#show(before, this.#history.step.selection);
  }

  undo() {
    return this.#move(() => this.#history.move(-1));
  }

  redo() {
    return this.#move(() => this.#history.move(1));
  }

  /** The text was replaced from outside: where it is known, history goes there; otherwise it is a new step.
   * @param {string} text */
  load(text) {
    if (text === this.text) return;
    this.cancel();
    if (this.#move(() => this.#history.find(text))) return;
    const { problem } = this;
    const step = this.#opened(text);
    this.#history.step.selection = this.selection;
    this.#history.push({ ...step, label: "Load" });
    this.#show(
      step.document,
      clamped(this.selection.layer < 0 ? step.selection : this.selection, step.document),
    );
    this.emit("commit");
    if (problem !== this.problem) this.emit("problem");
  }

  /**
   * Whether the document has had this text, so that this session's history is its own.
   * @param {string} text
   */
  knows(text) {
    return this.#history.knows(text);
  }

  /** The artist gives a broken document up; undo brings it back. */
  startNew() {
    const { problem } = this;
    if (!problem && this.document === EMPTY) return;
    this.cancel();
    this.#show(EMPTY);
    this.#commit("Start new");
    if (problem) this.emit("problem");
  }

  /**
   * @param {Partial<import("./history.mjs").Selection>} partial another layer or path lets go of what was in it
   */
  select(partial) {
    const wanted = { ...this.selection, ...partial };
    if (wanted.layer !== this.selection.layer) wanted.path = partial.path ?? null;
    if (wanted.path !== this.selection.path) wanted.point = partial.point ?? null;
    this.#select(clamped(wanted, this.document));
  }

  /** @param {string} text @returns {import("./history.mjs").State} */
  #opened(text) {
    const step = { loaded: text, label: "", document: EMPTY, selection: NOTHING, problem: null };
    try {
      const document = parse(text);
      const layer = document.layers.length - 1;
      return { ...step, document, selection: clamped({ ...NOTHING, layer }, document) };
    } catch (error) {
      if (!(error instanceof DocumentError)) throw error;
      return { ...step, problem: { place: error.place, sentence: error.sentence } };
    }
  }

  /** @param {Edit} edit @param {MotionDocument} from @returns {MotionDocument | null} */
  #edited(edit, from) {
    if (this.problem) {
      this.notice("This document cannot be read; nothing in it can be changed.");
      return null;
    }
    try {
      return sealed(edit(from));
    } catch (error) {
      if (!(error instanceof DocumentError)) throw error;
      this.notice(`Not possible: ${error.message}.`);
      return null;
    }
  }

  /**
   * @param {string} label @param {string} [merge]
   * @param {import("./history.mjs").Selection} [selection] before it
   */
  #commit(label, merge = "", selection) {
    const { step } = this.#history;
    if (!step.problem && dump(this.document) === dump(step.document)) {
      this.#show(step.document); // the same, put together anew
      return false;
    }
    if (selection) step.selection = selection;
    this.#history.push(
      { loaded: null, label, document: this.document, selection: this.selection, problem: null },
      merge,
    );
    this.emit("commit");
    return true;
  }

  /** @param {() => boolean} move */
  #move(move) {
    this.cancel();
    const { problem } = this;
    this.#history.step.selection = this.selection;
    if (!move()) return false;
    const { document, selection } = this.#history.step;
    this.#show(document, selection);
    this.emit("commit");
    if (problem !== this.problem) this.emit("problem");
    return true;
  }

  /** @param {MotionDocument} document @param {import("./history.mjs").Selection} [selection] */
  #show(document, selection) {
    if (document === this.document && !selection) return;
    const before = this.document;
    this.document = document;
    const next = selection ? clamped(selection, document) : followed(this.selection, before, document);
    const moved = !sameSelection(next, this.selection);
    this.selection = next;
    if (document !== before) this.emit("document");
    if (moved) this.emit("selection");
  }

  /** @param {import("./history.mjs").Selection} selection */
  #select(selection) {
    if (sameSelection(selection, this.selection)) return;
    this.selection = selection;
    this.emit("selection");
  }
}
