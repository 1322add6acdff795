// @ts-check
// Where the input of a node comes from, read from the graph without running it.
import { inputIndex, isLinked, widgetValue } from "./node_inputs.mjs";

/** @import { ChannelReference, FileReference } from "../parts" */
/** @import { ComfyApp, Graph, GraphLink, GraphNode, GraphSlot, NodeOutputs, OutputFile } from "./litegraph" */
/** @typedef {{kind: "example", name: string, width: number, height: number, variation: number}} ExampleSource */
/** @typedef {{kind: "file"} & FileReference} FileSource */
/** @typedef {{width: number, height: number, mode: string}} Fit how First Frame fits a picture to the video */
/** @typedef {import("./clip_source.mjs").VideoSource} VideoSource */
/**
 * @typedef {{source: FileSource | ExampleSource | VideoSource, fit: Fit | null, label: string, size?: {width: number, height: number},
 *   clip?: import("./clip_source.mjs").ClipFrames, first?: number}} PictureSource `size`: of the picture, where its file is known to
 *   be smaller; `clip`: where it is a frame of one that can be scrubbed, and `first` the number of that clip's first frame in the file
 */
/** @typedef {(output: Output) => {source: VideoSource, clip: import("./clip_source.mjs").ClipFrames} | null} ClipReader */
/** @typedef {readonly GraphNode[]} Hosts the nodes of subgraphs through which something is seen, as a subgraph can be used by several */
/** @typedef {{node: GraphNode, slot: number, hosts: Hosts}} Output */

const BYPASSED = 4; // modes of a node
const MUTED = 2;
const MAX_HOPS = 64;
/** The outputs of First Frame that give sizes. @type {Record<number, string>} */
const FIRST_FRAME_SIZES = { 2: "width", 3: "height", 4: "length" };

/** A link of a graph by its id. @param {Graph | null | undefined} graph @param {number | string | undefined} id @returns {GraphLink | null} */
export function linkOf(graph, id) {
  if (!graph || id === undefined) return null;
  const { links } = graph;
  const stored = links instanceof Map ? links.get(id) : links?.[id];
  return graph.getLink?.(id) ?? stored ?? null;
}

/** The node that stands for a subgraph in the graph above it: the one among `hosts`, or the first. @param {Graph} graph @param {Hosts} hosts */
function subgraphNode(graph, hosts) {
  const known = hosts.find((node) => node.subgraph === graph);
  if (known) return known;
  const root = graph.rootGraph;
  if (!root || root === graph) return null;
  for (const above of [root, ...(root.subgraphs?.values() ?? [])]) {
    const found = above.nodes.find((node) => node.subgraph === graph);
    if (found) return found;
  }
  return null;
}

/**
 * The output that feeds an input: past reroutes and bypassed nodes, into and out of subgraphs; null where nothing is
 * linked, or where a muted node is. @param {GraphNode | null} node @param {number} slot @param {Hosts} [hosts]
 * @param {number} [hops] @returns {Output | null}
 */
export function origin(node, slot, hosts = [], hops = 0) {
  const id = node?.inputs?.[slot]?.link;
  const graph = node?.graph;
  if (id == null || !graph || hops > MAX_HOPS) return null;
  const link = linkOf(graph, id);
  if (!link) return null;
  if (graph.inputNode && link.origin_id === graph.inputNode.id)
    return origin(subgraphNode(graph, hosts), link.origin_slot, hosts, hops + 1);
  return throughNode(graph.getNodeById(link.origin_id), link.origin_slot, hosts, hops + 1);
}

/** The output behind a node's output: that output itself, unless the node is a reroute, bypassed or a subgraph. @param {GraphNode | null | undefined} node @param {number} slot @param {Hosts} hosts @param {number} hops @returns {Output | null} */
function throughNode(node, slot, hosts, hops) {
  if (!node || hops > MAX_HOPS || node.mode === MUTED) return null;
  if (node.type === "Reroute") return origin(node, 0, hosts, hops);
  if (node.mode === BYPASSED) {
    const { type } = node.outputs[slot];
    const isAlike = (/** @type {GraphSlot | undefined} */ input) => input?.type === type;
    const same = isAlike(node.inputs?.[slot]) ? slot : (node.inputs?.findIndex(isAlike) ?? -1);
    return origin(node, same, hosts, hops);
  }
  if (node.subgraph) {
    const inside = node.subgraph.outputNode?.slots?.[slot] ?? node.subgraph.outputs?.[slot];
    const link = linkOf(node.subgraph, inside?.linkIds?.[0]);
    if (!link) return null;
    return throughNode(
      node.subgraph.getNodeById(link.origin_id),
      link.origin_slot,
      [node, ...hosts],
      hops + 1,
    );
  }
  return { node, slot, hosts };
}

/** The value of a widget, also where it is promoted to the node of a subgraph; null where another node gives it. @param {GraphNode} node @param {string} name @param {Hosts} hosts @returns {unknown} */
export function valueAt(node, name, hosts) {
  if (!isLinked(node, name)) return widgetValue(node, name);
  const { graph } = node;
  const link = linkOf(graph, node.inputs?.[inputIndex(node, name)]?.link ?? undefined);
  if (!graph?.inputNode || link?.origin_id !== graph.inputNode.id) return null;
  const host = subgraphNode(graph, hosts);
  const input = host?.inputs?.[link.origin_slot];
  return host && input ? valueAt(host, input.widget?.name ?? input.name, hosts) : null;
}

