// @ts-check
// The pack's entry in ComfyUI. It gives the Motion Brush its widget; the editor is loaded when the first one is seen.
import { api } from "../../scripts/api.js";
import { app } from "../../scripts/app.js";

import {
  DocumentWidget,
  MIN_HEIGHT,
  MIN_WIDTH,
  showPromoted,
  WIDGET_TYPE,
} from "./editor/comfyui/document_widget.mjs";

/** @import { NodeDefinition, GraphNode } from "./editor/comfyui/litegraph" */

const FIRST_SIZE = [480, 700];
const WIDGET_HEIGHT = 20; // px in the classic canvas
const GAP = 4; // px that it adds to the height of each widget

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

/** Whether nodes are drawn as in Nodes 2.0, where advanced widgets are hidden at first; the classic canvas shows them. */
const areHidden = () =>
  /** @type {{LiteGraph?: {vueNodesMode?: boolean}}} */ (globalThis).LiteGraph?.vueNodesMode;

/** Lets a node be as small as its widgets are while the advanced ones are hidden. @param {GraphNode} node */
function closeGaps(node) {
  const advanced = node.widgets?.filter(({ options }) => options?.advanced) ?? [];
  for (const widget of advanced)
    widget.computeSize = () => [0, areHidden() && !node.showAdvanced ? -GAP : WIDGET_HEIGHT];
  if (advanced.length) node.setSize([node.size[0], node.computeSize()[1]]);
}

/** Writes below the pack's nodes why they did not run. */
function noteErrors() {
  const notes = () => import("./editor/comfyui/node_notes.mjs");
  api.addEventListener("promptQueueing", async () => (await notes()).noteRefusals(app));
  api.addEventListener("execution_start", async () => (await notes()).endWaiting());
  api.addEventListener("execution_error", async ({ detail }) => (await notes()).noteFailure(app, detail));
}

/** Whether ComfyUI has loaded the pack's nodes: it serves this page's part also where it could not. */
const hasNodes = async () => (await api.fetchApi("/object_info/FlowbrushMotionBrush")).json();

app.registerExtension({
  name: "Flowbrush.MotionBrush",
  async setup() {
    noteErrors();
    if ((await hasNodes()).FlowbrushMotionBrush) return;
    const { showImportProblem } = await import("./editor/comfyui/import_problem.mjs");
    await showImportProblem(app, api);
  },
  beforeRegisterNodeDef: keepEarlierBehaviour,
  getCustomWidgets: () => ({
    [WIDGET_TYPE]: (node, name, input) => {
      const options = /** @type {{default?: string} | undefined} */ (input?.[1]);
      return {
        widget: new DocumentWidget(app, api, node, name, options?.default ?? "").widget,
        minWidth: MIN_WIDTH,
        minHeight: MIN_HEIGHT,
      };
    },
  }),
  nodeCreated(node) {
    if (node.subgraph) showPromoted(node);
    if (node.comfyClass?.startsWith("Flowbrush")) closeGaps(node);
    if (!node.widgets?.some((widget) => widget.type === WIDGET_TYPE)) return;
    node.setSize(FIRST_SIZE.map((side, axis) => Math.max(side, node.size[axis])));
  },
});
