// @ts-check
// One Editor in one node: it stores the text, follows the links, and survives when ComfyUI makes the node again.
import { LaterModule } from "../document/later_module.mjs";
import { Session } from "../document/session.mjs";
import { said } from "../dom/language.mjs";
import { Editor } from "../editor.mjs";
import { contain } from "./containment.mjs";
import { Pictures } from "./pictures.mjs";

export { loadStyle } from "../dom/dom.mjs";

/** @import { Host } from "../parts" */
/** @import { ComfyApi, ComfyApp } from "./litegraph" */
/** @typedef {import("./document_widget.mjs").DocumentWidget} Slot */

/** ComfyUI's undo removes every node and makes it again: an editor waits this long for its node. */
const WAIT_MS = 3000;
const MAX_HISTORIES = 24;
const ZOOM_MS = 400;
const TEXT = 12; // px of the editor's text
const SMALLEST_TEXT = 11.2; // px that are easily read on the screen
const MOST_TEXT = 1.6; // largest enlargement of the text, for graphs that are seen from far away
/** The id of a graph that was never saved. */
const UNNAMED = "00000000-0000-0000-0000-000000000000";

/** The editors whose node is gone, until they find another node or are disposed of. @type {Set<NodeEditor>} */
const waiting = new Set();
/** The sessions of editors that were disposed of, by node, the latest last. @type {Map<string, Session>} */
const histories = new Map();
const runs = new LaterModule(() => import("./run.mjs"));
let count = 0;

/** A key that is the same for a node that ComfyUI has made again. @param {Slot} slot */
const keyOf = ({ node, place }) => `${node.graph?.id}:${place}`;

/** The editor for a widget that is seen: the one that it had before, or a new one. @param {Slot} slot @param {ComfyApp} app @param {ComfyApi} api @returns {NodeEditor} */
export function openEditor(slot, app, api) {
  const { text, place } = slot;
  const key = keyOf(slot);
  const candidates = [...waiting].filter((each) => each.session.knows(text));
  const earlier =
    candidates.find((each) => each.key === key) ??
    // ComfyUI's undo gives an id to a graph that had none.
    candidates.find((each) => each.key === `${UNNAMED}:${place}`) ??
    // A node that went into a subgraph, or came out of one, has another id and the same text.
    candidates.find((each) => text && each.value === text);
  const editor = earlier ?? new NodeEditor(app, api, takeSession(key, text) ?? new Session(text));
  editor.enter(slot);
  return editor;
}

/** Takes the session that a node had before, where its history has the text. @param {string} key @param {string} text */
function takeSession(key, text) {
  const session = histories.get(key);
  if (!session?.knows(text)) return undefined;
  histories.delete(key);
  return session;
}

/** An Editor, and the node that it is in now. */
class NodeEditor {
  /** @param {ComfyApp} app @param {ComfyApi} api @param {Session} session */
  constructor(app, api, session) {
    this.app = app;
    this.api = api;
    /** @type {Slot | null} */ this.slot = null;
    this.key = "";
    /** @type {import("./overlay_window.mjs").OverlayWindow | null} */ this.overlay = null;
    this.waitTimer = 0;
    this.storeTimer = 0;
    this.zoomTimer = 0;
    this.loading = false;
    this.session = session;
    this.isGone = false;
    /** @type {import("./run.mjs").GraphRun | null} */ this.run = null;
    this.pictures = new Pictures(app, api, session, () => this.editor.client?.refresh());
    this.editor = new Editor(this.#makeHost(), session.text, session);
    this.#withRun(() => {});
    this.stopListening = this.session.on("commit", () => this.#store());
    const { element } = this.editor;
    element.tabIndex = -1;
    Object.assign(element.style, { flex: "1", minWidth: "0" });
    this.linkedNote = makeLinkedNote();
    this.endContainment = contain(element, {
      focus: () => this.focus(),
      isAlone: () => this.overlay !== null,
      canvas: () => app.canvas.canvas,
    });
    element.addEventListener("dragover", this.offerPicture);
    element.addEventListener("drop", this.offerPicture);
    element.addEventListener("paste", this.offerPicture);
  }

  /** What the Editor needs from ComfyUI. @returns {Host} */
  #makeHost() {
    const isLarge = () => this.overlay !== null;
    return {
      id: `flowbrush-${Date.now().toString(36)}-${++count}`,
      post: (path, body, signal) =>
        this.api.fetchApi(path, {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify(body),
          signal,
        }),
      fetch: (path, options) => this.api.fetchApi(path, options),
      masks: () => this.pictures.masks,
      depth: () => this.pictures.depth,
      usePicture: (file) => this.usePicture(file),
      loadPicture: (load) => (load ? this.pictures.retry() : this.pictures.cancel()),
      toggleLarge: () => void this.toggleLarge(),
      run: {
        start: async () => this.#withRun((run) => run.start()),
        cancel: async () => this.#withRun((run) => run.cancel()),
      },
      get isLarge() {
        return isLarge();
      },
    };
  }

  /** Does something with the run of the graph, which is followed from the moment when its module has loaded. @param {(run: import("./run.mjs").GraphRun) => unknown} use */
  #withRun(use) {
    runs.use(this.session, ({ GraphRun }) => {
      if (this.isGone) return;
      this.run ??= new GraphRun(this.app, this.api, this.session, () => this.slot?.source ?? null);
      this.#write();
      use(this.run);
    });
  }

  get value() {
    return this.editor.value;
  }

  /** @param {string} text of the workflow */
  load(text) {
    this.loading = true;
    if (text !== this.value) this.editor.load(text);
    this.loading = false;
  }

