// @ts-check
// The pack's entry in ComfyUI: gives the Motion Brush its widget; the editor loads when the first is seen.

import { api } from "../../scripts/api.js";
import { app } from "../../scripts/app.js";

const WIDGET_TYPE = "FLOWBRUSH_EDITOR";
const FIRST_SIZE = [480, 700];
const MIN_HEIGHT = 320;
const MIN_WIDTH = 320;
const WAIT_MS = 3000;

/** The elements of nodes that have just gone, by graph and node. @type {Map<string, HTMLElement>} */
const departed = new Map();

/** The document of one node: its text until the editor is there, and then the editor's. */
class DocumentWidget {
  /**
   * @param {any} node the litegraph node
   * @param {string} name of the input
   * @param {string} text the document of a new node
   */
  constructor(node, name, text) {
    this.node = node;
    this.name = name;
    this.text = text;
    /** @type {any} a NodeEditor of editor/comfyui/widget.mjs */
    this.editor = null;
    this.opening = 0;
    this.key = "";
    /** @type {HTMLElement} */
    this.element = document.createElement("div");
    this.element.className = "flowbrush-widget";
    this.element.style.cssText = "position:relative;display:flex;min-width:0;min-height:0;overflow:hidden";
    // Nodes 2.0 leaves the wheel to whatever holds the focus inside an element marked like this.
    this.element.dataset.captureWheel = "true";
    this.element.title = "";
    this.element.addEventListener("mouseenter", () => this.quieten());
    this.seen = new IntersectionObserver((entries) =>
      this.appear(entries.some((entry) => entry.isIntersecting)),
    );
    this.widget = node.addDOMWidget(name, WIDGET_TYPE, this.element, {
      getValue: () => this.value,
      setValue: (/** @type {unknown} */ value) => this.take(value),
      getMinHeight: () => MIN_HEIGHT,
      hideOnZoom: false,
      onDraw: () => this.drawLinked(),
    });
    // What we hang on this one node calls what was there before.
    chain(node, "onAdded", () => this.enter());
    chain(node, "onRemoved", () => this.remove());
    chain(node, "onConnectionsChange", () => this.editor?.follow());
  }

  get value() {
    return this.editor ? this.editor.value : this.text;
  }

  /** @param {unknown} value a workflow's, as it was stored; anything but text is kept as readable JSON */
  take(value) {
    this.text = typeof value === "string" ? value : value == null ? "" : JSON.stringify(value);
    this.editor?.load(this.text);
  }

  /** The input's link, where the document comes from another node. */
  get linked() {
    const input = this.node.inputs?.find((/** @type {any} */ slot) => slot.widget?.name === this.name);
    return input?.link != null;
  }

  /** @param {boolean} visible */
  async appear(visible) {
    this.editor?.setVisible(visible);
    if (!visible || this.editor || this.opening) return;
    const opening = (this.opening = Date.now());
    try {
      const { openEditor, loadStyle } = await import("./editor/comfyui/widget.mjs");
      await loadStyle("editor.css"); // no editor is seen before its style
      if (this.opening === opening && !this.editor) this.editor = openEditor(this, app, api);
    } catch (error) {
      console.error("Flowbrush: the editor did not load", error);
      if (!this.editor) this.element.textContent = `The Flowbrush editor did not load: ${error}`;
    }
    if (this.opening === opening) this.opening = 0;
  }

  /**
   * The node is in a graph. Where ComfyUI's undo has made it again, Nodes 2.0 goes on showing the element of
   * the node that was there before: so that is taken.
   */
  enter() {
    // Remembered: a graph that is cleared loses its id before its nodes.
    this.key = `${this.node.graph?.id}:${this.node.id}`;
    this.element = departed.get(this.key) ?? this.element;
    departed.delete(this.key);
    if (this.widget) this.widget.element = this.element;
    this.seen.observe(this.element);
  }

  /** The node goes; its text stays, for it may be put back. */
  remove() {
    const { key, element } = this;
    departed.set(key, element);
    setTimeout(() => departed.get(key) === element && departed.delete(key), WAIT_MS);
    this.seen.disconnect();
    this.opening = 0;
    this.text = this.value;
    const { editor } = this;
    this.editor = null;
    editor?.leave();
  }

  /** The input's tooltip would lie beside the picture while the artist paints: its wait ends here. */
  quieten() {
    for (
      let above = this.element.parentElement;
      above && !above.dataset.nodeId;
      above = above.parentElement
    ) {
      above.dispatchEvent(new MouseEvent("mouseleave"));
    }
  }

  /** The classic canvas hides a widget that is linked: the node's face says where the document comes from. */
  drawLinked() {
    const { ctx } = app.canvas;
    if (!ctx || !this.widget || !this.linked) return;
    ctx.save();
    ctx.globalAlpha = 0.7;
    ctx.fillStyle = "#999";
    ctx.font = "12px sans-serif";
    ctx.textAlign = "left";
    ctx.fillText("The document comes from a link; remove it to paint here.", 15, this.widget.y + 30);
    ctx.restore();
  }
}

/**
 * Call `also` after the method of one node that may be there already.
 * @param {any} node
 * @param {string} name
 * @param {() => void} also
 */
function chain(node, name, also) {
  const before = node[name];
  node[name] = function (/** @type {any[]} */ ...given) {
    const result = before?.apply(this, given);
    also();
    return result;
  };
}

app.registerExtension({
  name: "Flowbrush.MotionBrush",
  getCustomWidgets: () => ({
    /** @type {(node: any, name: string, input: any) => {widget: any, minWidth: number, minHeight: number}} */
    [WIDGET_TYPE]: (node, name, input) => ({
      widget: new DocumentWidget(node, name, input?.[1]?.default ?? "").widget,
      minWidth: MIN_WIDTH,
      minHeight: MIN_HEIGHT,
    }),
  }),
  nodeCreated(/** @type {any} */ node) {
    if (!node.widgets?.some((/** @type {any} */ widget) => widget.type === WIDGET_TYPE)) return;
    node.setSize(FIRST_SIZE.map((side, axis) => Math.max(side, node.size[axis])));
  },
});
