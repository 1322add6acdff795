// @ts-check
// The pack's entry in ComfyUI. It gives the Motion Brush its widget; the editor is loaded when the first one is seen.
import { api } from "../../scripts/api.js";
import { app } from "../../scripts/app.js";

/** @import { GraphNode, GraphWidget, NodeDefinition } from "./editor/comfyui/litegraph" */

const WIDGET_TYPE = "FLOWBRUSH_EDITOR";
const FIRST_SIZE = [480, 700];
const MIN_HEIGHT = 320;
const MIN_WIDTH = 320;
const MARGIN = 10; // px that the classic canvas leaves around the element of a widget, on each side
const LABEL = "Motion painting";
const WAIT_MS = 3000;

/** The elements of nodes that were removed a moment ago, by graph and node. @type {Map<string, HTMLElement>} */
const removedElements = new Map();

/** The document of one node. Its text is kept here until the editor is loaded, and by the editor from then on. */
class DocumentWidget {
  /** @param {GraphNode} node @param {string} name of the input @param {string} text the document of a new node */
  constructor(node, name, text) {
    this.node = node;
    this.name = name;
    this.text = text;
    /** @type {ReturnType<typeof import("./editor/comfyui/widget.mjs").openEditor> | null} */
    this.editor = null;
    this.opening = 0;
    this.key = "";
    /** @type {HTMLElement} */
    this.element = document.createElement("div");
    this.element.className = "flowbrush-widget";
    // Nodes 2.0 and App mode do not ask for the widget's own minimum height.
    const height = MIN_HEIGHT - 2 * MARGIN;
    this.element.style.cssText = `position:relative;display:flex;min-width:0;min-height:${height}px;overflow:hidden`;
    // Nodes 2.0 leaves the wheel to the focused element inside an element with this mark.
    this.element.dataset.captureWheel = "true";
    this.element.title = "";
    this.element.addEventListener("mouseenter", () => this.hideTooltip());
    this.visibility = new IntersectionObserver((entries) =>
      this.setVisible(entries.some((entry) => entry.isIntersecting)),
    );
    /** @type {GraphWidget} */
    this.widget = node.addDOMWidget(name, WIDGET_TYPE, this.element, {
      getValue: () => this.value,
      setValue: (/** @type {unknown} */ value) => this.setValue(value),
      getMinHeight: () => MIN_HEIGHT,
      hideOnZoom: false,
      hideInPanel: true, // the properties panel cannot show it and would leave a blank of its height
      onDraw: () => this.drawLinked(),
    });
    this.widget.label = LABEL;
    // The properties panel of the classic canvas sets a width of its own, which the widget would keep for good.
    Object.defineProperty(this.widget, "width", { get: () => undefined, set: () => {}, configurable: true });
    callAfter(node, "onAdded", () => this.enter());
    callAfter(node, "onRemoved", () => this.remove());
    callAfter(node, "onConnectionsChange", () => this.editor?.follow());
  }

  get value() {
    return this.editor ? this.editor.value : this.text;
  }

  /** Takes the value of a workflow; anything but text is kept as readable JSON. @param {unknown} value */
  setValue(value) {
    this.text = typeof value === "string" ? value : value == null ? "" : JSON.stringify(value);
    this.editor?.load(this.text);
  }

  /** Whether the document comes from another node. */
  get linked() {
    const input = this.node.inputs?.find((slot) => slot.widget?.name === this.name);
    return input?.link != null;
  }

  /** @param {boolean} visible */
  async setVisible(visible) {
    this.editor?.setVisible(visible);
    if (!visible || this.editor || this.opening) return;
    const opening = Date.now();
    this.opening = opening;
    try {
      const { openEditor, loadStyle } = await import("./editor/comfyui/widget.mjs");
      await loadStyle("editor.css"); // so that no editor is seen without its style
      if (this.opening === opening && !this.editor) this.editor = openEditor(this, app, api);
    } catch (error) {
      console.error("Flowbrush: the editor did not load", error);
      if (!this.editor) this.element.textContent = `The Flowbrush editor did not load: ${error}`;
    }
    if (this.opening === opening) this.opening = 0;
  }

  /**
   * The node was added to a graph. After ComfyUI's undo has made a node again, Nodes 2.0 goes on showing the element
   * of the node before it: so that element is used again.
   */
  enter() {
    // The key is stored, as a graph that is cleared loses its id before its nodes.
    this.key = `${this.node.graph?.id}:${this.node.id}`;
    this.element = removedElements.get(this.key) ?? this.element;
    removedElements.delete(this.key);
    if (this.widget) this.widget.element = this.element;
    this.visibility.observe(this.element);
  }

  /** The node was removed; its text is kept, as the node may be put back. */
  remove() {
    const { key, element } = this;
    removedElements.set(key, element);
    setTimeout(() => removedElements.get(key) === element && removedElements.delete(key), WAIT_MS);
    this.visibility.disconnect();
    this.opening = 0;
    this.text = this.value;
    const { editor } = this;
    this.editor = null;
    editor?.leave();
  }

  /** Ends the wait for the input's tooltip, which would lie beside the picture while the artist paints. */
  hideTooltip() {
    for (
      let above = this.element.parentElement;
      above && !above.dataset.nodeId;
      above = above.parentElement
    ) {
      above.dispatchEvent(new MouseEvent("mouseleave"));
    }
  }

  /** Says on the node where the document comes from: the classic canvas hides a widget that is linked. */
  drawLinked() {
    const { ctx } = app.canvas;
    if (!ctx || !this.widget || !this.linked) return;
    ctx.save();
    ctx.globalAlpha = 0.7;
    ctx.fillStyle = "#999";
    ctx.font = "12px sans-serif";
    ctx.textAlign = "left";
    ctx.fillText("The document comes from a link; remove it to paint here.", 15, (this.widget.y ?? 0) + 30);
    ctx.restore();
  }
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

/**
 * Lets stored workflows that do not know a widget keep what the node did before the widget existed, where its default
 * is something else. @param {{prototype: GraphNode}} nodeType @param {NodeDefinition} definition
 */
function keepEarlierBehaviour(nodeType, { input }) {
  const inputs = Object.entries({ ...input?.required, ...input?.optional });
  const earlier = inputs.filter(([, [, options]]) => options?.flowbrush_before !== undefined);
  if (!earlier.length) return;
  const configure = nodeType.prototype.onConfigure;
  nodeType.prototype.onConfigure = function (/** @type {{widgets_values?: unknown}} */ stored) {
    configure?.call(this, stored);
    const { widgets_values: values } = stored;
    for (const [name, [, options]] of earlier) {
      const index = this.widgets?.findIndex((widget) => widget.name === name) ?? -1;
      if (Array.isArray(values) && index >= values.length && this.widgets)
        this.widgets[index].value = options?.flowbrush_before;
    }
  };
}

app.registerExtension({
  name: "Flowbrush.MotionBrush",
  beforeRegisterNodeDef: keepEarlierBehaviour,
  getCustomWidgets: () => ({
    [WIDGET_TYPE]: (node, name, input) => {
      const options = /** @type {{default?: string} | undefined} */ (input?.[1]);
      return {
        widget: new DocumentWidget(node, name, options?.default ?? "").widget,
        minWidth: MIN_WIDTH,
        minHeight: MIN_HEIGHT,
      };
    },
  }),
  nodeCreated(node) {
    if (!node.widgets?.some((widget) => widget.type === WIDGET_TYPE)) return;
    node.setSize(FIRST_SIZE.map((side, axis) => Math.max(side, node.size[axis])));
  },
});
