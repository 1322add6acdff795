// @ts-check
/** The document that all parts of the editor share, its history and its selection. */

import { completeDocument, DocumentError, dump, EMPTY, parse } from "./document.mjs";
import { History } from "./history.mjs";
import { clampSelection, NOTHING, sameSelection, selectionAfter } from "./selection.mjs";
import { SharedState } from "./shared_state.mjs";

/** @import { DocumentEdit as Edit, MotionDocument, Selection, State } from "../types" */

/** What the editor is drawn anew for. */
export const EVENTS = /** @type {const} */ ([
  "document",
  "commit",
  "selection",
  "tool",
  "options",
  "playing",
  "masks",
  "length",
  "run",
  "problem",
]);

export class Session extends SharedState {
  /** @type {History} */ #history;
  /** @type {MotionDocument | null} the document at begin() */ #before = null;
  #endLabel = "Edit";

  /**
   * @param {string} [text] a text that cannot be read is kept unchanged: `problem` says why, and nothing can be edited
   */
  constructor(text = "") {
    super();
    const step = loadedState(text);
    this.document = step.document;
    this.selection = step.selection;
    this.#history = new History(step);
  }

  /** The text that the workflow stores; after undoing everything it is the loaded text, byte for byte. */
  get text() {
    return this.#history.text;
  }

  /** Why the text cannot be read, or null. */
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

  /** The index of the selected layer if it may be edited; otherwise -1, and a notice says why. */
  editableLayer() {
    const { layer, document, selection } = this;
    const reason = this.problem
      ? "This document cannot be read; nothing in it can be changed."
      : !layer
        ? document.layers.length
          ? "Select a layer first."
          : "Add a layer first."
        : !layer.visible
          ? `“${layer.name}” is hidden; show it to change it.`
          : layer.locked && `“${layer.name}” is locked; unlock it to change it.`;
    if (reason) this.notice(reason);
    return reason ? -1 : selection.layer;
  }

  /**
   * Applies an edit as one step of undo; edits with the same `merge` within a second are one step.
   * @param {Edit} edit @param {string} label @returns {boolean} whether anything changed
   */
  apply(edit, label, merge = "") {
    this.end();
    const next = this.#edited(edit, this.document);
    const { selection } = this;
    if (!next || next === this.document) return false;
    this.#show(next);
    return this.#commit(label, merge, selection);
  }

  /** Begins a gesture, whose changes are shown at once and become one step in the end. */
  begin(label = "Edit") {
    this.end();
    if (this.problem) return false;
    this.#history.step.selection = this.selection;
    this.#before = this.document;
    this.#endLabel = label;
    return true;
  }

  /** Applies an edit to the document as it was at begin(). @param {Edit} edit */
  change(edit) {
    const next = this.#before && this.#edited(edit, this.#before);
    if (next) this.#show(next);
    return Boolean(next);
  }

  /** @returns {boolean} whether anything changed */
  end(label = this.#endLabel) {
    const before = this.#before;
    this.#before = null;
    return before !== null && this.document !== before && this.#commit(label);
  }

  cancel() {
    const before = this.#before;
    this.#before = null;
    if (before) this.#show(before, this.#history.step.selection);
  }

  undo() {
    return this.#move(() => this.#history.move(-1));
  }

  redo() {
    return this.#move(() => this.#history.move(1));
  }

  /**
   * Replaces the text: goes to the step of the history that has it, or adds a step.
   * @param {string} text
   */
  load(text) {
    if (text === this.text) return;
    this.cancel();
    if (this.#move(() => this.#history.find(text))) return;
    this.#move(() => {
      const step = loadedState(text);
      const selection = this.selection.layer < 0 ? step.selection : this.selection;
      this.#history.push({ ...step, label: "Load", selection });
      return true;
    });
  }

  /**
   * Whether the document had this text at any step of the history. @param {string} text
   */
  knows(text) {
    return this.#history.knows(text);
  }

  /** Replaces the document, or a text that cannot be read, by an empty one; undo brings it back. */
  startNew() {
    const { problem } = this;
    if (!problem && this.document === EMPTY) return;
    this.cancel();
    this.#show(EMPTY);
    this.#commit("Start new");
    if (problem) this.emit("problem");
  }

  /** Changes the selection. With another layer or path, the former path or point is no longer selected. @param {Partial<Selection>} partial */
  select(partial) {
    const { layer, path, point, ...rest } = { ...this.selection, ...partial };
    const sameLayer = layer === this.selection.layer;
    const nextPath = sameLayer ? path : (partial.path ?? null);
    const nextPoint = nextPath === this.selection.path ? point : (partial.point ?? null);
    this.#show(this.document, { ...rest, layer, path: nextPath, point: nextPoint });
  }

  /** @param {Edit} edit @param {MotionDocument} from @returns {MotionDocument | null} */
  #edited(edit, from) {
    if (this.problem)
      this.editableLayer(); // shows the reason as a notice
    else
      try {
        return completeDocument(edit(from));
      } catch (error) {
        if (!(error instanceof DocumentError)) throw error;
        this.notice(`Not possible: ${error.message}.`);
      }
    return null;
  }

  /** @param {string} label @param {string} [merge] @param {Selection} [selection] before the edit */
  #commit(label, merge, selection) {
    const { step } = this.#history;
    const { document } = this;
    if (!step.problem && dump(document) === dump(step.document)) {
      this.#show(step.document); // an equal document
      return false;
    }
    if (selection) step.selection = selection;
    this.#history.push({ loaded: null, label, document, selection: this.selection, problem: null }, merge);
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

  /** @param {MotionDocument} document @param {Selection} [selection] */
  #show(document, selection) {
    const before = this.document;
    const was = this.selection;
    if (document === before && !selection) return;
    this.document = document;
    this.selection = selection ? clampSelection(selection, document) : selectionAfter(was, before, document);
    const moved = !sameSelection(this.selection, was);
    if (document !== before) this.emit("document");
    if (moved) this.emit("selection");
  }
}

/** The state of the history in which a text was loaded. @param {string} text @returns {State} */
function loadedState(text) {
  const step = { loaded: text, label: "", document: EMPTY, selection: NOTHING, problem: null };
  try {
    const document = parse(text);
    return { ...step, document, selection: { ...NOTHING, layer: document.layers.length - 1 } };
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    return { ...step, problem: { place: error.place, sentence: error.sentence } };
  }
}
