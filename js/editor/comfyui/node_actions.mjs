// @ts-check
// What the pack's commands in ComfyUI do with the nodes of the graph.
import { said } from "../dom/language.mjs";
import { inputIndex } from "./node_inputs.mjs";

/** @import { ComfyApp, DocumentSlot, GraphNode } from "./litegraph" */

const EDITOR = "FLOWBRUSH_EDITOR";
const GAP = 60; // px between the picture and a new Motion Brush

/** The graph library of ComfyUI's page. @returns {{createNode(type: string): GraphNode, registered_node_types: object}} */
export const library = () =>
  /** @type {{LiteGraph: never}} */ (/** @type {unknown} */ (globalThis)).LiteGraph;

/** The editor's slot of a node, or null. @param {GraphNode} node @returns {DocumentSlot | null} */
const slotOf = (node) => node.widgets?.find(({ type }) => type === EDITOR)?.flowbrush ?? null;

/** Tells the artist why a command does nothing. @param {ComfyApp} app @param {string} detail */
export function explain(app, detail) {
  app.extensionManager?.toast.add({
    severity: "info",
    summary: "Flowbrush",
    detail: said(detail),
    life: 5000,
  });
}

/**
 * The editor that a command means: that in the full window, of the selected node, or the only one of the graph.
 * @param {ComfyApp} app @param {GraphNode[]} selected
 */
async function editorFor(app, selected) {
  const all = (app.canvas.graph?.nodes ?? []).filter(slotOf);
  const large = all.find((node) => slotOf(node)?.editor?.overlay);
  const chosen = selected.filter(slotOf);
  const node = large ?? (chosen.length === 1 ? chosen[0] : all.length === 1 ? all[0] : null);
  if (!node)
    explain(app, all.length ? "Select one Motion Brush first." : "There is no Motion Brush in this graph.");
  else if (slotOf(node)?.lock) explain(app, slotOf(node)?.lock ?? "");
  else return slotOf(node)?.open() ?? null;
  return null;
}

/** Shows an editor in the full window, or puts it back into its node. @param {ComfyApp} app @param {GraphNode[]} selected */
export async function openLarge(app, selected) {
  const editor = await editorFor(app, selected);
  await editor?.toggleLarge();
}

/** Plays what is painted, or stops. @param {ComfyApp} app @param {GraphNode[]} selected */
export async function playMotion(app, selected) {
  const session = (await editorFor(app, selected))?.session;
  if (session && !session.problem) session.setPlaying(!session.playing);
}

/** Adds a Motion Brush beside the selected node that gives a picture, and connects it, as one step of undo. @param {ComfyApp} app @param {GraphNode[]} selected */
export async function addMotionBrush(app, selected) {
  const { canvas } = app;
  const picture = selected.find((node) => imageOutput(node) >= 0);
  if (!picture) return explain(app, "Select a Load Image, or another node that gives a picture, first.");
  canvas.emitBeforeChange();
  try {
    const brush = library().createNode("FlowbrushMotionBrush");
    brush.pos = [picture.pos[0] + picture.size[0] + GAP, picture.pos[1]];
    canvas.graph?.add(brush);
    picture.connect(imageOutput(picture), brush, inputIndex(brush, "image"));
    canvas.selectItems?.([brush]);
  } finally {
    canvas.emitAfterChange();
  }
  canvas.setDirty(true, true);
}

/** The number of the first output that is a picture, or -1. @param {GraphNode} node */
export const imageOutput = (node) => node.outputs?.findIndex(({ type }) => type === "IMAGE") ?? -1;