  /** Moves into a node. @param {Slot} slot */
  enter(slot) {
    clearTimeout(this.waitTimer);
    waiting.delete(this);
    this.slot = slot;
    this.key = keyOf(slot);
    this.pictures.node = slot.source;
    this.pictures.hosts = slot.hosts;
    slot.element.replaceChildren(this.editor.element, this.linkedNote);
    this.load(slot.text);
    this.setVisible(true);
  }

  /** Leaves a node that is gone, and waits for another that is the same. */
  leave() {
    this.overlay?.close();
    this.session.setPlaying(false);
    this.setVisible(false);
    this.pictures.node = null;
    clearTimeout(this.storeTimer);
    this.storeTimer = 0;
    this.editor.element.remove();
    this.slot = null;
    waiting.add(this);
    this.waitTimer = window.setTimeout(() => this.dispose(), WAIT_MS);
  }

  /** @param {boolean} visible */
  setVisible(visible) {
    this.pictures.setVisible(visible || this.overlay !== null);
    clearInterval(this.zoomTimer);
    this.zoomTimer = visible ? window.setInterval(() => this.#fitText(), ZOOM_MS) : 0;
    if (visible) this.follow();
    if (visible) this.#fitText();
  }

  /** Keeps the text readable at the zoom of the graph; no event tells of it. */
  #fitText() {
    const { element } = this.editor;
    const zoom = element.getBoundingClientRect().width / element.offsetWidth;
    if (zoom > 0) this.editor.setTextScale(Math.min(MOST_TEXT, Math.max(1, SMALLEST_TEXT / (TEXT * zoom))));
  }

  /** Follows the links of the node. */
  follow() {
    if (!this.slot) return;
    const { lock } = this.slot;
    this.editor.element.inert = lock !== "";
    this.linkedNote.hidden = !lock;
    this.linkedNote.textContent = said(lock);
    this.pictures.follow();
  }

  /** Gives the text to ComfyUI, once for all changes of one event. */
  #store() {
    if (this.loading) return;
    clearTimeout(this.storeTimer);
    this.storeTimer = window.setTimeout(() => this.#write(), 0);
  }

  /** Gives a text that is not stored yet to ComfyUI. */
  #write() {
    if (!this.storeTimer) return;
    clearTimeout(this.storeTimer);
    this.storeTimer = 0;
    const { node, widget } = this.slot ?? {};
    if (!node?.graph) return;
    widget?.callback?.(this.value);
    node.graph.incrementVersion?.();
    node.setDirtyCanvas?.(true, false);
    // ComfyUI's undo, its modified mark and its autosave record a change at the end of such a pair.
    this.app.canvas.emitBeforeChange();
    this.app.canvas.emitAfterChange();
  }

  /** Focuses the stage, or the whole editor where the stage is covered by a notice. */
  focus() {
    const { element } = this.editor;
    this.editor.focus();
    if (!element.contains(document.activeElement)) element.focus({ preventScroll: true });
  }

  async toggleLarge() {
    if (this.overlay) return this.overlay.close();
    const { OverlayWindow } = await import("./overlay_window.mjs");
    if (!this.slot || this.overlay) return; // the node has gone in the meantime, or it was a double-click
    this.overlay = new OverlayWindow(this.editor.element, () => {
      this.overlay = null;
      this.editor.setLarge();
      this.#fitText();
      this.app.canvas.setDirty(true, true);
    });
    this.editor.setTextScale(1);
    this.editor.setLarge();
    this.focus();
  }

  /** Uses a picture that was dropped or pasted on the editor, unless a part of the editor used the event. */
  offerPicture = (/** @type {Event} */ event) => {
    const { dataTransfer, clipboardData } = /** @type {DragEvent & ClipboardEvent} */ (event);
    const data = dataTransfer ?? clipboardData;
    if (event.defaultPrevented || !data?.types.includes("Files")) return;
    event.preventDefault();
    if (event.type === "dragover") return;
    const file = [...data.files].find(({ type }) => type.startsWith("image/"));
    if (file && event.type === "drop") this.editor.focus(); // the keys of the tools work at once
    if (file) this.usePicture(file).catch((error) => this.session.notice(error.message));
  };

  /** Makes a file the picture of the node. @param {File} file */
  async usePicture(file) {
    const { source, hosts = [] } = this.slot ?? {}; // before anything is loaded, as the editor may move to another node
    const { usePicture } = await import("./picture_input.mjs");
    // The layers that came with the example picture would lie anywhere on another picture.
    const leaveExample = () => {
      const { session } = this;
      if (session.canUndo || this.slot?.lock || !session.document.layers.length) return;
      session.startNew();
      session.notice(said("The layers return with Ctrl+Z"));
    };
    if (source) await usePicture(this.app, this.api, { node: source, hosts }, file, leaveExample);
  }

  dispose() {
    this.isGone = true;
    this.run?.dispose();
    waiting.delete(this);
    this.stopListening();
    this.endContainment();
    this.pictures.dispose();
    for (const type of ["dragover", "drop", "paste"])
      this.editor.element.removeEventListener(type, this.offerPicture);
    this.editor.dispose();
    histories.delete(this.key);
    histories.set(this.key, this.session);
    if (histories.size > MAX_HISTORIES) histories.delete(histories.keys().next().value ?? "");
  }
}

/** The note over an editor whose document comes from another node. */
function makeLinkedNote() {
  const note = document.createElement("div");
  note.className = "flowbrush-linked";
  note.hidden = true;
  note.style.cssText =
    "position:absolute;inset:auto 0 0 0;padding:10px;text-align:center;" +
    "background:var(--comfy-menu-bg,#202020);color:var(--input-text,#ddd)";
  return note;
}
