// @ts-check
// Object: a click or a scribble selects the thing under it; more of them add to it or, with Alt, leave something out.
import * as edits from "../../document/edits.mjs";
import { said } from "../../dom/language.mjs";
import { refusalText } from "../../dom/refusal.mjs";
import { drawLine } from "../line.mjs";
import { EditingTool } from "./editing_tool.mjs";

/** @import { Contact } from "../../parts" */
/** @import { MotionDocument, Point, Polygon } from "../../types" */
/** @typedef {{layer: number, polygons: readonly Polygon[], added: Point[], removed: Point[]}} FoundObject an object and its clicks; layer -1: nothing was found yet */

const MOST_OF_A_SCRIBBLE = 40; // points
const NOTHING = "Nothing stands out there: click another part of the thing, or paint it.";

export default class ObjectTool extends EditingTool {
  /** @type {Point[]} */ #track = [];
  #leavesOut = false;
  #serial = 0;
  #trouble = ""; // why SAM3 has made no mask
  /** @type {AbortController | null} */ #request = null;
  /** The object that further clicks refine. @type {FoundObject | null} */
  #object = null;

  get beyond() {
    return 0;
  }

  /** @param {Contact} contact */
  down(contact) {
    this.#leavesOut = this.erases(contact);
    this.#track = [contact.at];
  }

  /** @param {Contact} contact */
  move(contact) {
    if (this.#track.length) this.#track.push(...contact.track.map(([x, y]) => /** @type {Point} */ ([x, y])));
  }

  up() {
    const points = fewOf(this.#track.filter(([x, y]) => x >= 0 && y >= 0 && x <= 1 && y <= 1));
    this.cancel();
    if (points.length) void this.#select(points);
  }

  cancel() {
    this.#track = [];
    this.stage.invalidate("top");
  }

  leave() {
    this.cancel();
    this.#request?.abort();
    this.#request = null;
  }

  /** @param {Point[]} points that were clicked or scribbled */
  async #select(points) {
    const { session, stage } = this;
    const picture = session.picture?.request;
    if (!picture || !stage.host)
      return session.notice(said("Connect a picture first; a thing is found in it."));
    const object = this.#continued() ?? { layer: -1, polygons: [], added: [], removed: [] };
    const added = this.#leavesOut ? object.added : [...object.added, ...points];
    const removed = this.#leavesOut ? [...object.removed, ...points] : object.removed;
    if (!added.length) return session.notice(said("Click the thing first, then what does not belong to it."));
    this.#object = { ...object, added, removed };
    this.#request?.abort();
    const request = (this.#request = new AbortController());
    session.notice(said("Looking for the edges of the thing…"));
    try {
      const mask = await this.#mask(added, removed, request.signal);
      if (request !== this.#request) return;
      const body = { picture, added, removed, mask, editor: stage.host.id, serial: (this.#serial += 1) };
      const answer = await stage.host.post("/flowbrush/select", body, request.signal);
      if (!answer.ok) throw new Error(await refusalText(answer));
      const { outlines } = await answer.json();
      if (request !== this.#request) return;
      session.notice(outlines.length ? this.#trouble : said(NOTHING));
      if (outlines.length) this.#take(outlines);
      else this.#object = object.added.length ? object : null;
    } catch (error) {
      if (request !== this.#request) return;
      this.#object = object.added.length ? object : null;
      session.notice(error instanceof Error ? error.message : String(error));
    }
  }

  /** The mask that SAM3 makes, where it can and may be used. @param {Point[]} added @param {Point[]} removed @param {AbortSignal} signal */
  async #mask(added, removed, signal) {
    const { session, stage } = this;
    this.#trouble = "";
    if (!session.options.sam3 || !session.picture || !stage.host) return null;
    try {
      const { sam3Mask } = await import("./sam3.mjs");
      return await sam3Mask(stage.host, session.picture, added, removed, signal);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (!signal.aborted) this.#trouble = `${said("The thing was found without SAM3")}: ${reason}`;
      return null;
    }
  }

  /** The object of the last click, while its layer is selected and its outlines are there unchanged. */
  #continued() {
    const object = this.#object;
    if (!object || (object.layer >= 0 && object.layer !== this.session.selection.layer)) return null;
    if (object.layer < 0) return object; // its first answer is still under way
    const polygons = this.session.document.layers[object.layer]?.region.polygons ?? [];
    return object.polygons.every((polygon) => polygons.includes(polygon)) ? object : null;
  }

  /** Puts outlines in the place of those that the object had. @param {Point[][]} outlines */
  #take(outlines) {
    const object = /** @type {FoundObject} */ (this.#object);
    const { layer, prepare } = this.target();
    if (layer < 0) return;
    const edit = (/** @type {MotionDocument} */ document) => {
      const before = prepare(document);
      const { polygons, strokes, everything, mask, snap } = before.layers[layer].region;
      const others = polygons.filter((polygon) => !object.polygons.includes(polygon));
      const alone = !others.length && !strokes.length && !everything && mask === null;
      const found = outlines.map((points) => ({ points, mode: /** @type {const} */ ("paint") }));
      return edits.changeRegion(before, layer, { polygons: [...others, ...found], snap: snap || alone });
    };
    this.commit(layer, edit, "object");
    const { polygons } = this.session.document.layers[layer].region;
    this.#object = { ...object, layer, polygons: polygons.slice(-outlines.length) };
  }

  /** @param {CanvasRenderingContext2D} context */
  draw(context) {
    if (this.#track.length < 2) return;
    const places = this.#track.map((point) => this.view.toStage(point));
    context.globalAlpha = 0.8;
    drawLine(context, new Path2D(`M${places.join("L")}`), 3, this.#leavesOut ? [5, 4] : []);
    context.globalAlpha = 1;
  }
}

/** At most MOST_OF_A_SCRIBBLE of the points, evenly chosen. @param {Point[]} points */
function fewOf(points) {
  const most = Math.min(points.length, MOST_OF_A_SCRIBBLE);
  return Array.from(
    { length: most },
    (_, k) => points[Math.round((k * (points.length - 1)) / Math.max(most - 1, 1))],
  );
}
