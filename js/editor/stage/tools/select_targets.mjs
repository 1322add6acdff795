// @ts-check
// What the select tool can point at: how it is selected, moved, and edited by a double-click.
import { shift, transformed } from "../../document/group_edits.mjs";
import { changeMotion, translateLayer } from "../../document/motion_edits.mjs";
import { changePath, insertPoint, movePoint, toggleCorner } from "../../document/path_edits.mjs";
import { add } from "../../geometry/vec.mjs";

/** @import { MotionDocument, Point, Selection } from "../../types" */
/** @typedef {import("../../document/session.mjs").Session} Session */

/**
 * @typedef {object} Target
 * @property {string} name for the undo label "move …"
 * @property {string} cursor the CSS cursor over it
 * @property {Partial<Selection>} selection what a press on it selects
 * @property {(document: MotionDocument, dx: number, dy: number) => MotionDocument} move
 * @property {((session: Session, at: Point) => void) | undefined} [doubleClick] absent if a double-click does the
 * same as a press
 */

/** The target where nothing is under the pointer. @type {Target} */
export const NO_TARGET = {
  name: "",
  cursor: "default",
  selection: { path: null, point: null },
  move: (document) => document,
};

/** The point that a layer rotates about. */
export class PivotTarget {
  name = "pivot";
  cursor = "grab";

  /** @param {number} layer @param {Point} at */
  constructor(layer, at) {
    this.layer = layer;
    this.at = at;
    this.selection = { layer, path: null, point: null };
  }

  /** @param {MotionDocument} document @param {number} dx @param {number} dy */
  move(document, dx, dy) {
    return changeMotion(document, this.layer, { pivot: add(this.at, [dx, dy]) });
  }

  /** Puts the pivot back to the region's centre. @param {Session} session */
  doubleClick(session) {
    session.apply((document) => changeMotion(document, this.layer, { pivot: null }), "centre pivot");
  }
}

/** The point that a layer sways at. */
export class AnchorTarget {
  name = "anchor";
  cursor = "grab";

  /** @param {number} layer @param {Point} at */
  constructor(layer, at) {
    this.layer = layer;
    this.at = at;
    this.selection = { layer, path: null, point: null };
  }

  /** @param {MotionDocument} document @param {number} dx @param {number} dy */
  move(document, dx, dy) {
    return changeMotion(document, this.layer, { sway: { anchor: add(this.at, [dx, dy]) } });
  }

  /** Puts the anchor back to the region's edge. @param {Session} session */
  doubleClick(session) {
    session.apply(
      (document) => changeMotion(document, this.layer, { sway: { anchor: null } }),
      "move anchor",
    );
  }
}

/** A point of a path. */
export class PointTarget {
  name = "point";
  cursor = "grab";

  /** @param {number} layer @param {number} path @param {number} point */
  constructor(layer, path, point) {
    this.layer = layer;
    this.path = path;
    this.point = point;
    this.selection = { layer, path, point };
  }

  /** @param {MotionDocument} document @param {number} dx @param {number} dy */
  move(document, dx, dy) {
    const { layer, path, point } = this;
    const at = document.layers[layer].motion.paths[path].points[point];
    return movePoint(document, layer, path, point, add(at, [dx, dy]));
  }

  /** Makes the point a corner or smooth. @param {Session} session */
  doubleClick(session) {
    const { layer, path, point } = this;
    session.apply((document) => toggleCorner(document, layer, path, point), "smooth or corner");
  }
}

/** A path between its points. */
export class PathTarget {
  name = "path";
  cursor = "move";

  /** @param {number} layer @param {number} path @param {number} segment the point that begins the segment */
  constructor(layer, path, segment) {
    this.layer = layer;
    this.path = path;
    this.segment = segment;
    this.selection = { layer, path, point: null };
  }

  /** @param {MotionDocument} document @param {number} dx @param {number} dy */
  move(document, dx, dy) {
    const { layer, path } = this;
    const { points } = document.layers[layer].motion.paths[path];
    return changePath(document, layer, path, { points: points.map((point) => add(point, [dx, dy])) });
  }

  /** Adds a point. @param {Session} session @param {Point} at */
  doubleClick(session, at) {
    const { layer, path, segment } = this;
    session.apply((document) => insertPoint(document, layer, path, segment + 1, at), "add point");
    session.select({ point: segment + 1 });
  }
}

/** The region of a layer, which moves with its paths and pivot. */
export class RegionTarget {
  name = "region";
  cursor = "move";

  /** @param {number} layer */
  constructor(layer) {
    this.layer = layer;
    this.selection = { layer, path: null, point: null };
  }

  /** @param {MotionDocument} document @param {number} dx @param {number} dy */
  move(document, dx, dy) {
    return translateLayer(document, this.layer, dx, dy);
  }
}

/** Several layers, paths and points at once. */
export class GroupTarget {
  name = "selection";
  cursor = "move";
  selection = {};

  /** @param {readonly import("../../document/group.mjs").Item[]} items */
  constructor(items) {
    this.items = items;
  }

  /** @param {MotionDocument} document @param {number} dx @param {number} dy */
  move(document, dx, dy) {
    return transformed(document, this.items, shift(dx, dy));
  }
}
