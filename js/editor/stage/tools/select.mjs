// @ts-check
// Select: what is under the pointer is selected, and moved by dragging.
import { removeLayer } from "../../commands/layer_actions.mjs";
import { removePath, removePoint } from "../../document/path_edits.mjs";
import { extent } from "../../geometry/units.mjs";
import { distance, subtract } from "../../geometry/vec.mjs";
import { hitPath, layerAt } from "../hit.mjs";
import { pivotOf } from "../overlay_paths.mjs";
import { EditingTool } from "./editing_tool.mjs";
import { NO_TARGET, PathTarget, PivotTarget, PointTarget, RegionTarget } from "./select_targets.mjs";

/** @import { Contact } from "../../parts" */
/** @import { Point } from "../../types" */
/** @import { Target } from "./select_targets.mjs" */
/** @typedef {import("../../document/session.mjs").Session} Session */

export default class Select extends EditingTool {
  /** What is pressed or dragged. @type {Target | null} */ #dragged = null;
  /** @type {Point} where it was pressed */ #from = [0, 0];
  #isMoving = false;

  /** During a drag, the view of the dragged layer; otherwise that of the stage, and each candidate is tested in its own view. */
  get view() {
    return this.#dragged ? super.view : this.stage.view;
  }

  /** @param {Contact | null} contact @returns {string} */
  cursor(contact) {
    if (!contact) return "default";
    const target = this.#dragged ?? this.#targetAt(contact);
    return this.#dragged && target.cursor === "grab" ? "grabbing" : target.cursor;
  }

  /** What is under a contact. @param {Contact} contact @returns {Target} */
  #targetAt({ stage, reach }) {
    const { document, selection, options } = this.session;
    const { pointer } = this.stage;
    const pivot = pivotOf(this.stage, selection.layer);
    if (pivot && distance(super.view.toStage(pivot), stage) < reach)
      return new PivotTarget(selection.layer, pivot);
    const hit = options.paths && hitPath(document, selection, (layer) => pointer.viewOf(layer), stage, reach);
    if (hit && hit.point !== null) return new PointTarget(hit.layer, hit.path, hit.point);
    if (hit) return new PathTarget(hit.layer, hit.path, hit.segment);
    const layer = layerAt(this.stage, stage);
    return layer < 0 ? NO_TARGET : new RegionTarget(layer);
  }

  /** @param {Contact} contact */
  down(contact) {
    const { session } = this;
    const target = this.#targetAt(contact);
    session.setPlaying(false);
    session.select(target.selection);
    if (target === NO_TARGET) return;
    const at = super.view.toDocument(contact.stage, this.beyond);
    if (!at) return;
    if (contact.clicks === 1 || !target.doubleClick) {
      this.#dragged = target;
      this.#from = at;
    } else if (session.editableLayer() >= 0) target.doubleClick(session, at);
  }

  /** @param {Contact} contact */
  move(contact) {
    const target = this.#dragged;
    const from = this.#from;
    if (!target || (!this.#isMoving && this.distance(from, contact.at) < contact.reach / 3)) return;
    if (!this.#isMoving) {
      if (this.session.editableLayer() < 0) {
        this.#dragged = null;
        return;
      }
      this.begin();
      this.#isMoving = true;
    }
    const by = subtract(contact.at, from);
    this.session.change((document) => target.move(document, ...by));
  }

  up() {
    if (this.#isMoving) this.session.end(`move ${this.#dragged?.name}`);
    this.#reset();
  }

  cancel() {
    if (this.#isMoving) this.session.cancel();
    this.#reset();
  }

  #reset() {
    this.#dragged = null;
    this.#isMoving = false;
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

/** @type {Record<string, [number, number]>} */
const ARROW_KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Moves the selected point, path, or region by one pixel of the picture, or ten with Shift. @param {Session} session @param {KeyboardEvent} event */
export function nudge(session, { key, shiftKey }) {
  const { layer, path, point } = session.selection;
  const { picture } = session;
  const [x, y] = ARROW_KEYS[key];
  if (session.editableLayer() < 0) return;
  const [width, height] = extent(session.aspect);
  const step = (shiftKey ? 10 : 1) / (picture ? Math.min(picture.width, picture.height) : 500);
  const target =
    path === null
      ? new RegionTarget(layer)
      : point === null
        ? new PathTarget(layer, path, 0)
        : new PointTarget(layer, path, point);
  session.apply(
    (document) => target.move(document, (x * step) / width, (y * step) / height),
    "nudge",
    `nudge ${layer} ${path} ${point}`,
  );
}
