// @ts-check
// One Editor in one node: what it stores and follows, and how it outlives a node that ComfyUI makes anew.

import { Session } from "../document/session.mjs";
import { Editor } from "../editor.mjs";
import { contain } from "./containment.mjs";
import { Pictures } from "./pictures.mjs";

export { loadStyle } from "../dom/dom.mjs";

/** ComfyUI's undo removes every node and makes it again: an editor waits this long for its node. */
const WAIT_MS = 3000;
const MAX_HISTORIES = 24;
/** The id of a graph that was never saved. */
const UNNAMED = "00000000-0000-0000-0000-000000000000";

/** Editors whose node is gone, until they are taken again or released. @type {Set<NodeEditor>} */
const waiting = new Set();
/** The sessions of released editors by node, the latest last. @type {Map<string, any>} */
const histories = new Map();
let count = 0;

/** The same for a node that ComfyUI has made again. */
const keyOf = (/** @type {any} */ node) => `${node.graph?.id}:${node.id}`;

/** The editor for a widget that is seen: the one it had before, if that can be found.
 * @param {any} slot the entry's DocumentWidget @param {any} app @param {any} api @returns {NodeEditor} */
export function openEditor(slot, app, api) {
  const { node, text } = slot;
  const key = keyOf(node);
  const candidates = [...waiting].filter((each) => each.session.knows(text));
  const kept =
    candidates.find((each) => each.key === key) ??
    // ComfyUI's undo gives a graph without a name one.
    candidates.find((each) => each.key === `${UNNAMED}:${node.id}`) ??
    // A node that went into a subgraph, or came out of one, has another name and the same text.
    candidates.find((each) => text && each.value === text);
  const editor = kept ?? new NodeEditor(app, api, historyOf(key, text) ?? new Session(text));
  editor.enter(slot);
  return editor;
}

/** @type {(key: string, text: string) => any} */
function historyOf(key, text) {
  const session = histories.get(key);
  if (!session?.knows(text)) return undefined;
  histories.delete(key);
  return session;
}

/** An Editor, and the node that it is in now. */
class NodeEditor {
  /** @param {any} app @param {any} api @param {Session} session new, or of an editor that this node had */
  constructor(app, api, session) {
    this.app = app;
    this.api = api;
    /** @type {any} */ this.slot = null;
    this.key = "";
    /** @type {import("./overlay_window.mjs").OverlayWindow | null} */ this.overlay = null;
    /** @type {any} */ this.timer = 0;
    /** @type {any} */ this.storing = 0;
    this.loading = false;
    this.session = session;
    this.pictures = new Pictures(app, api, session, () => this.editor.client?.refresh());
    this.editor = new Editor(this.hostFor(), session.text, session);
    this.unlisten = this.session.on("commit", () => this.committed());
    const { element } = this.editor;
    element.tabIndex = -1;
    Object.assign(element.style, { flex: "1", minWidth: "0" });
    this.linkedNote = noteElement();
    this.release = contain(element, {
      focus: () => this.focus(),
      isAlone: () => this.overlay !== null,
      canvas: () => app.canvas.canvas,
    });
    element.addEventListener("dragover", this.offer);
    element.addEventListener("drop", this.offer);
    element.addEventListener("paste", this.offer);
  }

  /** What the Editor may ask of ComfyUI. */
  hostFor() {
    const it = this;
    return {
      id: `flowbrush-${Date.now().toString(36)}-${++count}`,
      post: (/** @type {string} */ path, /** @type {unknown} */ body, /** @type {AbortSignal} */ signal) =>
        this.api.fetchApi(path, {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify(body),
          signal,
        }),
      masks: () => this.pictures.masks,
      depth: () => this.pictures.depth,
      usePicture: (/** @type {File} */ file) => this.usePicture(file),
      toggleLarge: () => this.toggleLarge(),
      get isLarge() {
        return it.overlay !== null;
      },
    };
  }

  get value() {
    return this.editor.value;
  }

  /** @param {string} text from the workflow */
  load(text) {
    this.loading = true;
    if (text !== this.value) this.editor.load(text);
    this.loading = false;
  }

