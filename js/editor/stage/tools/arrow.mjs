// @ts-check
// Arrow: a straight path that is dragged.
import { addPath } from "../../document/path_edits.mjs";
import { snapTo45 } from "../hit.mjs";
import { PathTool } from "./path_tool.mjs";

/** @import { Contact } from "../../parts" */

export default class Arrow extends PathTool {
  #keeps = false; // whether a click adds a point that stays
  #isDragged = false; // whether the drag is long enough to be an arrow

  /** @param {Contact} contact */
  down(contact) {
    this.#keeps = contact.alt;
    this.start(contact);
  }

  /** @param {Contact} contact */
  move(contact) {
    const { goal, session } = this;
    const [from] = this.points;
    if (!goal) return;
    const to = contact.shift ? snapTo45(from, contact.at, session.aspect) : contact.at;
    if (!this.#isDragged && this.distance(from, to) < PathTool.SHORTEST) return;
    if (!this.#isDragged) this.begin();
    this.#isDragged = true;
    const { layer, path, prepare } = goal;
    session.change((document) => addPath(prepare(document), layer, { points: [from, to] }));
    session.select({ layer, path, point: null });
  }

  up() {
    if (this.#isDragged) this.session.end("arrow");
    else if (this.goal && this.#keeps) this.#addStillPoint(this.goal);
    else if (this.goal) this.sayTooShort();
    this.#reset();
  }

  /** Adds a point that stays where it is, so that the arrows beside it bend the region. @param {import("./path_tool.mjs").Target} goal */
  #addStillPoint({ layer, path, prepare }) {
    const [at] = this.points;
    this.commit(
      layer,
      (document) => addPath(prepare(document), layer, { points: [at, at] }),
      "still point",
      path,
    );
  }

  cancel() {
    if (this.#isDragged) this.session.cancel();
    this.#reset();
  }

  #reset() {
    this.#isDragged = false;
    this.goal = null;
  }
}
