// @ts-check
// Select: what is under the pointer is selected, and moved by dragging. And the hand, which moves the view.
import * as edits from "../edits.mjs";
import { Tool } from "./tool.mjs";

/** @typedef {import("../pointer.mjs").Contact} Contact */

export class Select extends Tool {
  /** @type {any} what Stage.hit says */ #held = null;
  /** @type {number[]} */ #from = [0, 0];
  #moved = false;

  /** @param {Contact | null} contact @returns {string} */
  cursor(contact) {
    if (!contact) return "default";
    const { kind, point } = this.#held ?? this.stage.hit(contact);
    if (kind === "pivot" || point !== null) return this.#held ? "grabbing" : "grab";
    return kind ? "move" : "default";
  }

  /** @param {Contact} contact */
  down(contact) {
    const { session } = this, hit = this.stage.hit(contact), { kind, layer, path, point, segment } = hit;
    session.setPlaying(false);
    if (!kind) return session.select({ path: null, point: null });
    session.select({ layer, path, point });
    if (contact.clicks === 1 || kind === "region") {
      this.#held = hit;
      this.#from = contact.at;
    } else if (session.editableLayer() < 0) return;
    else if (kind === "pivot") session.apply((document) => edits.changeMotion(document, layer, { pivot: null }), "centre pivot");
    else if (point !== null) session.apply((document) => edits.toggleCorner(document, layer, path, point), "smooth or corner");
    else {
      session.apply((document) => edits.insertPoint(document, layer, path, segment + 1, contact.at), "add point");
      session.select({ point: segment + 1 });
    }
  }

  /** @param {Contact} contact */
  move(contact) {
    const held = this.#held, from = this.#from;
    if (!held || !this.#moved && this.apart(from, contact.at) < contact.reach / 3) return;
    if (!this.#moved) {
      if (this.session.editableLayer() < 0) return void (this.#held = null);
      this.begin();
      this.#moved = true;
    }
    this.session.change((document) => moved(document, held, contact.at[0] - from[0], contact.at[1] - from[1]));
  }

  up() {
    const { kind, point } = this.#held ?? {};
    if (this.#moved) this.session.end(`move ${point === null ? kind : "point"}`);
    this.#held = null;
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
    const { session } = this, { layer, path, point, keyframe } = session.selection;
    if (!session.layer || path === null && keyframe !== null) return false;
    if (session.editableLayer() < 0) return true;
    if (path === null) session.apply((document) => edits.removeLayer(document, layer), "delete layer");
    else if (point === null) session.apply((document) => edits.removePath(document, layer, path), "delete path");
    else session.apply((document) => edits.removePoint(document, layer, path, point), "delete point");
    return true;
  }
}

/** A document with what is held moved by (dx, dy). @param {import("../document.mjs").MotionDocument} document
 * @param {any} held @param {number} dx @param {number} dy */
export function moved(document, { kind, layer, path, point, at }, dx, dy) {
  if (kind === "region") return edits.translateLayer(document, layer, dx, dy);
  if (kind === "pivot") return edits.changeMotion(document, layer, { pivot: [at[0] + dx, at[1] + dy] });
  const points = document.layers[layer].motion.paths[path].points.map(([x, y], k) =>
    point === null || point === k ? [x + dx, y + dy] : [x, y]);
  return edits.changePath(document, layer, path, { points });
}

export class Hand extends Tool {
  /** @param {Contact | null} _ @returns {string} */
  cursor(_) {
    return this.stage.pointer.busy ? "grabbing" : "grab";
  }
}
