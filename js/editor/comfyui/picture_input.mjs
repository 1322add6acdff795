// @ts-check
// Uploads a picture of the artist and connects it to the input of a node, in one step of undo.
import { replaceControl, showControls } from "./app_controls.mjs";
import { makeRoom } from "./make_room.mjs";
import { inputIndex, isLinked } from "./node_inputs.mjs";
import { linkOf, origin } from "./upstream.mjs";

/** @import { ComfyApi, ComfyApp, Graph, GraphNode } from "./litegraph" */
/** @import { Hosts } from "./upstream.mjs" */
/** @typedef {{node: GraphNode, hosts: Hosts}} Seen a node, and the nodes of subgraphs through which it is seen */

const GAP = 60; // px between the node and a new one
const NARROWEST = 225; // px of a Load Image
const HEIGHT = 350; // px that a Load Image takes with its preview
const PREVIEW_MS = 10_000; // longest wait until a new node shows its picture

/** The graph library of ComfyUI's page. @returns {{createNode(type: string): GraphNode, vueNodesMode?: boolean}} */
const library = () => /** @type {{LiteGraph?: never}} */ (globalThis).LiteGraph ?? fail();

/** @returns {never} */
function fail() {
  throw new Error("ComfyUI's page does not provide LiteGraph");
}

/**
 * Makes a file the picture of a node. Throws an Error whose message is for the artist.
 * @param {ComfyApp} app @param {ComfyApi} api @param {Seen} seen @param {File} file
 * @param {() => void} leaveExample called when the file takes the place of the example picture
 */
export async function usePicture(app, api, { node, hosts }, file, leaveExample) {
  if (!file.type.startsWith("image/")) throw new Error(`${file.name} is not a picture`);
  const source = sourceOf(node, hosts);
  if (!source && isLinked(node, "image"))
    throw new Error("The picture that is linked to “image” cannot be replaced from here");
  if (source && !["LoadImage", "FlowbrushExampleImage"].includes(source.type))
    throw new Error(`The picture comes from “${source.title}”: change it there, or remove the link`);
  const name = await upload(api, file);
  const { canvas } = app;
  let isControl = false;
  canvas.emitBeforeChange();
  try {
    if (source?.type === "LoadImage") setImage(source, name);
    else {
      const fresh = source ? replaceNode(source, name) : addNode(node, name);
      if (source && app.rootGraph === fresh.graph) isControl = replaceControl(fresh.graph, source, fresh);
      if (source) leaveExample();
      await untilGrown(fresh);
      if (source) makeRoom(fresh);
    }
  } finally {
    canvas.emitAfterChange();
  }
  if (isControl) await showControls(app);
  canvas.setDirty(true, true);
}

/** The node that the picture comes from; First Frame is skipped. @param {GraphNode} node @param {Hosts} hosts @param {string} [name] of the input @returns {GraphNode | null} */
function sourceOf(node, hosts, name = "image") {
  const from = origin(node, inputIndex(node, name), hosts);
  if (from?.node.type !== "FlowbrushFirstFrame" || from.slot > 1) return from?.node ?? null;
  return sourceOf(from.node, from.hosts, from.slot ? "last_image" : "image");
}

/** Uploads a file; returns its name as Load Image writes it. @param {ComfyApi} api @param {File} file @returns {Promise<string>} */
async function upload(api, file) {
  const body = new FormData();
  body.append("image", file);
  const answer = await api.fetchApi("/upload/image", { method: "POST", body });
  if (!answer.ok) throw new Error(`The upload failed: ${answer.status} ${answer.statusText}`);
  const { name, subfolder } = await answer.json();
  return subfolder ? `${subfolder}/${name}` : name;
}

/** @param {GraphNode} node a Load Image @param {string} name */
function setImage(node, name) {
  const widget = node.widgets?.find((each) => each.name === "image");
  if (!widget) return;
  const values = widget.options?.values;
  if (Array.isArray(values) && !values.includes(name)) values.push(name);
  widget.value = name;
  widget.callback?.(name);
}

/** Adds a Load Image to a graph. @param {Graph} graph @param {string} name */
function addLoadImage(graph, name) {
  const node = library().createNode("LoadImage");
  graph.add(node);
  setImage(node, name);
  return node;
}

/** Waits until a new Load Image has grown to the size of its preview, which must not be a step of undo of its own. @param {GraphNode} node */
async function untilGrown(node) {
  // Nodes 2.0 does not write the size of its preview to the node.
  const end = performance.now() + (library().vueNodesMode ? 0 : PREVIEW_MS);
  while (performance.now() < end && !node.imgs?.length) await pause();
  await pause();
}

const pause = () => new Promise((done) => setTimeout(done, 20));

/** Puts a Load Image in the place of a node. @param {GraphNode} old @param {string} name @returns {GraphNode} */
function replaceNode(old, name) {
  const graph = /** @type {Graph} */ (old.graph);
  const fresh = addLoadImage(graph, name);
  fresh.pos = [...old.pos];
  fresh.setSize([Math.max(old.size[0], NARROWEST), Math.max(fresh.size[1], HEIGHT)]);
  for (const id of [...(old.outputs[0].links ?? [])]) {
    const link = linkOf(graph, id);
    if (!link) continue;
    const target = graph.getNodeById(link.target_id);
    if (target) fresh.connect(0, target, link.target_slot);
    else graph.outputNode?.slots?.[link.target_slot]?.connect?.(fresh.outputs[0], fresh);
  }
  graph.remove(old);
  return fresh;
}

/** Adds a Load Image to the left of a node and connects it. @param {GraphNode} node @param {string} name @returns {GraphNode} */
function addNode(node, name) {
  const fresh = addLoadImage(/** @type {Graph} */ (node.graph), name);
  fresh.pos = [node.pos[0] - fresh.size[0] - GAP, node.pos[1]];
  fresh.connect(0, node, inputIndex(node, "image"));
  return fresh;
}