  /** @param {any} slot the DocumentWidget that shows it from now on */
  enter(slot) {
    clearTimeout(this.timer);
    waiting.delete(this);
    this.slot = slot;
    this.key = keyOf(slot.node);
    this.pictures.node = slot.node;
    slot.element.replaceChildren(this.editor.element, this.linkedNote);
    this.load(slot.text);
    this.setVisible(true);
  }

  /** The node has gone: wait a little for another that is the same. */
  leave() {
    this.overlay?.close();
    this.session.setPlaying(false);
    this.pictures.setVisible(false);
    this.pictures.node = null;
    clearTimeout(this.storing);
    this.editor.element.remove();
    this.slot = null;
    waiting.add(this);
    this.timer = setTimeout(() => this.dispose(), WAIT_MS);
  }

  setVisible(/** @type {boolean} */ visible) {
    this.pictures.setVisible(visible || this.overlay !== null);
    if (visible) this.follow();
  }

  /** Links have changed. */
  follow() {
    if (!this.slot) return;
    const { linked } = this.slot;
    this.editor.element.inert = linked;
    this.linkedNote.hidden = !linked;
    this.pictures.follow();
  }

  /** The text is another: tell ComfyUI, once for all that one event did. */
  committed() {
    if (this.loading) return;
    clearTimeout(this.storing);
    this.storing = setTimeout(() => {
      const { node, widget } = this.slot ?? {};
      if (!node?.graph) return;
      widget.callback?.(this.value);
      node.graph.incrementVersion?.();
      node.setDirtyCanvas?.(true, false);
      // ComfyUI's undo, its modified mark and its autosave take a change in at the end of such a pair.
      this.app.canvas.emitBeforeChange();
      this.app.canvas.emitAfterChange();
    }, 0);
  }

  /** The stage, or the whole where that cannot have the focus (over a broken document). */
  focus() {
    const { element } = this.editor;
    this.editor.focus();
    if (!element.contains(document.activeElement)) element.focus({ preventScroll: true });
  }

  async toggleLarge() {
    if (this.overlay) return this.overlay.close();
    const { OverlayWindow } = await import("./overlay_window.mjs");
    if (!this.slot || this.overlay) return; // the node has gone meanwhile, or it was a double-click
    const { element } = this.editor;
    this.overlay = new OverlayWindow(element, () => {
      this.overlay = null;
      this.editor.setLarge();
      this.app.canvas.setDirty(true, true);
    });
    this.editor.setLarge();
    this.focus();
  }

  /** A picture that is dropped or pasted on the editor, where no part of it had a use for it. */
  offer = (/** @type {Event} */ given) => {
    const event = /** @type {DragEvent & ClipboardEvent} */ (given);
    const data = event.dataTransfer ?? event.clipboardData;
    if (event.defaultPrevented || !data?.types.includes("Files")) return;
    event.preventDefault();
    if (event.type === "dragover") return;
    const file = [...data.files].find((each) => each.type.startsWith("image/"));
    if (file) this.usePicture(file).catch((error) => this.session.notice(error.message));
  };

  /** @param {File} file becomes the picture of the node that it was given to */
  async usePicture(file) {
    const { node } = this.slot ?? {};
    const { usePicture } = await import("./picture_input.mjs");
    if (node) await usePicture(this.app, this.api, node, file);
  }

  dispose() {
    waiting.delete(this);
    this.unlisten();
    this.release();
    this.pictures.dispose();
    for (const type of ["dragover", "drop", "paste"])
      this.editor.element.removeEventListener(type, this.offer);
    this.editor.dispose();
    histories.delete(this.key);
    histories.set(this.key, this.session);
    if (histories.size > MAX_HISTORIES) histories.delete(histories.keys().next().value ?? "");
  }
}

/** Lies over an editor whose document another node gives. */
function noteElement() {
  const note = document.createElement("div");
  note.className = "flowbrush-linked";
  note.hidden = true;
  note.textContent = "The document comes from a link. Remove the link to paint here.";
  note.style.cssText =
    "position:absolute;inset:auto 0 0 0;padding:10px;text-align:center;" +
    "background:var(--comfy-menu-bg,#202020);color:var(--input-text,#ddd)";
  return note;
}
