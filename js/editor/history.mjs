// @ts-check
/** Undo and redo: a list of documents, each with the text that the workflow stores and what was selected. */

/**
 * @typedef {{layer: number, path: number | null, point: number | null, keyframe: number | null}} Selection
 * @typedef {{place: string, sentence: string}} Problem
 * @typedef {{document: import("./document.mjs").MotionDocument, text: string, problem: Problem | null,
 *   selection: Selection, label: string}} Step
 */

const MERGING = 1000; // milliseconds within which edits of the same kind are one step

export class History {
  /** @type {Step[]} */ #steps;
  #at = 0;
  #merge = "";
  #mergedAt = 0;
  /** @type {Set<string>} texts that merging has replaced; ComfyUI's own undo may still bring one back */ #replaced = new Set();

  /** @param {Step} first */
  constructor(first) {
    this.#steps = [first];
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
   * A step forward; what was undone is forgotten. Edits that follow one another with the same `merge` are one step, and
   * none where they end as they began.
   * @param {Step} step @param {string} [merge] @param {number} [now] milliseconds
   */
  push(step, merge = "", now = Date.now()) {
    this.#steps.length = this.#at + 1;
    if (merge && merge === this.#merge && now - this.#mergedAt < MERGING && this.#at > 0) {
      if (this.#steps[this.#at - 1].text === step.text) {
        this.#steps.length = this.#at--;
        this.endMerging();
        return;
      }
      this.#replaced.add(this.step.text);
      this.#steps[this.#at] = step;
    } else {
      this.#steps.push(step);
      this.#at++;
    }
    this.#merge = merge;
    this.#mergedAt = now;
  }

  endMerging() {
    this.#merge = "";
  }

  /** @param {number} steps forward or, negative, back @returns {boolean} */
  move(steps) {
    const at = this.#at + steps;
    if (!this.#steps[at]) return false;
    this.#at = at;
    this.endMerging();
    return true;
  }

  /** Go to the step nearest to the current one that has this text. @param {string} text @returns {boolean} */
  find(text) {
    for (let off = 0; off < this.#steps.length; off++) {
      for (const steps of [-off, off]) {
        if (this.#steps[this.#at + steps]?.text === text) return this.move(steps);
      }
    }
    return false;
  }

  /** Whether the document has had this text. @param {string} text */
  knows(text) {
    return this.#replaced.has(text) || this.#steps.some((step) => step.text === text);
  }
}
