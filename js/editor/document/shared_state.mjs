// @ts-check
/**
 * The state that the parts of the editor share beside the document: the tool and its options, the clip, the picture.
 */

import { clamp } from "../geometry/values.mjs";

/** @import { Mask, Options, Picture, SessionEvent, SessionEvents } from "../types" */

export class SharedState {
  /** @type {Map<SessionEvent, Set<(value: never) => void>>} */ #listeners = new Map();
  /** @type {(Mask | null)[]} the masks of the last call of setMasks */ #latestMasks = [];

  tool = "brush";
  /** @type {Options} */
  options = {
    radius: 0.06,
    hardness: 1,
    pressure: true,
    mode: "paint",
    fps: 16,
    loop: true,
    regions: true,
    paths: true,
    holes: false,
    sam3: true,
    onion: false,
    flow: "none",
    frame: true,
  };
  length = 17;
  aspect = 1;
  /** @type {Picture | null} */ picture = null;
  /** @type {(Mask | null)[]} the connected MASKs */ masks = [];
  /** @type {import("../types").Waiting} why a connected picture is not there yet */ waiting = "";
  /** @type {import("../types").Run | null} the last run of the graph */ run = null;
  time = 0;
  playing = false;
  several = 0; // how many things are selected at once, where it is more than one
  message = ""; // the last notice

  /**
   * Calls a listener at every event of that name, until the function that is returned is called.
   * @template {SessionEvent} E @param {E} event @param {(value: SessionEvents[E]) => void} listener
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

  /** @template {keyof Options} K @param {K} name @param {Options[K]} value */
  setOption(name, value) {
    if (this.options[name] === value) return;
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

  /** Shows another picture; the session takes its aspect. @param {Picture | null} picture */
  setPicture(picture) {
    const { width = 0, height = 0 } = picture ?? {};
    if (width > 0 && height > 0) this.aspect = width / height;
    this.#set("picture", picture);
  }

  /** Says why a connected picture is not there yet. @param {import("../types").Waiting} reason */
  setWaiting(reason) {
    this.#set("waiting", reason);
  }

  /** Follows the run of the graph. @param {import("../types").Run | null} run */
  setRun(run) {
    this.#set("run", run);
  }

  /** Sets the connected MASKs, once the module that draws them has loaded. @param {(Mask | null)[]} masks */
  async setMasks(masks) {
    this.#latestMasks = masks;
    if (masks.some(Boolean)) await (await import("../geometry/raster.mjs")).loadMasks();
    const before = this.masks;
    const same = masks.every((mask, index) => mask === before[index]);
    if (masks === this.#latestMasks && !(same && masks.length === before.length)) this.#set("masks", masks);
  }

  /** @param {number} frames */
  setLength(frames) {
    if (frames >= 1) this.#set("length", Math.round(frames));
  }

  /** Tells the artist something in the status line. @param {string} text */
  notice(text) {
    this.message = text;
    this.emit("notice", text);
  }

  /**
   * @template {"tool" | "time" | "playing" | "picture" | "masks" | "length" | "waiting" | "run"} N
   * @param {N} name @param {SessionEvents[N]} value
   */
  #set(name, value) {
    if (/** @type {unknown} */ (this[name]) === value) return;
    Object.assign(this, { [name]: value });
    this.emit(name, value);
  }

  /**
   * Calls the listeners of an event. @template {SessionEvent} E
   * @param {E} event @param {SessionEvents[E]} [value]
   */
  emit(event, value) {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) {
      try {
        listener(/** @type {never} */ (value));
      } catch (error) {
        // One part that fails to draw must not keep the text from being stored.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
