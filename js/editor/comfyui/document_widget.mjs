// @ts-check
// The widget of a motion document, on its own node or promoted to the node of a subgraph. The editor is loaded when it
// is first seen.
import { said } from "../dom/language.mjs";
import { isLinked } from "./node_inputs.mjs";
import { applySettings } from "./settings.mjs";

/** @import { ComfyApi, ComfyApp, GraphNode, GraphWidget } from "./litegraph" */

export const WIDGET_TYPE = "FLOWBRUSH_EDITOR";
export const MIN_HEIGHT = 320;
export const MIN_WIDTH = 320;
const MARGIN = 10; // px that the classic canvas leaves around the element of a widget, on each side
const PROMOTED_HEIGHT = 440;
const PROMOTED_WIDTH = 400; // px that the node of a subgraph gets with its first editor
const DOCUMENT = "document"; // the name of the input
const LABEL = "Motion painting"; // what artists read in its place
const WAIT_MS = 3000;
const MOUNTED_MS = [300, 1000, 3000, 9000]; // until ComfyUI has put the elements of a loaded workflow in their places

/** The elements of nodes that were removed a moment ago, by graph and node. @type {Map<string, HTMLElement>} */
const removedElements = new Map();
/** The documents of widgets, for those that are promoted from them. @type {WeakMap<GraphWidget, DocumentWidget>} */
const documents = new WeakMap();

/**
 * What a widget on the node of a subgraph was promoted from: the document inside, and what ComfyUI stores for the
 * node of the subgraph. @typedef {{inner: DocumentWidget, stored: GraphWidget}} Promotion
 */

/** The document of one node. Its text is kept here until the editor is loaded, and by the editor from then on. */
export class DocumentWidget {
  #text;

