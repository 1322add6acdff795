// @ts-check
/** What the parts of the editor share beside the document: the tool and its options, the clip, the picture. */

/**
 * @typedef {"document" | "commit" | "selection" | "tool" | "options" | "time" | "playing" | "picture" |
 *   "masks" | "length" | "notice" | "problem"} SessionEvent
 * @typedef {{image: CanvasImageSource, width: number, height: number, label?: string}} Picture
 * @typedef {{width: number, height: number, data: Uint8ClampedArray}} Mask
 */

export class SharedState {
  /** @type {Map<string, Set<(value: any) => void>>} */ #listeners = new Map();

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
  /** the last notice */
  message = "";

  /**
   * @param {SessionEvent} event @param {(value: any) => void} listener
   * @returns {() => void} stops listening
   */
  on(event, listener) {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  /** @param {string} name */
  setTool(name) {
    this.#set("tool", name, "tool");
  }

  /** @param {string} name @param {any} value */
  setOption(name, value) {
    const options = /** @type {Record<string, any>} */ (this.options);
    if (options[name] === value) return;
    this.options = { ...this.options, [name]: value };
    this.emit("options", name);
  }

  /** @param {number} time 0..1 */
  setTime(time) {
    if (Number.isFinite(time)) this.#set("time", Math.min(Math.max(time, 0), 1), "time");
  }

  /** @param {boolean} playing */
  setPlaying(playing) {
    this.#set("playing", playing, "playing");
  }

  /** @param {Picture | null} picture its aspect becomes the session's */
  setPicture(picture) {
    if (picture === this.picture) return;
    if (picture && picture.width > 0 && picture.height > 0) this.aspect = picture.width / picture.height;
    this.#set("picture", picture, "picture");
  }

  /** @param {(Mask | null)[]} masks */
  setMasks(masks) {
    const same =
      masks.length === this.masks.length && masks.every((mask, index) => mask === this.masks[index]);
    if (!same) this.#set("masks", masks, "masks");
  }

  /** @param {number} frames */
  setLength(frames) {
    if (frames >= 1) this.#set("length", Math.round(frames), "length");
  }

  /** One quiet line for the artist. @param {string} text */
  notice(text) {
    this.message = text;
    this.emit("notice", text);
  }

  /**
   * @param {"tool" | "time" | "playing" | "picture" | "masks" | "length"} name @param {any} value
   * @param {SessionEvent} event
   */
  #set(name, value, event) {
    if (this[name] === value) return;
    /** @type {any} */ (this)[name] = value;
    this.emit(event, value);
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
