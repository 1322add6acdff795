// @ts-check
// The controls that ComfyUI's App mode shows of a workflow.

/** @import { AppControl, ComfyApp, Graph, GraphNode } from "./litegraph" */

/**
 * Puts the picture of a Load Image in the place of the controls of the node that it replaces; whether there were any.
 * @param {Graph | null | undefined} graph the root graph @param {GraphNode} old @param {GraphNode} fresh
 */
export function replaceControl(graph, old, fresh) {
  const data = graph?.extra?.linearData;
  const isOfOld = (/** @type {AppControl} */ [node]) => nodeOf(node) === String(old.id);
  const first = data?.inputs?.findIndex(isOfOld) ?? -1;
  if (!data?.inputs || first < 0) return false;
  const others = data.inputs.filter((control) => !isOfOld(control));
  data.inputs = [...others.slice(0, first), [fresh.id, "image"], ...others.slice(first)];
  return true;
}

/** Makes App mode read its controls again, which it does only when the workflow is loaded. @param {ComfyApp} app */
export async function showControls(app) {
  const workflow = app.extensionManager?.workflow?.activeWorkflow;
  const stored = app.rootGraph?.serialize?.();
  if (workflow && stored) await app.loadGraphData?.(stored, false, false, workflow);
}

/** The id of the node of a control, which ComfyUI writes alone or as graph:node:widget. @param {unknown} control */
function nodeOf(control) {
  const parts = String(control).split(":");
  return decodeURIComponent(parts.length > 2 ? parts[parts.length - 2] : parts[0]);
}
