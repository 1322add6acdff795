// @ts-check
/** Undo and redo: a list of documents, each with what was selected. */

import { dump } from "./document.mjs";

/**
 * @typedef {{layer: number, path: number | null, point: number | null, keyframe: number | null}} Selection
 * @typedef {{place: string, sentence: string}} Problem
 * @typedef {{document: import("./document.mjs").MotionDocument, loaded: string | null, problem: Problem | null,
 *   selection: Selection, label: string}} State `loaded` is a text from outside, to be kept byte for byte
 * @typedef {State & {key: string}} Step texts of thousands of steps would be too much: each keeps a digest of its own
 */

const MERGING = 1000; // milliseconds within which edits of the same kind are one step

export class History {
  /** @type {Step[]} */ #steps = [];
  #at = -1;
  #text = "";
  #merge = "";
  #mergedAt = 0;
  /**
   * Digests of texts that merging has replaced; ComfyUI's own undo may still bring one back.
   * @type {Set<string>}
   */
  #replaced = new Set();

  /** @param {State} first */
  constructor(first) {
    this.push(first);
  }

  get step() {
    return this.#steps[this.#at];
  }

  /** Of the current step. */
  get text() {
    return this.#text;
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
   * A step forward; what was undone is forgotten. Edits that follow one another with the same `merge` are
   * one step, and none where they end as they began. @param {State} state @param {string} [merge]
   * @param {number} [now] milliseconds
   */
  push(state, merge = "", now = Date.now()) {
    const text = textOf(state);
    const step = { ...state, key: digest(text) };
    const merging = merge !== "" && merge === this.#merge && now - this.#mergedAt < MERGING && this.#at > 0;
    this.#steps.length = this.#at + 1;
    if (merging) {
      this.#replaced.add(this.step.key);
      this.#steps.pop();
      this.#at--;
      if (this.step.key === step.key) {
        this.#go(this.#at);
        return;
      }
    }
    this.#steps.push(step);
    this.#at++;
    this.#text = text;
    this.#merge = merge;
    this.#mergedAt = now;
  }

  /** @param {number} steps forward or, negative, back @returns {boolean} */
  move(steps) {
    return this.#go(this.#at + steps);
  }

  /** Go to the step nearest to the current one that has this text. @param {string} text @returns {boolean} */
  find(text) {
    const key = digest(text);
    for (let off = 0; off < this.#steps.length; off++) {
      for (const at of [this.#at - off, this.#at + off])
        if (this.#steps[at]?.key === key) return this.#go(at);
    }
    return false;
  }

  /** Whether the document has had this text. @param {string} text */
  knows(text) {
    const key = digest(text);
    return this.#replaced.has(key) || this.#steps.some((step) => step.key === key);
  }

  /** @param {number} at */
  #go(at) {
    if (!this.#steps[at]) return false;
    this.#at = at;
    this.#text = textOf(this.step);
    this.#merge = "";
    return true;
  }
}

/** @param {State} state */
const textOf = ({ loaded, document }) => loaded ?? dump(document);

/** Length and 64 bits of a text (FNV-1a from two seeds). @param {string} text */
function digest(text) {
  let a = 0x811c9dc5,
    b = 0x2545f491;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x01000193) + (b >>> 15);
  }
  return `${text.length}.${a >>> 0}.${b >>> 0}`;
}
