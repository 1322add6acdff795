// @ts-check
import { dump, isEmpty, isNeutral } from "../document/document.mjs";
import { moves } from "../document/layers.mjs";
import { refusalText } from "../dom/refusal.mjs";
import { decodePlate, withPlate } from "./plate.mjs";

/** @typedef {import("./field_format.mjs").Field} Field */
/** @typedef {import("./plate.mjs").Plate} Plate */
/** @typedef {import("./field_client.mjs").Host} Host */

const SETTLED = 80; // ms from the last change to the request
const EVENTS = /** @type {const} */ (["commit", "options", "picture", "masks"]);

/**
 * Requests what is behind the moving layers when it is to be seen: the picture or a region has changed, or what moves at
 * all, but not how far something moves.
 */
export class PlateClient {
  #session;
  #host;
  #onPlate;
  #ends = /** @type {(() => void)[]} */ ([]);
  #key = ""; // of the plate, or of the request for it
  #kept = ""; // the part of the key with which a plate stays until another one is there
  #plate = /** @type {Plate | null} */ (null);
  #known = /** @type {Map<string, import("./field_format.mjs").Share>} */ (new Map());
  #made = /** @type {[Field | null, Plate | null, Field | null]} */ ([null, null, null]);
  #request = /** @type {AbortController | null} */ (null);
  #timer = /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined);
  #serial = 0;

  /** @param {import("../document/session.mjs").Session} session @param {Host} host @param {() => void} onPlate is called when the plate has changed */
  constructor(session, host, onPlate) {
    this.#session = session;
    this.#host = host;
    this.#onPlate = onPlate;
    this.#ends = EVENTS.map((event) => session.on(event, () => this.#follow()));
    this.#follow();
  }

  /** A field whose layers are whole; null while it is not known what is behind them. @param {Field | null} field @returns {Field | null} */
  whole(field) {
    const plate = this.#plate;
    if (!field || !plate?.size) return null;
    if (this.#made[0] !== field || this.#made[1] !== plate)
      this.#made = [field, plate, withPlate(field, plate)];
    return this.#made[2];
  }

  dispose() {
    for (const end of this.#ends) end();
    clearTimeout(this.#timer);
    this.#request?.abort();
    this.#plate = null;
  }

  /** What the plate depends on, and the same without how far the camera moves; "" where none is needed. */
  #wanted() {
    const { document, picture, options, problem, aspect } = this.#session;
    if (problem || options.holes || !picture?.request || isEmpty(document)) return ["", ""];
    const layers = document.layers.map((layer) => {
      const { region, visible, order, freeze } = layer;
      return [region, visible, order, freeze, moves(layer)];
    });
    const { keyframes, field_of_view } = document.camera;
    const still = keyframes.every(isNeutral);
    const kept = JSON.stringify([layers, still, aspect, picture.request, this.#inputs()]);
    return [kept + JSON.stringify([keyframes, field_of_view]), kept];
  }

  #inputs() {
    return { masks: this.#host.masks?.() ?? [], depth: this.#host.depth?.() ?? null };
  }

  #follow() {
    const [key, kept] = this.#wanted();
    if (key === this.#key) return;
    const stays = kept === this.#kept;
    this.#kept = kept;
    this.#key = key;
    this.#request?.abort();
    clearTimeout(this.#timer);
    if (this.#plate && !stays) {
      this.#plate = null;
      this.#onPlate();
    }
    if (key) this.#timer = setTimeout(() => void this.#ask(), SETTLED);
  }

  async #ask() {
    const { document, picture, aspect } = this.#session;
    const request = (this.#request = new AbortController());
    const body = {
      document: dump(document),
      aspect,
      editor: this.#host.id,
      serial: (this.#serial += 1),
      ...this.#inputs(),
      picture: picture?.request,
      have: [],
    };
    try {
      const answer = await this.#host.post("/flowbrush/plate", body, request.signal);
      if (!answer.ok) throw new Error(await refusalText(answer));
      this.#known.clear();
      const plate = await decodePlate(await answer.arrayBuffer(), this.#known);
      if (this.#request !== request || request.signal.aborted) return;
      this.#plate = plate;
      this.#onPlate();
    } catch (error) {
      if (request.signal.aborted) return;
      const reason = error instanceof Error ? error.message : error;
      this.#session.notice(`What is behind the moving parts cannot be shown: ${reason}`);
    }
  }
}
