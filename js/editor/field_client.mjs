// @ts-check
import { dump, isEmpty } from "./document.mjs";
import { decodeField } from "./field_format.mjs";

/** @typedef {import("./session.mjs").Session} Session */
/** @typedef {import("./field_format.mjs").Field} Field */
/** @typedef {import("./field_format.mjs").Share} Share */

const SETTLED = 60; // ms after the last change
const PACE = 150; // ms between requests of one gesture
const BUSY = 600; // ms until a busy server is asked again
const PATIENCE = 5; // times that it is asked again
const MASK_SIDE = 640;
const KEPT_MASKS = 64;

/** Asks the route for the field of what is painted, as it is painted. */
export class FieldClient {
  /** @type {Field | null} */ field = null;
  /** @type {"idle" | "waiting" | "error"} */ status = "idle";
  sentence = "";

  #session;
  #host;
  #listeners = /** @type {Set<() => void>} */ (new Set());
  #stopListening = /** @type {(() => void)[]} */ ([]);
  #known = /** @type {Map<string, Share>} */ (new Map());
  #timer = /** @type {any} */ (0);
  #request = /** @type {AbortController | null} */ (null);
  #waiting = false; // a change came while a gesture's request was under way
  #sentAt = -Infinity;
  #serial = 0;
  #refusals = 0;

  /**
   * @param {Session} session
   * @param {{post(path: string, body: any, signal: AbortSignal): Promise<Response>, masks?(): any[], depth?(): any,
   *   id: string}} host
   */
  constructor(session, host) {
    this.#session = session;
    this.#host = host;
  }

  /** Begin to follow the session. */
  start() {
    let flow = this.#session.options.flow;
    let aspect = this.#session.aspect;
    const changed = () => this.#changed();
    this.#stopListening = [
      this.#session.on("document", changed),
      this.#session.on("commit", changed),
      this.#session.on("length", changed),
      this.#session.on("masks", changed),
      this.#session.on("picture", () => {
        if (aspect !== this.#session.aspect) this.#changed();
        aspect = this.#session.aspect;
      }),
      this.#session.on("options", () => {
        if (flow === this.#session.options.flow) return;
        flow = this.#session.options.flow;
        if (flow !== "none" && this.field && !this.field.flow) this.#changed();
      }),
    ];
    this.#changed();
  }

  /** @param {() => void} listener of field, status and sentence @returns {() => void} ends it */
  on(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Something that the session does not hold has changed (the depth). */
  refresh() {
    this.#changed();
  }

  dispose() {
    this.#stopListening.forEach((stop) => stop());
    this.#listeners.clear();
    clearTimeout(this.#timer);
    this.#request?.abort();
    this.#request = null;
    this.#known.clear();
    this.field = null;
  }

  #changed() {
    this.#refusals = 0;
    // A gesture would never be answered if each of its changes took the last request back.
    if (this.#session.gesturing && this.#request) {
      this.#waiting = true;
      return;
    }
    const pause = this.#session.gesturing ? this.#sentAt + PACE - performance.now() : SETTLED;
    if (this.#session.gesturing && this.#timer) return;
    this.#later(Math.max(0, pause));
  }

  /** @param {number} pause milliseconds */
  #later(pause) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = 0;
      void this.#ask();
    }, pause);
  }

  async #ask() {
    const session = this.#session;
    this.#request?.abort();
    this.#request = null;
    this.#waiting = false;
    if (session.problem || isEmpty(session.document)) {
      this.#say("idle", "", null);
      return;
    }
    const request = (this.#request = new AbortController());
    this.#sentAt = performance.now();
    this.#say("waiting", "");
    const body = {
      document: dump(session.document),
      length: session.length,
      aspect: session.aspect,
      editor: this.#host.id,
      serial: (this.#serial += 1),
      masks: this.#host.masks?.() ?? [],
      depth: this.#host.depth?.() ?? null,
      have: [...this.#known.keys()],
      mask_side: MASK_SIDE,
      flow: session.options.flow !== "none",
    };
    try {
      const response = await this.#host.post("/flowbrush/field", body, request.signal);
      const sentence = response.ok ? "" : await refusal(response);
      const field = response.ok ? decodeField(await response.arrayBuffer(), this.#known) : null;
      if (this.#request !== request) return;
      this.#request = null;
      if (field) {
        this.#forgetMasks(field);
        this.#say("idle", field.warnings.join(" "), field);
      } else if (response.status === 503 && this.#refusals < PATIENCE) {
        this.#refusals += 1;
        this.#later(BUSY * this.#refusals);
      } else if (response.status !== 409) this.#say("error", sentence);
    } catch (error) {
      if (this.#request !== request) return; // taken back
      this.#request = null;
      this.#known.clear();
      const reason = error instanceof Error ? error.message : String(error);
      this.#say("error", `The motion cannot be shown: ${reason}`);
    }
    if (this.#waiting) this.#changed();
  }

  /** Keep the masks of this field and the newest of the others. @param {Field} field */
  #forgetMasks(field) {
    for (const { mask } of field.layers) {
      this.#known.delete(mask.hash);
      this.#known.set(mask.hash, mask);
    }
    for (const hash of this.#known.keys()) {
      if (this.#known.size <= KEPT_MASKS) break;
      this.#known.delete(hash);
    }
  }

  /** @param {"idle" | "waiting" | "error"} status @param {string} sentence @param {Field | null} [field] */
  #say(status, sentence, field = this.field) {
    if (status === this.status && sentence === this.sentence && field === this.field) return;
    this.status = status;
    this.sentence = sentence;
    this.field = field;
    for (const listener of [...this.#listeners]) listener();
  }
}

/** What a refused request says of itself. @param {Response} response */
async function refusal(response) {
  const said = await response.json().catch(() => null);
  const error = said?.error ?? `ComfyUI answered ${response.status}.`;
  if (typeof error === "string") return error;
  return error.place ? `${error.place}: ${error.sentence}` : error.sentence;
}
