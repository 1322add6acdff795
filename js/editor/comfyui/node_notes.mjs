// @ts-check
// The reason why a Flowbrush node did not run, written below the node.
import { messageOf, refusals } from "./run_errors.mjs";

/** @import { ComfyApp, Graph, GraphNode } from "./litegraph" */

const OWN = /^Flowbrush/;
const BELOW = 12; // px between the node, whose error ComfyUI frames, and the sentence
const LINE = 16; // px
const PADDING = 8;
const FONT = "12px sans-serif";
const BACK = "#5a1e1e";
const TEXT = "#fff";
const POLL_MS = 200;
const POLLS = 50;

/** The sentence below each node that has one. @type {WeakMap<GraphNode, string>} */
const notes = new WeakMap();
/** The nodes whose drawing was extended. @type {WeakSet<GraphNode>} */
const drawn = new WeakSet();
let stopWaiting = () => {};

/** The nodes on the way to a node: those of the subgraphs, and itself. @param {ComfyApp} app @param {string} path "4:2" @returns {GraphNode[]} */
function nodesOf(app, path) {
  const found = [];
  let graph = /** @type {Graph | null | undefined} */ (app.rootGraph ?? app.graph);
  for (const id of path.split(":")) {
    const node = graph?.getNodeById(id);
    if (!node) break;
    found.push(node);
    graph = node.subgraph;
  }
  return found;
}

/** The lines of a text in a width. @param {CanvasRenderingContext2D} context @param {string} text @param {number} width */
function linesOf(context, text, width) {
  const lines = [""];
  for (const word of text.split(/\s+/)) {
    const longer = `${lines.at(-1)} ${word}`.trim();
    if (lines.at(-1) && context.measureText(longer).width > width) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

/** Draws the sentence of a node below it on the classic canvas. @param {GraphNode} node @param {CanvasRenderingContext2D} context */
function drawNote(node, context) {
  const text = notes.get(node);
  if (!text) return;
  context.save();
  context.font = FONT;
  context.textAlign = "left";
  context.textBaseline = "top";
  const [width, height] = node.size;
  const lines = linesOf(context, text, width - 2 * PADDING);
  context.fillStyle = BACK;
  context.beginPath();
  context.roundRect(0, height + BELOW, width, lines.length * LINE + 2 * PADDING, 6);
  context.fill();
  context.fillStyle = TEXT;
  lines.forEach((line, row) => context.fillText(line, PADDING, height + BELOW + PADDING + row * LINE));
  context.restore();
}

/** Shows a sentence below the node of Nodes 2.0, where it is on the page; "" removes it. @param {GraphNode} node @param {string} text */
function showElement(node, text) {
  const element = document.querySelector(`[data-node-id="${node.id}"]`);
  if (!element) return;
  element.querySelector(":scope > .flowbrush-note")?.remove();
  if (!text) return;
  const note = Object.assign(document.createElement("div"), {
    className: "flowbrush-note",
    textContent: text,
  });
  note.setAttribute("role", "alert");
  note.style.cssText =
    "position:absolute;top:calc(100% + 6px);left:0;right:0;padding:8px;border-radius:6px;" +
    `background:${BACK};color:${TEXT};font:${FONT}`;
  element.append(note);
}

/** @param {ComfyApp} app @param {string} path @param {string} text */
function note(app, path, text) {
  for (const node of nodesOf(app, path)) {
    notes.set(node, text);
    showElement(node, text);
    if (!drawn.has(node)) {
      const { onDrawForeground } = node;
      drawn.add(node);
      node.onDrawForeground = function (context, ...rest) {
        onDrawForeground?.call(this, context, ...rest);
        drawNote(node, context);
      };
    }
  }
  app.canvas.setDirty(true, true);
}

/** Removes all sentences. @param {ComfyApp} app */
function clear(app) {
  const root = app.rootGraph ?? app.graph;
  for (const graph of [root, ...(root?.subgraphs?.values() ?? [])])
    for (const node of graph?.nodes ?? []) {
      if (!notes.delete(node)) continue;
      showElement(node, "");
    }
  app.canvas.setDirty(true, true);
}

/** A graph is being queued: the sentences of the run before go, and those of a refusal come. @param {ComfyApp} app */
export async function noteRefusals(app) {
  stopWaiting();
  clear(app);
  const over = new AbortController();
  stopWaiting = () => over.abort();
  for (let poll = 0; poll < POLLS && !over.signal.aborted; poll++) {
    await new Promise((done) => setTimeout(done, POLL_MS));
    const refused = app.lastNodeErrors;
    if (over.signal.aborted || !refused || !Object.keys(refused).length) continue;
    for (const [path, sentence] of refusals(refused))
      if (OWN.test(refused[path].class_type ?? "")) note(app, path, sentence);
    return;
  }
}

/** A run has begun. */
export const endWaiting = () => stopWaiting();

/** A node has raised an error. @param {ComfyApp} app @param {{node_id?: unknown, node_type?: unknown, exception_message?: unknown}} detail */
export function noteFailure(app, detail) {
  if (OWN.test(String(detail.node_type))) note(app, String(detail.node_id), messageOf(detail));
}
