// @ts-check
/** Undo and redo: a list of documents, each with its selection. */

import { dump } from "./document.mjs";

/** @typedef {import("../types").Selection} Selection */
/** @typedef {import("../types").State} State */
/** @typedef {State & {key: string}} Step with a digest of its text, as the texts of thousands of steps would take too much memory */

const MERGING = 1000; // ms within which edits of the same kind are one step

export class History {
  /** @type {Step[]} */ #steps = [];
  #at = -1;
  #merge = "";
  #mergedAt = 0;
  // The digests of steps that were merged into others; ComfyUI's own undo may bring their texts back.
  /** @type {Set<string>} */ #replaced = new Set();
  text = ""; // the text of the current step

  /** @param {State} first */
  constructor(first) {
    this.push(first);
  }

  get step() {
    return this.#steps[this.#at];
  }

  get canUndo() {
    return this.#at > 0;
  }

  get canRedo() {
    return this.#at + 1 < this.#steps.length;
  }

  get undoLabel() {
    return this.canUndo ? this.step.label : "";
  }

  get redoLabel() {
    return this.#steps[this.#at + 1]?.label ?? "";
  }

  /**
   * Adds a step, and removes the steps that were undone. Successive edits with the same `merge` become one step, or
   * none if the document is as it was before them. @param {State} state @param {string} [merge]
   */
  push(state, merge = "") {
    const text = textOf(state);
    const key = digest(text);
    const now = Date.now();
    this.#steps.length = this.#at + 1;
    if (merge && merge === this.#merge && now - this.#mergedAt < MERGING && this.canUndo) {
      this.#replaced.add(this.step.key);
      this.#steps.pop();
      this.#at--;
      if (this.step.key === key) return void this.move(0);
    }
    this.#steps.push({ ...state, key });
    this.#at++;
    this.text = text;
    this.#merge = merge;
    this.#mergedAt = now;
  }

  /** Goes forward by a number of steps, or back by a negative one; returns whether there is such a step. @param {number} steps @returns {boolean} */
  move(steps) {
    const step = this.#steps[this.#at + steps];
    if (!step) return false;
    this.#at += steps;
    this.text = textOf(step);
    this.#merge = "";
    return true;
  }

  /** Goes to the nearest step that has a text; returns whether there is one. @param {string} text @returns {boolean} */
  find(text) {
    const key = digest(text);
    const away = this.#steps.flatMap((step, k) => (step.key === key ? [k - this.#at] : []));
    away.sort((a, b) => Math.abs(a) - Math.abs(b));
    return away.length > 0 && this.move(away[0]);
  }

  /** Whether the document had this text at any step. @param {string} text */
  knows(text) {
    const key = digest(text);
    return this.#replaced.has(key) || this.#steps.some((step) => step.key === key);
  }
}

/** @param {State} state */
const textOf = ({ loaded, document }) => loaded ?? dump(document);

/** The length and 64 bits of a text (FNV-1a with two seeds). @param {string} text */
function digest(text) {
  let a = 0x811c9dc5;
  let b = 0x2545f491;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x01000193) + (b >>> 15);
  }
  return `${text.length}.${a >>> 0}.${b >>> 0}`;
}
