// @ts-check
import { dump, needsField, snaps } from "../document/document.mjs";
import { refusalText } from "../dom/refusal.mjs";

/** @typedef {import("./field_format.mjs").Field} Field */
/** @typedef {import("./field_format.mjs").Share} Share */
/**
 * @typedef {Pick<import("../parts").Host, "id" | "post"> & Partial<Pick<import("../parts").Host, "masks" | "depth">>} Host
 */

const SETTLED = 60; // ms from the last change to the request
const PACE = 150; // ms between requests of one gesture
const BUSY = 600; // ms until the request is repeated to a busy server
const RETRIES = 5; // how often a request to a busy server is repeated
const MASK_SIDE = 640;
const KEPT_MASKS = 64;

/** Whether a region flows along its directions, for ever. @param {import("../document/document.mjs").MotionDocument} document */
const flows = ({ layers }) =>
  layers.some(({ visible, freeze, motion: { flow, horizontal, vertical, paths } }) => {
    return visible && !freeze && flow.speed !== 0 && (horizontal || vertical || paths.length > 0);
  });

/** Requests the motion field of the document from the server whenever the document changes. */
export class FieldClient {
  /** @type {Field | null} */ field = null;
  /** @type {"idle" | "waiting" | "error"} */ status = "idle";
  sentence = "";

  #session;
  #host;
  #listeners = /** @type {Set<() => void>} */ (new Set());
  #ends = /** @type {(() => void)[]} */ ([]);
  #known = /** @type {Map<string, Share>} */ (new Map());
  #timer = /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined);
  #request = /** @type {AbortController | null} */ (null);
  #mixes = false; // whether it is to be known how flows are mixed over the picture, which takes the server seconds
  #late = false; // whether a change came while a gesture's request was under way
  #sentAt = -Infinity;
  #serial = 0;
  #refusals = 0;

  /** @param {import("../document/session.mjs").Session} session @param {Host} host */
  constructor(session, host) {
    this.#session = session;
    this.#host = host;
  }

  /** Begins to follow the session. */
  start() {
    const session = this.#session;
    const changed = () => this.#changed();
    let { aspect } = session;
    let { flow } = session.options;
    this.#ends = [
      .../** @type {const} */ (["document", "commit", "length", "masks"]).map((event) =>
        session.on(event, changed),
      ),
      session.on("picture", () => {
        const seen = snaps(session.document) || flows(session.document);
        if (aspect !== session.aspect || seen) changed();
        ({ aspect } = session);
      }),
      session.on("options", () => {
        if (flow === session.options.flow) return;
        ({ flow } = session.options);
        if (flow !== "none" && !this.field?.flow) changed();
      }),
    ];
    changed();
  }

  /** @param {() => void} listener of field, status and sentence @returns {() => void} ends it */
  on(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Requests the field again after a change that the session does not know of: another depth. */
  refresh() {
    this.#changed();
  }

  dispose() {
    this.#ends.forEach((end) => end());
    this.#listeners.clear();
    clearTimeout(this.#timer);
    this.#request?.abort();
    this.#request = this.field = null;
    this.#known.clear();
  }

  #changed() {
    this.#refusals = 0;
    this.#mixes = false;
    if (!this.#session.gesturing) return this.#askIn(SETTLED);
    // A gesture would never get an answer if each of its changes cancelled the last request.
    if (this.#request) this.#late = true;
    else if (!this.#timer) this.#askIn(this.#sentAt + PACE - performance.now());
  }

  /** @param {number} pause ms */
  #askIn(pause) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#ask(), Math.max(0, pause));
  }

  async #ask() {
    const session = this.#session;
    const host = this.#host;
    this.#timer = undefined;
    this.#late = false;
    this.#request?.abort();
    this.#request = null;
    if (session.problem || !needsField(session.document)) return this.#say("idle", "", null);
    const request = (this.#request = new AbortController());
    this.#sentAt = performance.now();
    this.#say("waiting");
    try {
      const { document } = session;
      const mixed = this.#mixes && flows(document);
      const body = {
        document: dump(document),
        length: session.length,
        aspect: session.aspect,
        editor: host.id,
        serial: (this.#serial += 1),
        masks: host.masks?.() ?? [],
        depth: host.depth?.() ?? null,
        picture: ((mixed || snaps(document)) && session.picture?.request) || null,
        have: [...this.#known.keys()],
        mask_side: MASK_SIDE,
        flow: session.options.flow !== "none",
      };
      const [response, { decodeField }] = await Promise.all([
        host.post("/flowbrush/field", body, request.signal),
        import("./field_format.mjs"),
      ]);
      const field = response.ok ? decodeField(await response.arrayBuffer(), this.#known) : null;
      const reason = field ? field.warnings.join(" ") : await refusalText(response);
      if (this.#request !== request) return; // another request has replaced this one
      this.#request = null;
      if (field) {
        field.snapped = new Map(
          field.outlines.map((each) => [document.layers[each.layer].region, each.mask]),
        );
        this.#keepMasks(field);
        this.#say("idle", reason, field);
        if (flows(document) && session.picture?.request && !mixed && !session.gesturing && !this.#late) {
          this.#mixes = true;
          this.#askIn(0);
        }
      } else if (response.status === 503 && (this.#refusals += 1) <= RETRIES)
        this.#askIn(BUSY * this.#refusals);
      else this.#say(response.status === 409 ? "idle" : "error", response.status === 409 ? "" : reason); // 409: a newer request arrived first
    } catch (error) {
      if (this.#request !== request) return;
      this.#request = null;
      this.#known.clear();
      this.#say("error", `The motion cannot be shown: ${error instanceof Error ? error.message : error}`);
    }
    if (this.#late) this.#changed();
  }

  /** Keeps the masks of this field and the latest of the others. @param {Field} field */
  #keepMasks(field) {
    const used = [...field.layers, ...field.outlines].map(({ mask }) => mask);
    used.push(...field.layers.flatMap(({ mixing }) => (mixing ? [mixing.times] : [])));
    for (const mask of used) {
      this.#known.delete(mask.hash);
      this.#known.set(mask.hash, mask);
    }
    const hashes = [...this.#known.keys()];
    const surplus = Math.min(hashes.length - KEPT_MASKS, hashes.length - used.length);
    for (const hash of hashes.slice(0, Math.max(0, surplus))) this.#known.delete(hash);
  }

  /** @param {"idle" | "waiting" | "error"} status @param {string} [sentence] @param {Field | null} [field] */
  #say(status, sentence = "", field = this.field) {
    if (status === this.status && sentence === this.sentence && field === this.field) return;
    this.status = status;
    this.sentence = sentence;
    this.field = field;
    for (const listener of [...this.#listeners]) listener();
  }
}
