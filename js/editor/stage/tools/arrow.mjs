// @ts-check
// An arrow that is pulled.

import { addPath } from "../../document/path_edits.mjs";
import { snapped } from "../hit.mjs";
import { PathTool } from "./path_tool.mjs";

/** @typedef {import("../pointer.mjs").Contact} Contact */

const SHORTEST = 5; // px

export default class Arrow extends PathTool {
  #begun = false;

  /** @param {Contact} contact */
  down(contact) {
    this.goal = this.pathTarget(contact);
    this.points = [contact.at];
  }

  /** @param {Contact} contact */
  move(contact) {
    const {
      goal,
      session,
      points: [from],
    } = this;
    if (!goal) return;
    const to = contact.shift ? snapped(from, contact.at, session.aspect) : contact.at;
    if (!this.#begun && this.apart(from, to) < SHORTEST) return;
    if (!this.#begun) this.begin();
    this.#begun = true;
    const { layer, path, prepare } = goal;
    session.change((document) => addPath(prepare(document), layer, { points: [from, to] }));
    session.select({ layer, path, point: null });
  }

  up() {
    if (this.#begun) this.session.end("arrow");
    else if (this.goal) this.session.notice("Press where the motion begins, and drag.");
    this.#begun = false;
    this.goal = null;
  }

  cancel() {
    if (this.#begun) this.session.cancel();
    this.#begun = false;
    this.goal = null;
  }
}
