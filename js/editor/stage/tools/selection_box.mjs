// @ts-check
// The box around what is selected, with handles that scale and turn it, and the frame that is dragged to select.

import { groupOf, itemsOf } from "../../document/group.mjs";
import { boundsOfAll, scaleAndTurn, transformed } from "../../document/group_edits.mjs";
import { clamp } from "../../geometry/values.mjs";
import { distance, subtract } from "../../geometry/vec.mjs";
import { drawLine } from "../line.mjs";

/** @import { Contact } from "../../parts" */
/** @import { MotionDocument, Point } from "../../types" */
/** @typedef {import("../stage.mjs").Stage} Stage */
/** @typedef {import("../../document/group_edits.mjs").Bounds} Bounds */
/** @typedef {import("../../document/group.mjs").Item} Item */
/** @typedef {{name: string, cursor: string, at: Point, about: Point}} Handle at a place of the stage; `about` is the place of the picture that stays */

const MARGIN = 8; // px between what is selected and its box
const KNOB = 24; // px from the box to the handle that turns it
const STEP = 15; // degrees, with Shift
const SMALLEST = 0.02;

/** What is selected and the box around it; null where there is none to show. @param {Stage} stage */
export function shownBox(stage) {
  const { session, view } = stage;
  const { document, aspect, selection } = session;
  if (session.playing || stage.viewOf(session.layer) !== view) return null;
  const items = itemsOf(session);
  if (!items.length || (items.length === 1 && selection.point !== null)) return null;
  const bounds = boundsOfAll(document, items, aspect);
  if (!bounds) return null;
  const [left, top] = view.toStage([bounds[0], bounds[1]]);
  const [right, bottom] = view.toStage([bounds[2], bounds[3]]);
  const box = [left - MARGIN, top - MARGIN, right + MARGIN, bottom + MARGIN];
  return { items, bounds, box };
}

/** The handles of a box. @param {Bounds} bounds @param {number[]} box @returns {Handle[]} */
function handlesOf([left, top, right, bottom], box) {
  const [x0, y0, x1, y1] = box;
  const cursors = ["nwse-resize", "nesw-resize", "nwse-resize", "nesw-resize"];
  /** @type {[at: Point, about: Point][]} */
  const corners = [
    [
      [x0, y0],
      [right, bottom],
    ],
    [
      [x1, y0],
      [left, bottom],
    ],
    [
      [x1, y1],
      [left, top],
    ],
    [
      [x0, y1],
      [right, top],
    ],
  ];
  const scales = corners.map(([at, about], k) => ({ name: "scale", cursor: cursors[k], at, about }));
  const middle = [(left + right) / 2, (top + bottom) / 2];
  return [...scales, { name: "rotate", cursor: "grab", at: [(x0 + x1) / 2, y0 - KNOB], about: middle }];
}

