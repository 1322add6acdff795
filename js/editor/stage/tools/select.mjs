// @ts-check
// Select: what is under the pointer is selected, and moved by dragging.
import { removeLayer } from "../../commands/layer_actions.mjs";
import { groupOf, itemsOf, sameItem, select, toggle } from "../../document/group.mjs";
import { removed, shift, transformed } from "../../document/group_edits.mjs";
import { removePath, removePoint } from "../../document/path_edits.mjs";
import { extent } from "../../geometry/units.mjs";
import { distance, subtract } from "../../geometry/vec.mjs";
import { hitPath, layerAt } from "../hit.mjs";
import { pivotOf } from "../overlay_paths.mjs";
import { anchorOf } from "../overlay_pins.mjs";
import { EditingTool } from "./editing_tool.mjs";
import {
  AnchorTarget,
  GroupTarget,
  NO_TARGET,
  PathTarget,
  PivotTarget,
  PointTarget,
  RegionTarget,
} from "./select_targets.mjs";
import { drawBox, drawFrame, HandleTarget, handleAt, itemsWithin } from "./selection_box.mjs";

/** @import { Contact } from "../../parts" */
/** @import { Point } from "../../types" */
/** @import { Target } from "./select_targets.mjs" */
/** @typedef {import("../../document/session.mjs").Session} Session */

const SHORTEST_FRAME = 4; // px; a shorter drag is a click

export default class Select extends EditingTool {
  /** What is pressed or dragged. @type {Target | HandleTarget | null} */ #dragged = null;
  /** @type {Point} where it was pressed */ #from = [0, 0];
  #isMoving = false;
  /** The frame that is dragged to select, in CSS px of the stage. @type {{from: Point, to: Point, adds: boolean} | null} */
  #frame = null;

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

  /** What is under a contact. @param {Contact} contact @returns {Target | HandleTarget} */
  #targetAt(contact) {
    const { stage, reach } = contact;
    const { document, selection, options } = this.session;
    const { pointer } = this.stage;
    const pivot = pivotOf(this.stage, selection.layer);
    if (pivot && distance(super.view.toStage(pivot), stage) < reach)
      return new PivotTarget(selection.layer, pivot);
    const anchor = this.session.layer?.visible ? anchorOf(this.stage, selection.layer) : null;
    if (anchor && distance(super.view.toStage(anchor), stage) < reach)
      return new AnchorTarget(selection.layer, anchor);
    const hit = options.paths && hitPath(document, selection, (layer) => pointer.viewOf(layer), stage, reach);
    if (hit && hit.point !== null) return new PointTarget(hit.layer, hit.path, hit.point);
    if (hit) return new PathTarget(hit.layer, hit.path, hit.segment);
    const handle = handleAt(this.stage, contact);
    if (handle) return handle;
    const layer = layerAt(this.stage, stage);
    return layer < 0 ? NO_TARGET : new RegionTarget(layer);
  }

  /** @param {Contact} contact */
  down(contact) {
    const { session } = this;
    const target = this.#targetAt(contact);
    session.setPlaying(false);
    if (target instanceof HandleTarget) {
      this.#press(target, contact);
      return;
    }
    if (target === NO_TARGET) {
      this.#frame = { from: contact.stage, to: contact.stage, adds: contact.shift };
      if (!contact.shift) select(session, []);
      return;
    }
    const item = itemOf(target);
    if (contact.shift && item) return toggle(session, item);
    const group = groupOf(session);
    if (
      contact.clicks === 1 &&
      item &&
      group.some((each) => sameItem(each, item) || (each.path === null && each.layer === item.layer))
    )
      return this.#press(new GroupTarget(group), contact);
    session.select(target.selection);
    if (contact.clicks === 1 || !target.doubleClick) this.#press(target, contact);
    else if (session.editableLayer() >= 0) {
      const at = super.view.toDocument(contact.stage, this.beyond);
      if (at) target.doubleClick(session, at);
    }
  }

  /** Begins to drag something. @param {Target | HandleTarget} target @param {Contact} contact */
  #press(target, contact) {
    const at = super.view.toDocument(contact.stage, this.beyond);
    if (!at) return;
    this.#dragged = target;
    this.#from = at;
  }

  /** @param {Contact} contact */
  move(contact) {
    const target = this.#dragged;
    const from = this.#from;
    if (this.#frame) this.#frame.to = contact.stage;
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
    this.session.change((document) =>
      target instanceof HandleTarget ? target.drag(document, contact) : target.move(document, ...by),
    );
  }

  up() {
    const frame = this.#frame;
    if (frame && distance(frame.from, frame.to) > SHORTEST_FRAME) {
      const found = itemsWithin(this.stage, frame.from, frame.to);
      select(this.session, frame.adds ? [...itemsOf(this.session), ...found] : found);
    }
    const target = this.#dragged;
    if (this.#isMoving)
      this.session.end(target instanceof HandleTarget ? target.label : `move ${target?.name}`);
    this.#reset();
  }

  cancel() {
    if (this.#isMoving) this.session.cancel();
    this.#reset();
  }

  #reset() {
    this.#dragged = null;
    this.#isMoving = false;
    this.#frame = null;
  }

  /** @param {CanvasRenderingContext2D} context */
  draw(context) {
    const frame = this.#frame;
    if (!this.#isMoving || this.#dragged instanceof HandleTarget) drawBox(context, this.stage);
    if (frame) drawFrame(context, frame.from, frame.to);
  }
}

/** The item that a target selects; null for what is no item. @param {Target} target @returns {import("../../document/group.mjs").Item | null} */
function itemOf({ selection }) {
  const { layer, path = null, point = null } = selection;
  return layer === undefined ? null : { layer, path, point };
}

/** Deletes the selected point, path, or layer. @param {Session} session */
export function removeSelected(session) {
  const items = groupOf(session);
  if (items.length) {
    if (session.apply((document) => removed(document, items), "delete selection")) select(session, []);
    return;
  }
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
  const items = groupOf(session);
  if (!items.length && session.editableLayer() < 0) return;
  const [width, height] = extent(session.aspect);
  const step = (shiftKey ? 10 : 1) / (picture ? Math.min(picture.width, picture.height) : 500);
  if (items.length) {
    const by = shift((x * step) / width, (y * step) / height);
    session.apply((document) => transformed(document, items, by), "nudge", `nudge ${JSON.stringify(items)}`);
    return;
  }
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
