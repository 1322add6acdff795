// @ts-check
/** @typedef {import("../document/session.mjs").Session} Session */

const LONGEST_STEP = 0.1; // seconds; after a longer pause the page was hidden, and play continues where it was

/** Advances the session's time while it plays: the clip takes (length - 1) / fps seconds. */
export class Clock {
  #session;
  #schedule;
  #cancel;
  #request = 0;
  #last = 0;
  #stopListening;

  /**
   * @param {Session} session
   * @param {{request?: (step: (now: number) => void) => number, cancel?: (request: number) => void}} [frames]
   */
  constructor(session, { request, cancel } = {}) {
    this.#session = session;
    this.#schedule = request ?? ((step) => requestAnimationFrame(step));
    this.#cancel = cancel ?? ((handle) => cancelAnimationFrame(handle));
    this.#stopListening = session.on("playing", () => this.#follow());
    this.#follow();
  }

  dispose() {
    this.#stopListening();
    this.#stop();
  }

  #follow() {
    this.#stop();
    if (!this.#session.playing) return;
    if (this.#session.time >= 1) this.#session.setTime(0);
    this.#last = NaN;
    this.#request = this.#schedule(this.#step);
  }

  #stop() {
    if (this.#request) this.#cancel(this.#request);
    this.#request = 0;
  }

  /** @param {number} now milliseconds */
  #step = (now) => {
    this.#request = 0;
    const session = this.#session;
    const passed = Number.isNaN(this.#last) ? 0 : Math.min((now - this.#last) / 1000, LONGEST_STEP);
    this.#last = now;
    const seconds = (session.length - 1) / session.options.fps;
    const time = seconds > 0 ? session.time + passed / seconds : 1;
    if (time < 1) session.setTime(time);
    else if (session.options.loop && seconds > 0) session.setTime(time % 1);
    else {
      session.setTime(1);
      session.setPlaying(false);
    }
    // A listener may have stopped play, or even started it anew.
    if (session.playing && !this.#request) this.#request = this.#schedule(this.#step);
  };
}
