// @ts-check
// Keeps the picture, the masks and the length that are connected to a node up to date in its editor's session.
import { LaterModule } from "../document/later_module.mjs";
import { isLinked, widgetValue } from "./node_inputs.mjs";

/** @import { ChannelReference } from "../parts" */
/** @import { ComfyApi, ComfyApp, GraphNode } from "./litegraph" */

const POLL_MS = 1000;
const INPUTS = ["image", "masks", "depth", "length", "layers"];
const EVENTS = ["graphChanged", "executed", "execution_cached"];
const links = new LaterModule(() => import("./linked_inputs.mjs"));

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
    /** @type {readonly GraphNode[]} the nodes of subgraphs through which it is seen */ this.hosts = [];
    /** @type {ChannelReference[]} */ this.masks = [];
    /** @type {ChannelReference | null} */ this.depth = null;
    /** @type {Map<string, {wanted: string, stop: AbortController}>} the last request for each part */
    this.parts = new Map();
    this.timer = 0;
    /** @type {string} the clip whose frame is being loaded, and the one that is shown; "" for none */ this.loadingClip =
      "";
    this.shownClip = "";
    this.frame = session.document.frame;
    this.stopListening = session.on("document", () => this.#followFrame());
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

  /** Stops to load the picture; returns whether it was loading. */
  cancel() {
    if (this.session.waiting !== "loading") return false;
    this.parts.get("picture")?.stop.abort();
    this.session.setWaiting("cancelled");
    return true;
  }

  /** Loads a picture that was cancelled; returns whether there is one. */
  retry() {
    if (this.session.waiting !== "cancelled") return false;
    this.parts.delete("picture");
    this.follow();
    return true;
  }

  /** Shows another frame of the clip when the artist paints on that one. */
  #followFrame() {
    const { frame } = this.session.document;
    if (frame === this.frame) return;
    this.frame = frame;
    this.follow();
  }

  /** Reads the graph, and loads what has changed. */
  follow() {
    const { node, session } = this;
    if (!node?.graph) return;
    if (!isLinked(node, "length")) session.setLength(Number(widgetValue(node, "length")));
    // Without links there is nothing to load, but what an earlier link has brought must be removed.
    const had = this.parts.size || session.picture || session.masks.length;
    if (had || INPUTS.some((name) => isLinked(node, name)))
      links.use(session, (module) => this.#followLinks(module));
  }

  /** @param {typeof import("./linked_inputs.mjs")} links */
  #followLinks({ linkedInputs, showPicture, showMasks, takeProposal, clipKey }) {
    const { app, api, node, session } = this;
    if (!node?.graph) return;
    const { picture, masks, depth, length, proposal } = linkedInputs(
      app,
      node,
      this.hosts,
      session.document.frame,
    );
    const clip = clipKey(picture);
    if (!clip || clip !== this.loadingClip)
      this.#load("picture", picture, async (signal) => {
        if (!clip || clip !== this.shownClip) session.setWaiting(picture ? "loading" : "");
        this.loadingClip = clip;
        try {
          await showPicture(api, session, picture, signal);
          this.shownClip = clip;
        } finally {
          if (!signal.aborted) {
            this.loadingClip = "";
            if (picture) session.setWaiting("");
            if (clip) this.follow(); // the artist may have gone to another frame in the meantime
          }
        }
      });
    if (!picture) session.setWaiting(isLinked(node, "image") ? "run" : "");
    this.masks = masks;
    this.#load("masks", masks, (signal) => showMasks(api, session, masks, signal));
    this.depth = depth;
    this.#load("depth", depth, async () => this.onDepth());
    if (length !== null) session.setLength(length);
    takeProposal(session, proposal);
  }

  /**
   * Loads a part if another one is wanted than before. @param {"picture" | "masks" | "depth"} name
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

  dispose() {
    this.setVisible(false);
    this.stopListening();
    for (const event of EVENTS) this.api.removeEventListener(event, this.followSoon);
    for (const { stop } of this.parts.values()) stop.abort();
    this.node = null;
  }
}