  /**
   * @param {ComfyApp} app @param {ComfyApi} api @param {GraphNode} node @param {string} name of the input
   * @param {string} text the document of a new node @param {Promotion | null} [promotion]
   */
  constructor(app, api, node, name, text, promotion = null) {
    this.app = app;
    this.api = api;
    this.node = node;
    this.name = name;
    this.promotion = promotion;
    this.#text = text;
    /** @type {ReturnType<typeof import("./widget.mjs").openEditor> | null} */
    this.editor = null;
    this.opening = 0;
    /** @type {Promise<void> | null} */
    this.loading = null;
    this.key = "";
    /** @type {HTMLElement} */
    this.element = document.createElement("div");
    this.element.className = "flowbrush-widget";
    // Nodes 2.0 and App mode do not ask for the widget's own minimum height.
    const minHeight = promotion ? PROMOTED_HEIGHT : MIN_HEIGHT;
    this.element.style.cssText = `position:relative;display:flex;min-width:0;min-height:${minHeight - 2 * MARGIN}px;overflow:hidden`;
    // Nodes 2.0 leaves the wheel to the focused element inside an element with this mark.
    this.element.dataset.captureWheel = "true";
    this.element.title = "";
    this.element.addEventListener("mouseenter", () => this.#hideTooltip());
    this.visibility = new IntersectionObserver((entries) =>
      this.#setVisible(entries.some((entry) => entry.isIntersecting)),
    );
    /** @type {GraphWidget} */
    this.widget = this.#makeWidget({
      getValue: () => this.value,
      setValue: (/** @type {unknown} */ value) => this.#setValue(value),
      getMinHeight: () => minHeight,
      hideOnZoom: false,
      hideInPanel: true, // the properties panel cannot show it and would leave a blank of its height
      onDraw: () => this.#drawLinked(),
    });
    this.widget.flowbrush = this;
    documents.set(this.widget, this);
    // The properties panel of the classic canvas sets a width of its own, which the widget would keep for good.
    Object.defineProperty(this.widget, "width", { get: () => undefined, set: () => {}, configurable: true });
  }

  /** Adds the widget to its node. @param {object} options @returns {GraphWidget} */
  #makeWidget(options) {
    const { node, name, element, promotion } = this;
    const leave = () => this.remove();
    if (promotion) return promotedWidget(node, name, element, { ...options, leave }, promotion.stored);
    const widget = node.addDOMWidget(name, WIDGET_TYPE, element, options);
    widget.label = LABEL;
    callAfter(node, "onAdded", () => this.enter());
    // ComfyUI also takes the widget for removed when it is no longer promoted, and would not show it again.
    const { onRemove } = widget;
    widget.onRemove = () => {};
    callAfter(node, "onRemoved", () => {
      leave();
      onRemove?.call(widget);
    });
    callAfter(node, "onConnectionsChange", () => this.editor?.follow());
    return widget;
  }

  /** The node whose inputs give the picture. @returns {GraphNode} */
  get source() {
    return this.promotion?.inner.source ?? this.node;
  }

  /** The nodes of subgraphs to which the widget is promoted, from the outermost. @returns {readonly GraphNode[]} */
  get hosts() {
    return this.promotion ? [this.node, ...this.promotion.inner.hosts] : [];
  }

  /** What tells the widget from others in the same graph. */
  get place() {
    return this.promotion ? `${this.node.id}:${this.name}` : String(this.node.id);
  }

  get text() {
    return this.promotion ? String(this.promotion.stored.value ?? "") : this.#text;
  }

  set text(text) {
    if (this.promotion) this.promotion.stored.value = text;
    else this.#text = text;
  }

  get value() {
    return this.editor ? this.editor.value : this.text;
  }

  /** Takes the value of a workflow; anything but text is kept as readable JSON. @param {unknown} value */
  #setValue(value) {
    this.text = typeof value === "string" ? value : value == null ? "" : JSON.stringify(value);
    this.editor?.load(this.text);
  }

  /** Why the document cannot be edited here; "" where it can. */
  get lock() {
    const { node, name } = this;
    if (!isLinked(node, name)) return "";
    const link = node.graph?.getLink?.(node.inputs?.find((input) => input.name === name)?.link ?? -1);
    return link && link.origin_id === node.graph?.inputNode?.id
      ? "The subgraph’s node shows this editor: go back to it to paint."
      : "The document comes from a link. Remove the link to paint here.";
  }

  /** @param {boolean} visible */
  async #setVisible(visible) {
    this.editor?.setVisible(visible);
    if (visible) await this.open();
    else this.#returnToApp();
  }

  /** The editor, which is loaded first where it was not seen yet; null where it does not load. */
  async open() {
    if (!this.editor) await (this.loading ??= this.#load());
    return this.editor;
  }

  async #load() {
    const opening = Date.now();
    this.opening = opening;
    try {
      const language = this.app.extensionManager?.setting.get("Comfy.Locale") ?? "en";
      if (language !== "en") await (await import("../dom/speak.mjs")).speak(String(language));
      const { openEditor, loadStyle } = await import("./widget.mjs");
      await loadStyle("editor.css"); // so that no editor is seen without its style
      if (this.opening === opening && !this.editor) {
        this.editor = openEditor(this, this.app, this.api);
        applySettings(this.editor.session);
      }
    } catch (error) {
      console.error("Flowbrush: the editor did not load", error);
      if (!this.editor) this.element.textContent = said(`The Flowbrush editor did not load: ${error}`);
    }
    if (this.opening === opening) this.opening = 0;
    this.loading = null;
  }

  /**
   * The node was added to a graph. After ComfyUI's undo has made a node again, Nodes 2.0 goes on showing the element
   * of the node before it: so that element is used again.
   */
  enter() {
    // The key is stored, as a graph that is cleared loses its id before its nodes.
    this.key = `${this.node.graph?.id}:${this.place}`;
    this.element = removedElements.get(this.key) ?? this.element;
    removedElements.delete(this.key);
    if (this.widget) this.widget.element = this.element;
    this.visibility.observe(this.element);
    for (const wait of MOUNTED_MS) setTimeout(() => this.#returnToApp(), wait);
  }

  /** Puts the element back into App mode, from which the hidden classic canvas takes it when a workflow is loaded again. */
  #returnToApp() {
    if (!this.node.graph) return;
    const key = CSS.escape(`:${this.node.id}:${encodeURIComponent(this.name)}`);
    const control = `[data-testid="linear-widgets"] [data-widget-key$="${key}"] [data-testid="node-widget"] > [node-type]`;
    const place = document.querySelector(control);
    if (place && !place.contains(this.element)) place.append(this.element);
  }

  /** The node was removed; its text is kept, as the node may be put back. */
  remove() {
    const { key, element } = this;
    removedElements.set(key, element);
    setTimeout(() => removedElements.get(key) === element && removedElements.delete(key), WAIT_MS);
    this.visibility.disconnect();
    this.opening = 0;
    this.loading = null;
    if (!this.promotion) this.text = this.value;
    const { editor } = this;
    this.editor = null;
    editor?.leave();
  }

  /** Ends the wait for the input's tooltip, which would lie beside the picture while the artist paints. */
  #hideTooltip() {
    for (
      let above = this.element.parentElement;
      above && !above.dataset.nodeId;
      above = above.parentElement
    ) {
      above.dispatchEvent(new MouseEvent("mouseleave"));
    }
  }

  /** Says on the node where the document comes from: the classic canvas hides a widget that is linked. */
  #drawLinked() {
    const { ctx } = this.app.canvas;
    if (!ctx || !this.widget || !this.lock) return;
    ctx.save();
    ctx.globalAlpha = 0.7;
    ctx.fillStyle = "#999";
    ctx.font = "12px sans-serif";
    ctx.textAlign = "left";
    ctx.fillText(said(this.lock), 15, (this.widget.y ?? 0) + 30);
    ctx.restore();
  }
}

