// @ts-check
// Paths that are drawn: an arrow is pulled, a freehand path is followed and becomes a spline of few points.
import { regionIsEmpty } from "../document.mjs";
import * as edits from "../edits.mjs";
import { fitSpline } from "../fitting.mjs";
import { hitRegion, snapped } from "../hit.mjs";
import { Tool } from "./tool.mjs";

const SHORTEST = 5; // px

/** The tools that lay a path into a layer. */
export class PathTool extends Tool {
  /**
   * The layer whose region the path begins in, else the selected one, else a new one. Where it has no region, a dab of
   * the brush's size is painted under the beginning. Null where it may not be edited.
   * @param {number[]} at @returns {{layer: number, prepare: (document: any) => any, path: number} | null}
   */
  pathTarget(at) {
    const { session, stage } = this;
    const found = hitRegion(session.document, (layer) => stage.regions.coverageAt(layer, at), session.selection.layer);
    if (found >= 0 && found !== session.selection.layer) session.select({ layer: found, path: null, point: null });
    const { layer, prepare } = this.target();
    if (layer < 0) return null;
    const old = session.document.layers[layer];
    if (old?.freeze) {
      session.notice("This layer is frozen; unfreeze it (F) to move it.");
      return null;
    }
    const empty = !old || regionIsEmpty(old.region);
    const { radius, hardness } = session.options;
    const dab = { points: [[...at, 1]], radius, hardness, mode: "paint" };
    return {
      layer, path: old?.motion.paths.length ?? 0,
      prepare: (document) => empty ? edits.addStroke(prepare(document), layer, dab) : prepare(document),
    };
  }
}

export class Arrow extends PathTool {
  /** @type {ReturnType<PathTool["pathTarget"]>} */ #target = null;
  /** @type {number[][]} */ #points = [];
  #begun = false;

  /** @param {any} contact */
  down(contact) {
    this.#target = this.pathTarget(contact.at);
    this.#points = [contact.at];
    this.#begun = false;
  }

  /** @param {any} contact */
  move(contact) {
    const target = this.#target, from = this.#points[0];
    if (!target) return;
    if (this.name === "freehand") {
      this.#points.push(...contact.track.map((/** @type {number[]} */ point) => point.slice(0, 2)));
      return;
    }
    const to = contact.shift ? snapped(from, contact.at, this.size) : contact.at;
    if (!this.#begun && this.apart(from, to) < SHORTEST) return;
    this.#points = [from, to];
    if (!this.#begun) this.begin();
    this.#begun = true;
    this.#lay(target);
  }

  /** @param {any} target */
  #lay({ layer, prepare, path }) {
    this.session.change((/** @type {any} */ document) => edits.addPath(prepare(document), layer, { points: this.#points }));
    this.session.select({ layer, path, point: null });
  }

  /** @param {any} _contact */
  up(_contact) {
    const target = this.#target;
    this.#target = null;
    if (!target) return;
    if (this.name === "freehand") {
      const length = this.#points.reduce((sum, point, k) => k ? sum + this.apart(this.#points[k - 1], point) : 0, 0);
      if (length < SHORTEST) return;
      this.#points = fitSpline(this.#points, this.session.aspect);
      this.begin();
      this.#lay(target);
    } else if (!this.#begun) return this.session.notice("Pull the arrow: press where it begins and drag.");
    this.#begun = false;
    this.session.end(this.name === "arrow" ? "arrow" : "freehand path");
  }

  cancel() {
    if (this.#begun) this.session.cancel();
    this.#target = null;
    this.#begun = false;
  }

  /** @param {CanvasRenderingContext2D} context @param {any} _contact */
  draw(context, _contact) {
    if (this.#target && this.name === "freehand") this.stage.arrow(context, this.#points);
  }
}