/** A number of a node: of its widget, or of what is linked to it where that is known without a run. @param {GraphNode} node @param {string} name @param {Hosts} [hosts] @returns {number | null} */
export function numberOf(node, name, hosts = [], hops = 0) {
  let value = valueAt(node, name, hosts);
  if (value == null && isLinked(node, name)) {
    const from = origin(node, inputIndex(node, name), hosts);
    if (!from || hops > MAX_HOPS) return null;
    const side = FIRST_FRAME_SIZES[from.slot];
    if (from.node.type === "FlowbrushFirstFrame" && side)
      return numberOf(from.node, side, from.hosts, hops + 1);
    value = /^Primitive/.test(from.node.type) ? from.node.widgets?.[0]?.value : null;
  }
  return value == null || !Number.isFinite(Number(value)) ? null : Number(value);
}

/** The file that ComfyUI's text "folder/name.png [output]" names; null for anything else. @param {unknown} value @returns {FileReference | null} */
export function fileOf(value) {
  const match =
    typeof value === "string" && value.match(/^(?:(.*)\/)?([^/]+?)(?: \[(input|output|temp)\])?$/);
  return match ? { filename: match[2], subfolder: match[1] ?? "", type: match[3] ?? "input" } : null;
}

/** What a node showed when it ran last. @param {ComfyApp} app @param {GraphNode} node @returns {NodeOutputs} */
export function outputsOf(app, node) {
  const { graph } = node;
  // ComfyUI names the nodes of subgraphs by graph and node.
  const inside = graph?.rootGraph && graph.rootGraph !== graph;
  return app.nodeOutputs?.[inside ? `${graph.id}:${node.id}` : String(node.id)] ?? {};
}

/**
 * The picture at an input, or null if it is not known without a run. @param {ComfyApp} app @param {GraphNode} node @param {string} name
 * @param {Hosts} [hosts] @param {ClipReader} [clipAt] finds the clip that an output gives @returns {PictureSource | null}
 */
export function pictureAt(app, node, name, hosts = [], clipAt = () => null, hops = 0) {
  const from = origin(node, inputIndex(node, name), hosts);
  if (!from || hops > MAX_HOPS) return null;
  const { type } = from.node;
  if (type === "FlowbrushFirstFrame" && from.slot < 2) return firstFramePicture(app, from, clipAt, hops);
  const label = String(from.node.title ?? type);
  const clip = clipAt(from);
  if (clip) return { ...clip, fit: null, label };
  if (type === "FlowbrushExampleImage") return examplePicture(from, label);
  const file = loadsPicture(from)
    ? fileOf(valueAt(from.node, "image", from.hosts))
    : (outputsOf(app, from.node).images?.[0] ?? previewBeside(app, from));
  return file?.filename ? { source: { kind: "file", ...fileReference(file) }, fit: null, label } : null;
}

/** The picture at First Frame, fitted to the video; null if it is fitted already, because a request can fit a picture only once. @param {ComfyApp} app @param {Output} from @param {ClipReader} clipAt @param {number} hops @returns {PictureSource | null} */
function firstFramePicture(app, { node, slot, hosts }, clipAt, hops) {
  const inner = pictureAt(app, node, slot ? "last_image" : "image", hosts, clipAt, hops + 1);
  const width = numberOf(node, "width", hosts);
  const height = numberOf(node, "height", hosts);
  if (!inner || inner.fit || !width || !height) return null;
  const fit = { width, height, mode: String(valueAt(node, "fit", hosts) ?? "crop") };
  return { ...inner, clip: undefined, fit }; // First Frame takes the first picture of a clip
}

/** The picture that a Preview Image or Save Image at the same output showed when it ran last. @param {ComfyApp} app @param {Output} output */
function previewBeside(app, { node, slot }) {
  for (const id of node.outputs[slot]?.links ?? []) {
    const target = node.graph?.getNodeById(linkOf(node.graph, id)?.target_id ?? -1);
    const image = target && /^(Preview|Save)Image$/.test(target.type) && outputsOf(app, target).images?.[0];
    if (image) return image;
  }
}

/** @param {Output} output @param {string} label @returns {PictureSource | null} */
function examplePicture({ node, hosts }, label) {
  const width = numberOf(node, "width", hosts);
  const height = numberOf(node, "height", hosts);
  const name = String(valueAt(node, "name", hosts) ?? "");
  if (!width || !height || !name) return null;
  const variation = numberOf(node, "variation", hosts) ?? 0;
  return { source: { kind: "example", width, height, name, variation }, fit: null, label };
}

/** @param {GraphNode} node */
const isLoadImage = (node) => /^LoadImage(Output)?$/.test(node.type);

/** @param {Output} output */
const loadsPicture = ({ node, slot }) => isLoadImage(node) && slot === 0;

/** A reference to a file of a node's outputs. @param {OutputFile} file @returns {FileReference} */
const fileReference = ({ filename, subfolder, type }) => ({
  filename,
  subfolder: subfolder ?? "",
  type: type ?? "output",
});

/** The mask at an input as a channel of a file; null where it is not known without a run. @param {GraphNode} node @param {string} name @param {Hosts} [hosts] @returns {ChannelReference | null} */
export function maskAt(node, name, hosts = []) {
  const from = origin(node, inputIndex(node, name), hosts);
  if (!from) return null;
  const file = fileOf(valueAt(from.node, "image", from.hosts));
  if (!file) return null;
  if (isLoadImage(from.node) && from.slot === 1) return { ...file, channel: "alpha" };
  if (from.node.type !== "LoadImageMask") return null;
  return { ...file, channel: String(valueAt(from.node, "channel", from.hosts) ?? "alpha") };
}