/** A handle that is dragged: what it makes of the document. */
export class HandleTarget {
  /** @param {Stage} stage @param {Handle} handle @param {readonly Item[]} items @param {Bounds} bounds */
  constructor(stage, handle, items, bounds) {
    this.stage = stage;
    this.handle = handle;
    this.items = items;
    this.middle = [(bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2];
    this.label = handle.name === "scale" ? "scale selection" : "rotate selection";
    this.cursor = handle.cursor;
    this.selection = {};
  }

  /** @param {MotionDocument} document @param {Contact} contact */
  drag(document, contact) {
    const { stage, handle, items } = this;
    const { aspect } = stage.session;
    const about = contact.alt ? this.middle : handle.about;
    const centre = stage.view.toStage(about);
    const [before, now] = [subtract(handle.at, centre), subtract(contact.stage, centre)];
    if (handle.name === "scale") {
      const factor = clamp(
        distance(now, [0, 0]) / Math.max(distance(before, [0, 0]), 1),
        SMALLEST,
        1 / SMALLEST,
      );
      return transformed(document, items, scaleAndTurn(about, factor, 0, aspect));
    }
    const angle = Math.atan2(now[1], now[0]) - Math.atan2(before[1], before[0]);
    const degrees = (angle * 180) / Math.PI;
    const turn = contact.shift ? Math.round(degrees / STEP) * STEP : degrees;
    return transformed(document, items, scaleAndTurn(this.middle, 1, turn, aspect));
  }
}

/** The handle at a contact, or null. @param {Stage} stage @param {Contact} contact */
export function handleAt(stage, { stage: at, reach }) {
  const shown = shownBox(stage);
  if (!shown) return null;
  const handle = handlesOf(shown.bounds, shown.box).find((each) => distance(each.at, at) < reach);
  return handle ? new HandleTarget(stage, handle, shown.items, shown.bounds) : null;
}

/** Draws the box, its handles, and a frame around each thing of a group. @param {CanvasRenderingContext2D} context @param {Stage} stage */
export function drawBox(context, stage) {
  const shown = shownBox(stage);
  if (!shown) return;
  const { session, view } = stage;
  for (const item of groupOf(session)) {
    const bounds = boundsOfAll(session.document, [item], session.aspect);
    if (!bounds) continue;
    const [left, top] = view.toStage([bounds[0], bounds[1]]);
    const [right, bottom] = view.toStage([bounds[2], bounds[3]]);
    const frame = new Path2D();
    if (item.point !== null) frame.arc(left, top, 9, 0, 2 * Math.PI);
    else frame.rect(left - 3, top - 3, right - left + 6, bottom - top + 6);
    drawLine(context, frame, 1, [4, 3]);
  }
  const [x0, y0, x1, y1] = shown.box;
  const outline = new Path2D();
  outline.rect(x0, y0, x1 - x0, y1 - y0);
  outline.moveTo((x0 + x1) / 2, y0);
  outline.lineTo((x0 + x1) / 2, y0 - KNOB);
  drawLine(context, outline, 1.5);
  for (const { name, at } of handlesOf(shown.bounds, shown.box)) {
    const knob = new Path2D();
    if (name === "rotate") knob.arc(at[0], at[1], 5.5, 0, 2 * Math.PI);
    else knob.rect(at[0] - 4.5, at[1] - 4.5, 9, 9);
    context.fillStyle = "#fff";
    context.strokeStyle = "rgba(0, 0, 0, 0.75)";
    context.lineWidth = 1.5;
    context.fill(knob);
    context.stroke(knob);
  }
}

/** Everything that lies wholly within a frame: regions, else the points of paths. @param {Stage} stage @param {Point} from of the stage @param {Point} to @returns {Item[]} */
export function itemsWithin(stage, from, to) {
  const { session } = stage;
  const { document, aspect, options } = session;
  const [left, right] = [Math.min(from[0], to[0]), Math.max(from[0], to[0])];
  const [top, bottom] = [Math.min(from[1], to[1]), Math.max(from[1], to[1])];
  return document.layers.flatMap(({ visible, motion }, layer) => {
    if (!visible) return [];
    /** @type {Item} */
    const whole = { layer, path: null, point: null };
    const sight = stage.viewOf(document.layers[layer]);
    const isInside = (/** @type {Point} */ point) => {
      const [x, y] = sight.toStage(point);
      return x >= left && x <= right && y >= top && y <= bottom;
    };
    const bounds = boundsOfAll(document, [whole], aspect);
    if (bounds && isInside([bounds[0], bounds[1]]) && isInside([bounds[2], bounds[3]])) return [whole];
    if (!options.paths) return [];
    return motion.paths.flatMap(({ points }, path) => {
      const inside = points.flatMap((point, k) => (isInside(point) ? [k] : []));
      return (inside.length === points.length ? [null] : inside).map((point) => ({ layer, path, point }));
    });
  });
}

/** Draws the frame that is dragged. @param {CanvasRenderingContext2D} context @param {Point} from of the stage @param {Point} to */
export function drawFrame(context, from, to) {
  const frame = new Path2D();
  frame.rect(from[0], from[1], to[0] - from[0], to[1] - from[1]);
  context.fillStyle = "rgba(255, 255, 255, 0.12)";
  context.fill(frame);
  drawLine(context, frame, 1, [5, 4]);
}
