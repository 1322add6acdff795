// @ts-check
// Keeps the picture, the masks and the length that are connected to a node up to date in its editor's session.
import { refusalText } from "../player/refusal.mjs";
import { isLinked, maskAt, numberOf, outputsOf, pictureAt } from "./upstream.mjs";

/** @import { ChannelReference } from "../parts" */
/** @import { ComfyApi, ComfyApp, GraphNode, NodeOutputs, OutputFile } from "./litegraph" */
/** @import { PictureSource } from "./upstream.mjs" */

const POLL_MS = 1000;
const EVENTS = ["graphChanged", "executed", "execution_cached"];

/** Follows the graph above one node. */
export class Pictures {
  /**
   * @param {ComfyApp} app @param {ComfyApi} api @param {import("../document/session.mjs").Session} session
   * @param {() => void} onDepth is called when another depth is connected
   */
  constructor(app, api, session, onDepth) {
    this.app = app;
    this.api = api;
    this.session = session;
    this.onDepth = onDepth;
    /** @type {GraphNode | null} the node whose inputs are followed */ this.node = null;
    /** @type {ChannelReference[]} */ this.masks = [];
    /** @type {ChannelReference | null} */ this.depth = null;
    /** @type {Map<string, {wanted: string, stop: AbortController}>} what each part was loaded for last */
    this.parts = new Map();
    this.timer = 0;
    for (const event of EVENTS) api.addEventListener(event, this.followSoon);
  }

  /** Follows the graph after ComfyUI itself has handled the event. */
  followSoon = () => void setTimeout(() => this.follow(), 0);

  /** While the editor is visible, the graph is read every second: no event tells of widgets that a script sets. @param {boolean} visible */
  setVisible(visible) {
    clearInterval(this.timer);
    this.timer = visible ? window.setInterval(() => this.follow(), POLL_MS) : 0;
    if (visible) this.follow();
  }

  /** Reads the graph, and loads what has changed. */
  follow() {
    const { app, node, session } = this;
    if (!node?.graph) return;
    const lastRun = outputsOf(app, node);
    const picture = this.#picture(node, lastRun);
    this.#load("picture", picture, (signal) => this.#loadPicture(picture, signal));

    const mask = maskAt(node, "masks");
    this.masks = mask ? [mask] : isLinked(node, "masks") ? (lastRun.flowbrush_masks ?? []) : [];
    this.#load("masks", this.masks, (signal) => this.#loadMasks(this.masks, signal));

    this.depth = this.#depth(node, lastRun);
    this.#load("depth", this.depth, async () => this.onDepth());

    const length = numberOf(node, "length");
    if (length !== null) session.setLength(length);
  }

  /** The connected picture, or the one of the last run where it is not known without a run. @param {GraphNode} node @param {NodeOutputs} lastRun @returns {PictureSource | null} */
  #picture(node, lastRun) {
    const known = pictureAt(this.app, node, "image");
    const [file] = lastRun.flowbrush_picture ?? [];
    return known ?? (file && isLinked(node, "image") ? pictureOfRun(file) : null);
  }

  /** @param {GraphNode} node @param {NodeOutputs} lastRun @returns {ChannelReference | null} */
  #depth(node, lastRun) {
    const picture = pictureAt(this.app, node, "depth");
    if (picture && !picture.fit && picture.source.kind === "file") {
      const { filename, subfolder, type } = picture.source;
      return { filename, subfolder, type, channel: "grey" };
    }
    return isLinked(node, "depth") ? (lastRun.flowbrush_depth?.[0] ?? null) : null;
  }

  /**
   * Loads a part where something else is wanted than before. @param {"picture" | "masks" | "depth"} name
   * @param {unknown} wanted @param {(signal: AbortSignal) => Promise<void>} load
   */
  #load(name, wanted, load) {
    const text = JSON.stringify(wanted);
    const before = this.parts.get(name);
    if (before?.wanted === text) return;
    before?.stop.abort();
    const stop = new AbortController();
    this.parts.set(name, { wanted: text, stop });
    load(stop.signal).catch((error) => {
      if (stop.signal.aborted) return;
      const part = name === "masks" ? "mask" : "picture";
      this.session.notice(`The ${part} did not load: ${error.message ?? error}`);
    });
  }

  /** @param {PictureSource | null} picture @param {AbortSignal} signal */
  async #loadPicture(picture, signal) {
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
    if (fit) image = await (await import("./picture_fit.mjs")).fitPicture(image, fit);
    if (!signal.aborted) this.session.setPicture({ image, width, height, label });
  }

  /** @param {ChannelReference[]} references @param {AbortSignal} signal */
  async #loadMasks(references, signal) {
    if (!references.length) return this.session.setMasks([]);
    const { readMask } = await import("./mask_input.mjs");
    const masks = await Promise.all(references.map((reference) => readMask(this.api, reference, signal)));
    if (signal.aborted) return;
    // Without a picture the masks give the aspect, as in the node.
    if (masks[0] && !this.session.picture) this.session.aspect = masks[0].width / masks[0].height;
    this.session.setMasks(masks);
  }

  dispose() {
    this.setVisible(false);
    for (const event of EVENTS) this.api.removeEventListener(event, this.followSoon);
    for (const { stop } of this.parts.values()) stop.abort();
    this.node = null;
  }
}

/** The picture that a node showed when it ran last. @param {OutputFile} file @returns {PictureSource} */
function pictureOfRun({ filename, subfolder = "", type = "output" }) {
  return { source: { kind: "file", filename, subfolder, type }, fit: null, label: "The last run" };
}