/**
 * The widget of a promoted document, which ComfyUI keeps itself. @param {GraphNode} node of the subgraph
 * @param {string} name @param {HTMLElement} element @param {{leave: () => void}} options @param {GraphWidget} stored
 * @returns {GraphWidget}
 */
function promotedWidget(node, name, element, { leave, ...options }, stored) {
  const { DOMWidgetImpl, addWidget } = domWidgets() ?? fail();
  const widget = new DOMWidgetImpl({ node, name, type: WIDGET_TYPE, element, options });
  addWidget({ graph: node.graph, addCustomWidget() {} }, widget); // makes it known, but not a widget of the node twice
  const { onRemove } = widget;
  widget.onRemove = () => {
    leave();
    onRemove?.call(widget);
  };
  widget.callback = (value) => (stored.value = value);
  widget.label = stored.label === DOCUMENT ? LABEL : stored.label;
  return widget;
}

/** ComfyUI's widgets with an element of their own, where it provides them. @returns {import("./litegraph").DomWidgets | undefined} */
const domWidgets = () =>
  /** @type {{comfyAPI?: {domWidget?: import("./litegraph").DomWidgets}}} */ (globalThis).comfyAPI?.domWidget;

/** @returns {never} */
function fail() {
  throw new Error("ComfyUI's page does not provide DOM widgets");
}

/**
 * Lets the node of a subgraph show the editors that are promoted to it. For a widget that it does not know, ComfyUI
 * draws a grey area. @param {GraphNode} node
 */
export function showPromoted(node) {
  const usual = node.createPromotedHostWidget;
  if (!usual || !domWidgets()) return;
  node.createPromotedHostWidget = (input, id, source) => {
    const inner = documents.get(source);
    // A node that is not in its graph yet is asked again when it is.
    if (!inner || node.graph?.getNodeById(node.id) !== node) return usual.call(node, input, id, source);
    const stored = /** @type {GraphWidget} */ (node._projectPromotedWidget?.(input));
    const outer = new DocumentWidget(inner.app, inner.api, node, stored.name, "", { inner, stored });
    outer.enter();
    if (node.size[0] < PROMOTED_WIDTH) node.setSize([PROMOTED_WIDTH, node.size[1]]);
    return outer.widget;
  };
  callAfter(node, "onAdded", () => queueMicrotask(() => showMissing(node)));
}

/** Makes the editors of a node that ComfyUI's list of nodes has made: it had its widgets before it was in its graph. @param {GraphNode} node */
function showMissing(node) {
  if (!node.graph) return;
  for (const input of node.inputs ?? [])
    if (input._widget?.type === WIDGET_TYPE && !input._widget.flowbrush)
      node._resolveInputWidget?.(input._subgraphSlot, input);
}

/** Calls a function after a method of one node, which may exist already. @param {GraphNode} node @param {"onAdded" | "onRemoved" | "onConnectionsChange"} name @param {() => void} also */
function callAfter(node, name, also) {
  const before = node[name];
  node[name] = function (...values) {
    const result = before?.apply(this, values);
    also();
    return result;
  };
}
