// @ts-check
/** Play, scrub and loop; and what is shown over the picture. */

import { frameOf, nextFlow } from "./actions.mjs";
import { button, describe, h, roving, setIcon, setPressed } from "./dom.mjs";

/** @typedef {import("./session.mjs").Session} Session */

export class Transport {
  /** @param {Session} session */
  constructor(session) {
    this.session = session;
    this.play = button("play", "Play", () => session.setPlaying(!session.playing), { keys: "Space", class: "play" });
    this.scrub = h("input", { type: "range", class: "range scrub", min: "0", max: "1", step: "any" });
    describe(this.scrub, "Time", ", and .", "Frame by frame with the arrow keys");
    this.scrub.addEventListener("input", () => {
      session.setPlaying(false);
      session.setTime(Number(this.scrub.value));
    });
    this.scrub.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -4, PageUp: 4 }[event.key];
      if (!by || event.ctrlKey || event.altKey || event.metaKey) return;
      const steps = Math.max(1, session.length - 1);
      session.setPlaying(false);
      session.setTime(Math.min(1, Math.max(0, (Math.round(session.time * steps) + by) / steps)));
      event.preventDefault();
      event.stopPropagation();
    });
    this.frame = h("span", { class: "frame", title: "Frame" });
    this.loop = button("loop", "Loop", () => session.setOption("loop", !session.options.loop));
    this.element = h(
      "div",
      { class: "transport", role: "group", "aria-label": "Playback" },
      this.play,
      this.scrub,
      this.frame,
      this.loop,
    );
  }

  update() {
    const { session } = this;
    setIcon(this.play, session.playing ? "pause" : "play");
    describe(this.play, session.playing ? "Pause" : "Play", "Space");
    this.play.disabled = this.scrub.disabled = Boolean(session.problem);
    setPressed(this.loop, session.options.loop);
    this.scrub.style.setProperty("--frames", String(Math.max(1, session.length - 1)));
    this.updateTime();
  }

  updateTime() {
    const { session } = this;
    const now = `${Math.round(frameOf(session, session.time))} / ${session.length}`;
    if (this.frame.textContent !== now) this.frame.textContent = now;
    if (Number(this.scrub.value) !== session.time) this.scrub.value = String(session.time);
    this.scrub.style.setProperty("--to", String(session.time));
    this.scrub.setAttribute("aria-valuetext", `frame ${now}`);
  }
}

/** What is drawn over the picture, and how it is fitted. In the node these open from one button. */
export class ViewOptions {
  /** @param {Session} session @param {{fit: () => void, oneToOne: () => void}} stage */
  constructor(session, stage) {
    this.session = session;
    /** @type {[icon: string, title: string, option: string, keys: string, about: string][]} */
    const toggles = [
      ["regions", "Regions", "regions", "R", "Tint what each layer covers"],
      ["spline", "Paths", "paths", "", "Show the paths"],
      ["frame", "Camera frame", "frame", "", "Show where the moving camera looks"],
      ["onion", "Onion skin", "onion", "O", "Ghosts of other times"],
      ["holes", "Gaps", "holes", "", "Hatch what the motion uncovers, for the model to invent"],
    ];
    this.toggles = toggles.map(([name, title, option, keys, about]) => {
      const element = button(name, title, () => session.setOption(option, !(/** @type {any} */ (session.options)[option])), { keys, about });
      return { option, element };
    });
    this.flow = button("flow", "Flow", () => nextFlow(session), { keys: "W" });
    this.element = h(
      "div",
      { class: "view", role: "toolbar", "aria-label": "View" },
      ...this.toggles.map(({ element }) => element),
      this.flow,
      h("span", { class: "rule" }),
      button("fit", "Fit", () => stage.fit(), { keys: "0" }),
      button("one", "Original size", () => stage.oneToOne(), { keys: "1" }),
    );
    this.settle = roving(this.element, "button");
  }

  update() {
    const { options } = this.session;
    for (const { option, element } of this.toggles) setPressed(element, Boolean(/** @type {any} */ (options)[option]));
    setPressed(this.flow, options.flow !== "none");
    setIcon(this.flow, options.flow === "wheel" ? "wheel" : "flow");
    const shown = { none: "not shown", arrows: "as arrows", wheel: "as colours" }[options.flow];
    describe(this.flow, `Flow ${shown}`, "W", "Which way everything moves, and how fast");
    this.settle();
  }
}
