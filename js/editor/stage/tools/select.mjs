// @ts-check
// Select: what is under the pointer is selected, and moved by dragging.

import { removeLayer } from "../../commands/layer_actions.mjs";
import { changeMotion, translateLayer } from "../../document/motion_edits.mjs";
import {
  changePath,
  insertPoint,
  removePath,
  removePoint,
  toggleCorner,
} from "../../document/path_edits.mjs";
import { extent } from "../../geometry/geometry.mjs";
import { hitPath, layerAt } from "../hit.mjs";
import { pivotOf } from "../overlay_paths.mjs";
import { Tool } from "./tool.mjs";

/** @typedef {import("../pointer.mjs").Contact} Contact */
/** @typedef {import("../../document/session.mjs").Session} Session */

export default class Select extends Tool {
  /** @type {any} what #hit says */ #held = null;
  /** @type {number[]} */ #from = [0, 0];
  #moved = false;

  /** What is held is seen as its layer is; all that is to be hit is seen in its own way. */
  get view() {
    return this.#held ? super.view : this.stage.view;
  }

  /** @param {Contact | null} contact @returns {string} */
  cursor(contact) {
    if (!contact) return "default";
    const { kind, point } = this.#held ?? this.#hit(contact);
    if (kind === "pivot" || point !== null) return this.#held ? "grabbing" : "grab";
    return kind ? "move" : "default";
  }

  /** What is under a contact. @param {Contact} contact
   * @returns {any} {kind: "pivot" | "path" | "region" | "", layer, path, point, segment, at} */
  #hit({ stage, reach }) {
    const { document, selection, options } = this.session;
    const { pointer } = this.stage;
    const nothing = { kind: "", path: null, point: null };
    const pivot = pivotOf(this.stage, selection.layer);
    const [x, y] = pivot ? super.view.toStage(pivot) : [Infinity, 0];
    if (Math.hypot(x - stage[0], y - stage[1]) < reach)
      return { ...nothing, kind: "pivot", layer: selection.layer, at: pivot };
    const path =
      options.paths && hitPath(document, selection, (layer) => pointer.viewOf(layer), stage, reach);
    if (path) return { kind: "path", ...path };
    const layer = layerAt(this.stage, stage);
    return layer < 0 ? nothing : { ...nothing, kind: "region", layer };
  }

  /** @param {Contact} contact */
  down(contact) {
    const { session } = this;
    const hit = this.#hit(contact);
    const { kind, layer, path, point, segment } = hit;
    session.setPlaying(false);
    if (!kind) return session.select({ path: null, point: null });
    session.select({ layer, path, point });
    const at = super.view.toDocument(contact.stage, this.beyond);
    if (!at) return;
    if (contact.clicks === 1 || kind === "region") {
      this.#held = hit;
      this.#from = at;
    } else if (session.editableLayer() < 0) return;
    else if (kind === "pivot")
      session.apply((document) => changeMotion(document, layer, { pivot: null }), "centre pivot");
    else if (point !== null)
      session.apply((document) => toggleCorner(document, layer, path, point), "smooth or corner");
    else {
      session.apply((document) => insertPoint(document, layer, path, segment + 1, at), "add point");
      session.select({ point: segment + 1 });
    }
  }

  /** @param {Contact} contact */
  move(contact) {
    const held = this.#held;
    const from = this.#from;
    if (!held || (!this.#moved && this.apart(from, contact.at) < contact.reach / 3)) return;
    if (!this.#moved) {
      if (this.session.editableLayer() < 0) return void (this.#held = null);
      this.begin();
      this.#moved = true;
    }
    this.session.change((document) =>
      moved(document, held, contact.at[0] - from[0], contact.at[1] - from[1]),
    );
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
}

/** Deletes the selected point, path, or layer. @param {Session} session */
export function removeSelected(session) {
  const { layer, path, point } = session.selection;
  if (path === null) return removeLayer(session);
  if (session.editableLayer() < 0) return;
  if (point === null) session.apply((document) => removePath(document, layer, path), "delete path");
  else session.apply((document) => removePoint(document, layer, path, point), "delete point");
}

const NUDGES = /** @type {Record<string, number[]>} */ ({
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
});

/** Moves the selected point, path, or region by a pixel of the picture. @param {Session} session
 * @param {KeyboardEvent} event */
export function nudge(session, { key, shiftKey }) {
  const { layer, path, point } = session.selection;
  const { picture } = session;
  const [x, y] = NUDGES[key];
  if (session.editableLayer() < 0) return;
  const [width, height] = extent(session.aspect);
  const held = { kind: path === null ? "region" : "path", layer, path, point };
  const step = (shiftKey ? 10 : 1) / (picture ? Math.min(picture.width, picture.height) : 500);
  session.apply(
    (document) => moved(document, held, (x * step) / width, (y * step) / height),
    "nudge",
    `nudge ${layer} ${path} ${point}`,
  );
}

/** A document with what is held moved by (dx, dy). @param {import("../../document/document.mjs").MotionDocument} document
 * @param {any} held @param {number} dx @param {number} dy */
function moved(document, { kind, layer, path, point, at }, dx, dy) {
  if (kind === "region") return translateLayer(document, layer, dx, dy);
  if (kind === "pivot") return changeMotion(document, layer, { pivot: [at[0] + dx, at[1] + dy] });
  const points = document.layers[layer].motion.paths[path].points.map(([x, y], k) =>
    point === null || point === k ? [x + dx, y + dy] : [x, y],
  );
  return changePath(document, layer, path, { points });
}
