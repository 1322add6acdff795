// @ts-check
// The picture, the masks and the length that a node is connected to, kept up to date in its editor's session.
import { refusalText } from "../player/refusal.mjs";
import { isLinked, maskAt, numberOf, outputsOf, pictureAt } from "./upstream.mjs";

/** @typedef {import("./upstream.mjs").Picture} Picture */

const LOOK_MS = 1000;

/** Follows the graph above one node. */
export class Pictures {
  /**
   * @param {any} app
   * @param {any} api
   * @param {import("../document/session.mjs").Session} session
   * @param {() => void} onDepth the depth is another
   */
  constructor(app, api, session, onDepth) {
    this.app = app;
    this.api = api;
    this.session = session;
    this.onDepth = onDepth;
    /** @type {any} whose inputs they are, or null */ this.node = null;
    /** @type {any[]} */ this.masks = [];
    /** @type {any} */ this.depth = null;
    /** @type {Map<string, {asked: string, stop: AbortController}>} what each part was last asked for */
    this.parts = new Map();
    this.look = () => this.follow();
    /** @type {any} */ this.timer = 0;
    for (const event of ["graphChanged", "executed", "execution_cached"])
      api.addEventListener(event, this.soon);
  }

  /** After ComfyUI has taken the event in itself. */
  soon = () => setTimeout(this.look, 0);

  /** What no event tells (a widget that a script sets) is seen within a second, while the editor is. */
  setVisible(/** @type {boolean} */ visible) {
    clearInterval(this.timer);
    this.timer = visible ? setInterval(this.look, LOOK_MS) : 0;
    if (visible) this.follow();
  }

  /** Look at the graph, and ask for what has changed. */
  follow() {
    const { app, node, session } = this;
    if (!node?.graph) return;
    const run = outputsOf(app, node);
    const shown = run.flowbrush_picture?.[0];
    const known = pictureAt(app, node, "image");
    const picture = known ?? (shown && isLinked(node, "image") ? ranPicture(shown) : null);
    this.part("picture", picture, (signal) => this.loadPicture(picture, signal));

    const mask = maskAt(node, "masks");
    this.masks = mask ? [mask] : isLinked(node, "masks") ? (run.flowbrush_masks ?? []) : [];
    this.part("masks", this.masks, (signal) => this.loadMasks(this.masks, signal));

    const depth = pictureAt(app, node, "depth");
    const direct = depth && !depth.fit && depth.source.kind === "file";
    this.depth = direct
      ? { ...withoutKind(depth.source), channel: "grey" }
      : isLinked(node, "depth")
        ? (run.flowbrush_depth?.[0] ?? null)
        : null;
    this.part("depth", this.depth, async () => this.onDepth());

    const length = numberOf(node, "length");
    if (length !== null) session.setLength(length);
  }

  /**
   * Load one part anew where what is asked for is another than before.
   * @param {string} name
   * @param {unknown} wanted
   * @param {(signal: AbortSignal) => Promise<void>} load
   */
  part(name, wanted, load) {
    const asked = JSON.stringify(wanted);
    const before = this.parts.get(name);
    if (before?.asked === asked) return;
    before?.stop.abort();
    const stop = new AbortController();
    this.parts.set(name, { asked, stop });
    load(stop.signal).catch((error) => {
      if (stop.signal.aborted) return;
      this.session.notice(
        `The ${name === "masks" ? "mask" : "picture"} did not load: ${error.message ?? error}`,
      );
    });
  }

  /** @type {(picture: Picture | null, signal: AbortSignal) => Promise<void>} */
  async loadPicture(picture, signal) {
    if (!picture) return this.session.setPicture(null);
    const { source, fit, label } = picture;
    const answer = await this.api.fetchApi("/flowbrush/picture", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ source, fit: null }),
      signal,
    });
    if (!answer.ok) throw new Error(await refusalText(answer));
    let image = await createImageBitmap(await answer.blob());
    const { width, height } = fit ?? image;
    if (fit) image = await (await import("./picture_fit.mjs")).fitted(image, fit);
    if (!signal.aborted) this.session.setPicture({ image, width, height, label });
  }

  /** @type {(refs: any[], signal: AbortSignal) => Promise<void>} */
  async loadMasks(refs, signal) {
    if (!refs.length) return this.session.setMasks([]);
    const { readMask } = await import("./mask_input.mjs");
    const masks = await Promise.all(refs.map((ref) => readMask(this.api, ref, signal)));
    if (signal.aborted) return;
    // Without a picture the masks give the shape, as in the node.
    if (masks[0] && !this.session.picture) this.session.aspect = masks[0].width / masks[0].height;
    this.session.setMasks(masks);
  }

  dispose() {
    this.setVisible(false);
    for (const event of ["graphChanged", "executed", "execution_cached"]) {
      this.api.removeEventListener(event, this.soon);
    }
    for (const { stop } of this.parts.values()) stop.abort();
    this.node = null;
  }
}

/** @type {(file: any) => Picture} */
function ranPicture({ filename, subfolder, type }) {
  return {
    source: { kind: "file", filename, subfolder: subfolder ?? "", type },
    fit: null,
    label: "The last run",
  };
}

/** @type {(source: any) => any} */
const withoutKind = ({ kind, ...file }) => file;
