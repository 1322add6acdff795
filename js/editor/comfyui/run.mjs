// @ts-check
// Runs the graph for an editor, and follows every run that this page has queued.
import { failureOf, refusalOf, titleOf } from "./run_errors.mjs";

/** @import { Run, RunResult } from "../types" */
/** @import { ComfyApi, ComfyApp, GraphNode, NodeOutputs, OutputFile } from "./litegraph" */

const VIDEO = /\.(mp4|webm|mov|mkv|m4v)$/i;
const PICTURE = /\.(png|jpe?g|webp|gif|avif)$/i;
const POLL_MS = 150;
const REFUSED_MS = 15_000; // ComfyUI answers to a graph that is queued within this time
const EMPTY = /** @type {Run} */ ({
  state: "waiting",
  share: 0,
  sentence: "The run begins soon…",
  result: null,
});

/** The run of the graph, as a session shows it. */
export class GraphRun {
  #ended = new AbortController();
  /** @type {(OutputFile & {kind: RunResult["kind"]})[]} */ #files = [];
  #isQueued = false;

  /** @param {ComfyApp} app @param {ComfyApi} api @param {import("../document/session.mjs").Session} session @param {() => GraphNode | null} node whose editor it is */
  constructor(app, api, session, node) {
    this.app = app;
    this.api = api;
    this.session = session;
    this.node = node;
    this.#listen();
  }

  #listen() {
    // What was wrong may be mended by the next edit.
    const forget = () =>
      this.session.run?.state === "failed" && this.#set({ state: "stopped", sentence: "" });
    this.#ended.signal.addEventListener("abort", this.session.on("commit", forget));
    /** @type {Record<string, (detail: any) => void>} */
    const listeners = {
      promptQueueing: () => {
        if (!this.#isBusy) this.#set({ ...EMPTY, result: this.#result });
        void this.#watchRefusal();
      },
      promptQueued: () => (this.#isQueued = true),
      execution_start: () => {
        this.#files = [];
        this.#set({ ...EMPTY, state: "running", result: this.#result });
      },
      executing: (detail) => this.#follow(detail?.node ?? detail, 0),
      progress: ({ node, value, max }) => this.#follow(node, max > 0 ? value / max : 0),
      executed: ({ output }) => this.#files.push(...filesOf(output)),
      execution_success: () => this.#end("done"),
      execution_interrupted: () => this.#end("stopped"),
      execution_error: (detail) => this.#end("failed", failureOf(this.app, this.node(), detail)),
    };
    for (const [type, listener] of Object.entries(listeners)) {
      const listen = (/** @type {CustomEvent} */ { detail }) => listener(detail ?? {});
      this.api.addEventListener(type, listen);
      this.#ended.signal.addEventListener("abort", () => this.api.removeEventListener(type, listen));
    }
  }

  get #result() {
    return this.session.run?.result ?? null;
  }

  get #isBusy() {
    return /waiting|running/.test(this.session.run?.state ?? "");
  }

  /** @param {Partial<Run>} change */
  #set(change) {
    this.session.setRun({ ...(this.session.run ?? EMPTY), ...change });
  }

  /** @param {unknown} id of the node that runs @param {number} share */
  #follow(id, share) {
    if (typeof id === "object" || !this.#isBusy) return;
    const sentence = `${titleOf(this.app, String(id)) || "Running"}: ${Math.round(100 * share)} %`;
    this.#set({ state: "running", share, sentence });
  }

  /** @param {Run["state"]} state @param {string} [sentence] why it failed */
  #end(state, sentence = "") {
    const result = state === "done" ? (this.#chosen() ?? this.#result) : this.#result;
    this.#set({ state, share: 0, sentence, result });
    if (sentence) this.session.notice(sentence);
  }

  /** Waits until ComfyUI has taken the graph into its queue, or has refused it: no event tells of that. */
  async #watchRefusal() {
    this.#isQueued = false;
    const latest = performance.now() + REFUSED_MS;
    while (!this.#isQueued && !this.#ended.signal.aborted && performance.now() < latest) {
      await new Promise((done) => setTimeout(done, POLL_MS));
      const reason = refusalOf(this.app, this.node());
      if (reason && this.session.run?.state !== "running") return this.#end("failed", reason);
    }
  }

  /** The result to show: a saved video, any video, a saved picture, any picture. @returns {RunResult | null} */
  #chosen() {
    const rank = (/** @type {OutputFile & {kind: string}} */ { kind, type }) =>
      (kind === "video" ? 2 : 0) + (type === "output" ? 1 : 0);
    const file = this.#files.toSorted((a, b) => rank(a) - rank(b)).at(-1);
    if (!file) return null;
    const { kind, filename, subfolder = "", type = "output" } = file;
    // The file may be written again under the same name.
    const query = new URLSearchParams({ filename, subfolder, type, rand: String(Math.random()) });
    return { kind, address: this.api.apiURL(`/view?${query}`) };
  }

  /** Queues the graph as ComfyUI's own button does. */
  async start() {
    const { command } = this.app.extensionManager ?? {};
    if (command) await command.execute("Comfy.QueuePrompt");
    else await this.app.queuePrompt(0);
    if (this.#isQueued || this.session.run?.state !== "waiting") return;
    const reason =
      refusalOf(this.app, this.node()) || "ComfyUI did not take the graph; its own message says why.";
    this.#end("failed", reason);
  }

  /** Stops what runs; where the run still waits, it is taken out of the queue. */
  async cancel() {
    if (this.session.run?.state === "running") await this.api.interrupt(null);
    else await this.#leaveQueue();
  }

  async #leaveQueue() {
    const answer = await this.api.fetchApi("/queue");
    /** @type {{queue_pending?: [number, string, unknown, {client_id?: string}][]}} */
    const { queue_pending: waiting = [] } = await answer.json();
    const own = waiting.filter(([, , , { client_id: client }]) => client === this.api.clientId);
    const last = own.sort(([a], [b]) => a - b).at(-1);
    if (!last) return;
    await this.api.fetchApi("/queue", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ delete: [last[1]] }),
    });
    this.#end("stopped");
  }

  dispose() {
    this.#ended.abort();
  }
}

/** The pictures and videos in the outputs of a node. @param {NodeOutputs | null | undefined} output */
function filesOf(output) {
  const lists = /** @type {unknown[]} */ (
    Object.entries(output ?? {}).flatMap(([name, value]) => (name.startsWith("flowbrush_") ? [] : [value]))
  );
  return lists.flat().flatMap((each) => {
    const file = /** @type {OutputFile | null} */ (each);
    const name = file?.filename ?? "";
    const kind = VIDEO.test(name) ? "video" : PICTURE.test(name) ? "image" : null;
    return file && kind ? [{ ...file, kind: /** @type {RunResult["kind"]} */ (kind) }] : [];
  });
}
