// @ts-check
/** Undo and redo: a list of documents, each with what was selected. */

import { dump } from "./document.mjs";

/** @typedef {import("../types").Selection} Selection */
/** @typedef {import("../types").State} State */
/** @typedef {State & {key: string}} Step with a digest: texts of thousands of steps would be too much */

const MERGING = 1000; // milliseconds within which edits of the same kind are one step

export class History {
  /** @type {Step[]} */ #steps = [];
  #at = -1;
  #merge = "";
  #mergedAt = 0;
  // Digests that merging replaced; ComfyUI's own undo may bring their texts back.
  /** @type {Set<string>} */ #replaced = new Set();
  text = ""; // of the current step

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
   * A step forward; what was undone is forgotten. Edits that follow one another with the same `merge` are one
   * step, and none where they end as they began. @param {State} state @param {string} [merge]
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

  /** @param {number} steps forward or, negative, back @returns {boolean} */
  move(steps) {
    const step = this.#steps[this.#at + steps];
    if (!step) return false;
    this.#at += steps;
    this.text = textOf(step);
    this.#merge = "";
    return true;
  }

  /** Go to the step nearest to the current one that has this text. @param {string} text @returns {boolean} */
  find(text) {
    const key = digest(text);
    const away = this.#steps.flatMap((step, k) => (step.key === key ? [k - this.#at] : []));
    away.sort((a, b) => Math.abs(a) - Math.abs(b));
    return away.length > 0 && this.move(away[0]);
  }

  /** Whether the document has had this text. @param {string} text */
  knows(text) {
    const key = digest(text);
    return this.#replaced.has(key) || this.#steps.some((step) => step.key === key);
  }
}

/** @param {State} state */
const textOf = ({ loaded, document }) => loaded ?? dump(document);

/** Length and 64 bits of a text (FNV-1a from two seeds). @param {string} text */
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
