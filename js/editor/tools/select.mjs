// @ts-check
// Select: what is under the pointer is selected, and moved by dragging. And the hand, which moves the view.
import * as edits from "../edits.mjs";
import { Tool } from "./tool.mjs";

export class Select extends Tool {
  /** @type {any} */ #held = null;
  /** @type {number[]} */ #from = [0, 0];
  #moved = false;

  /** @param {any} contact */
  cursor(contact) {
    if (!contact) return "default";
    const { kind, point } = this.#held ?? this.stage.hit(contact);
    if (kind === "path" && point !== null || kind === "pivot") return this.#held ? "grabbing" : "grab";
    return kind ? "move" : "default";
  }

  /** @param {any} contact */
  down(contact) {
    const hit = this.stage.hit(contact), { kind, layer = -1, path = null, point = null, segment = 0 } = hit;
    const { session } = this;
    session.setPlaying(false);
    if (!kind) return session.select({ path: null, point: null });
    session.select({ layer, path, point });
    this.#from = contact.at;
    this.#moved = false;
    if (contact.clicks > 1 && kind !== "region") {
      if (session.editableLayer() < 0) return;
      if (kind === "pivot") session.apply((/** @type {any} */ d) => edits.changeMotion(d, layer, { pivot: null }), "centre pivot");
      else if (point !== null) session.apply((/** @type {any} */ d) => edits.toggleCorner(d, layer, path, point), "smooth or corner");
      else {
        session.apply((/** @type {any} */ d) => edits.insertPoint(d, layer, path, segment + 1, contact.at), "add point");
        session.select({ point: segment + 1 });
      }
      return;
    }
    this.#held = { ...hit, before: session.document };
  }

  /** @param {any} contact */
  move(contact) {
    const held = this.#held, { session } = this;
    if (!held) return;
    if (!this.#moved) {
      if (this.apart(this.#from, contact.at) < contact.reach / 3) return;
      if (session.editableLayer() < 0) return void (this.#held = null);
      this.begin();
      this.#moved = true;
    }
    const dx = contact.at[0] - this.#from[0], dy = contact.at[1] - this.#from[1];
    session.change((/** @type {any} */ document) => moved(document, held, dx, dy, this.stage));
  }

  /** @param {any} _contact */
  up(_contact) {
    const held = this.#held;
    this.#held = null;
    if (held && this.#moved) this.session.end(held.point !== null && held.kind === "path" ? "move point" : `move ${held.kind}`);
    this.#moved = false;
  }

  cancel() {
    if (this.#moved) this.session.cancel();
    this.#held = null;
    this.#moved = false;
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.key !== "Delete" && event.key !== "Backspace") return false;
    const { session } = this, { layer, path, point } = session.selection;
    if (!session.layer || session.editableLayer() < 0) return true;
    if (path === null) session.apply((/** @type {any} */ d) => edits.removeLayer(d, layer), "delete layer");
    else if (point === null) session.apply((/** @type {any} */ d) => edits.removePath(d, layer, path), "delete path");
    else session.apply((/** @type {any} */ d) => edits.removePoint(d, layer, path, point), "delete point");
    return true;
  }
}

/** A document with what is held moved by (dx, dy). @param {any} document @param {any} held @param {number} dx
 * @param {number} dy @param {any} stage */
export function moved(document, { kind, layer, path, point, at }, dx, dy, stage) {
  if (kind === "region") return edits.translateLayer(document, layer, dx, dy);
  if (kind === "pivot") return edits.changeMotion(document, layer, { pivot: [at[0] + dx, at[1] + dy] });
  const { points } = document.layers[layer].motion.paths[path];
  if (point !== null) return edits.movePoint(document, layer, path, point, [points[point][0] + dx, points[point][1] + dy]);
  return edits.changePath(document, layer, path, { points: points.map((/** @type {number[]} */ [x, y]) => [x + dx, y + dy]) });
}

export class Hand extends Tool {
  cursor() {
    return this.stage.pointer.busy ? "grabbing" : "grab";
  }
}
