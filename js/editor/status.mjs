// @ts-check
/** One quiet line: what was just said, or how the preview is doing. */

import { h } from "./dom.mjs";

/** @typedef {import("./session.mjs").Session} Session */

const LASTS = 6000;

export class Status {
  /** @param {Session} session @param {{status: string, sentence?: string}} client */
  constructor(session, client) {
    this.session = session;
    this.client = client;
    this.line = h("span", { class: "notice", role: "status", "aria-live": "polite" });
    this.about = h("span", { class: "quiet" });
    this.element = h("footer", { class: "status" }, this.line, this.about);
    this.timer = 0;
    this.said = "";
  }

  /** @param {string} text */
  notice(text) {
    this.said = text;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      this.said = "";
      this.update();
    }, LASTS);
    this.update();
  }

  update() {
    const { client, session } = this;
    const failed = client.status === "error";
    const text = this.said || (failed ? client.sentence || "The preview is not available." : "");
    if (this.line.textContent !== text) this.line.textContent = this.line.title = text;
    this.element.dataset.kind = failed && !this.said ? "error" : client.status;
    const { picture } = session;
    const about = picture ? `${picture.width} × ${picture.height}` : "";
    if (this.about.textContent !== about) this.about.textContent = about;
    this.about.title = picture?.label ?? "";
  }

  dispose() {
    clearTimeout(this.timer);
  }
}
