// @ts-check
// Paths that are drawn: an arrow is pulled, a freehand path is followed and becomes a spline of few points.
import { regionIsEmpty } from "../document.mjs";
import * as edits from "../edits.mjs";
import { fitSpline } from "../fitting.mjs";
import { hitRegion, snapped } from "../hit.mjs";
import { Tool } from "./tool.mjs";

/** @typedef {import("../pointer.mjs").Contact} Contact */
/** @typedef {{layer: number, path: number, prepare: import("./tool.mjs").Edit}} Target */

const SHORTEST = 5; // px

/** The tools that lay a path into a layer. */
export class PathTool extends Tool {
  /** @type {(readonly number[])[]} */ points = [];
  /** @type {Target | null} */ goal = null;

  /**
   * The layer whose region the path begins in, else the selected one, else a new one. Where it has no region, a dab of
   * the brush's size is painted under the beginning. Null where it may not be edited.
   * @param {number[]} at @returns {Target | null}
   */
  pathTarget(at) {
    const { session, stage } = this, { radius, hardness } = session.options;
    const found = hitRegion(session.document, (layer) => stage.regions.coverageAt(layer, at), session.selection.layer);
    if (found >= 0) session.select({ layer: found });
    const { layer, prepare } = this.target(), old = session.document.layers[layer];
    if (old?.freeze) session.notice("This layer is frozen; unfreeze it (F) to move it.");
    if (layer < 0 || old?.freeze) return null;
    const path = old?.motion.paths.length ?? 0;
    if (old && !regionIsEmpty(old.region)) return { layer, path, prepare };
    const dab = { points: [[...at, 1]], radius, hardness };
    return { layer, path, prepare: (document) => edits.addStroke(prepare(document), layer, dab) };
  }
}

export class Arrow extends PathTool {
  #begun = false;

  /** @param {Contact} contact */
  down(contact) {
    this.goal = this.pathTarget(contact.at);
    this.points = [contact.at];
  }

  /** @param {Contact} contact */
  move(contact) {
    const [from] = this.points;
    if (!this.goal) return;
    if (this.name === "freehand") return void this.points.push(...contact.track.map(([x, y]) => [x, y]));
    const to = contact.shift ? snapped(from, contact.at, this.session.aspect) : contact.at;
    if (!this.#begun && this.apart(from, to) < SHORTEST) return;
    this.points = [from, to];
    this.#lay(this.goal);
  }

  /** @param {Target} target */
  #lay({ layer, prepare, path }) {
    if (!this.#begun) this.begin();
    this.#begun = true;
    this.session.change((document) => edits.addPath(prepare(document), layer, { points: this.points }));
    this.session.select({ layer, path, point: null });
  }

  up() {
    const { goal, points } = this;
    if (goal && this.name === "freehand") {
      const length = points.reduce((sum, point, k) => sum + this.apart(points[Math.max(k - 1, 0)], point), 0);
      this.points = fitSpline(points, this.session.aspect);
      if (length >= SHORTEST) this.#lay(goal);
    }
    if (this.#begun) this.session.end(this.name === "arrow" ? "arrow" : "freehand path");
    else if (goal) this.session.notice("Press where the motion begins, and drag.");
    this.#begun = false;
    this.goal = null;
  }

  cancel() {
    if (this.#begun) this.session.cancel();
    this.#begun = false;
    this.goal = null;
  }

  /** @param {CanvasRenderingContext2D} context */
  draw(context) {
    if (this.goal && this.name === "freehand") this.stage.arrow(context, this.points);
  }
}
