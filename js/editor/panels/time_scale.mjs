// @ts-check
/** The ruler of the timeline, and the positions of times on it. */

import { frameOf } from "../commands/time_actions.mjs";
import { followPointer, h, repeat } from "../dom/dom.mjs";
import { clamp } from "../geometry/values.mjs";
import { stepWithArrows } from "./transport.mjs";

/** @typedef {import("../document/session.mjs").Session} Session */

const MOST_NUMBERS = 14; // frame numbers that are easily read beside one another
const INTERVALS = [1, 2, 4, 8, 10, 16, 20, 40, 80, 160];

/** Where the times of the clip lie on the ruler. */
export class TimeScale {
  /** @param {Session} session */
  constructor(session) {
    this.session = session;
    this.ruler = this.#makeRuler();
  }

  /** The steps from the first frame to the last. */
  get steps() {
    return Math.max(1, this.session.length - 1);
  }

  /** The whole frame, from 1, at a time. @param {number} time */
  frame(time) {
    return Math.round(frameOf(this.session, time));
  }

  /** The time under the pointer, on a whole frame. @param {{clientX: number}} event */
  timeAt({ clientX }) {
    const { left, width } = this.ruler.getBoundingClientRect();
    return Math.round(clamp((clientX - left) / width, 0, 1) * this.steps) / this.steps;
  }

  /** Moves the playhead with the pointer where nothing else is pressed. @param {PointerEvent} event */
  scrub = (event) => {
    if (event.button || event.target !== event.currentTarget) return;
    const { session } = this;
    const show = (/** @type {PointerEvent} */ now) => session.setTime(this.timeAt(now));
    session.setPlaying(false);
    show(event);
    followPointer(event, show);
  };

  #makeRuler() {
    const { session } = this;
    const interval = () => INTERVALS.find((step) => session.length / step <= MOST_NUMBERS) ?? 320;
    const number = (/** @type {number} */ index) =>
      h("span", { class: "mark", "--at": () => (index * interval()) / this.steps }, () =>
        String(index * interval() + 1),
      );
    return h(
      "div",
      {
        class: "track ruler",
        tabindex: 0,
        role: "slider",
        "aria-label": "Playhead",
        "aria-valuemin": 1,
        "aria-valuemax": () => session.length,
        onpointerdown: (/** @type {PointerEvent} */ event) => this.scrub(event),
        onkeydown: (/** @type {KeyboardEvent} */ event) => stepWithArrows(session, event),
      },
      repeat(h("div", { class: "marks" }), () => Math.ceil(session.length / interval()), number),
    );
  }
}
