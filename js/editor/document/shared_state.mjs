// @ts-check
/**
 * What the parts of the editor share beside the document: the tool and its options, the clip, the picture.
 */

import { clamp } from "../geometry/values.mjs";

/** @import { Mask, Picture, SessionEvent } from "../types" */

export class SharedState {
  /** @type {Map<string, Set<(value: any) => void>>} */ #listeners = new Map();
  /** @type {(Mask | null)[]} set last */ #given = [];

  tool = "brush";
  options = {
    radius: 0.06,
    hardness: 1,
    pressure: true,
    mode: "paint",
    fps: 16,
    loop: true,
    regions: true,
    paths: true,
    holes: true,
    onion: false,
    flow: "none",
    frame: true,
  };
  length = 17;
  aspect = 1;
  /** @type {Picture | null} */ picture = null;
  /** @type {(Mask | null)[]} connected MASKs */ masks = [];
  time = 0;
  playing = false;
  message = ""; // the last notice

  /**
   * @param {SessionEvent} event @param {(value: any) => void} listener @returns {() => void} stops listening
   */
  on(event, listener) {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  /** @param {string} name */
  setTool(name) {
    this.#set("tool", name);
  }

  /** @param {string} name @param {any} value */
  setOption(name, value) {
    if (/** @type {Record<string, any>} */ (this.options)[name] === value) return;
    this.options = { ...this.options, [name]: value };
    this.emit("options", name);
  }

  /** @param {number} time 0..1 */
  setTime(time) {
    if (Number.isFinite(time)) this.#set("time", clamp(time, 0, 1));
  }

  /** @param {boolean} playing */
  setPlaying(playing) {
    this.#set("playing", playing);
  }

  /** @param {Picture | null} picture its aspect becomes the session's */
  setPicture(picture) {
    const { width = 0, height = 0 } = picture ?? {};
    if (width > 0 && height > 0) this.aspect = width / height;
    this.#set("picture", picture);
  }

  /** @param {(Mask | null)[]} masks seen when what draws them has loaded */
  async setMasks(masks) {
    this.#given = masks;
    if (masks.some(Boolean)) await (await import("../geometry/raster.mjs")).loadMasks();
    const before = this.masks;
    const same = masks.every((mask, index) => mask === before[index]);
    if (masks === this.#given && !(same && masks.length === before.length)) this.#set("masks", masks);
  }

  /** @param {number} frames */
  setLength(frames) {
    if (frames >= 1) this.#set("length", Math.round(frames));
  }

  /** One quiet line for the artist. @param {string} text */
  notice(text) {
    this.message = text;
    this.emit("notice", text);
  }

  /** @param {"tool" | "time" | "playing" | "picture" | "masks" | "length"} name @param {any} value */
  #set(name, value) {
    if (this[name] === value) return;
    Object.assign(this, { [name]: value });
    this.emit(name, value);
  }

  /** @param {SessionEvent} event @param {any} [value] */
  emit(event, value) {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) {
      try {
        listener(value);
      } catch (error) {
        // A part that cannot draw must not keep the text from being stored.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
