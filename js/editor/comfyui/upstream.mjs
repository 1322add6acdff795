// @ts-check
// Where a node's input comes from, read from the graph without running it. Nodes, links and graphs are
// litegraph's.

/** @typedef {{filename: string, subfolder: string, type: string}} File */
/** @typedef {{kind: "example", name: string, width: number, height: number, variation: number}} Example */
/** @typedef {{kind: "file"} & File | Example} Source */
/** @typedef {{width: number, height: number, mode: string}} Fit as First Frame does it */
/** @typedef {{source: Source, fit: Fit | null, label: string}} Picture */
/** @typedef {{node: any, slot: number}} Output */

const BYPASSED = 4;
const MUTED = 2;
const MAX_HOPS = 64;
const FIRST_FRAME_SIZES = { width: 2, height: 3, length: 4 };

/** The place of a named input, or -1. */
export const slotOf = (/** @type {any} */ node, /** @type {string} */ name) =>
  node.inputs?.findIndex((/** @type {any} */ input) => input.name === name) ?? -1;

const linkOf = (/** @type {any} */ graph, /** @type {any} */ id) =>
  graph?.getLink?.(id) ?? graph?.links?.get?.(id) ?? graph?.links?.[id] ?? null;

/** The node that stands for `graph` in the graph above it. */
function hostOf(/** @type {any} */ graph) {
  const root = graph.rootGraph;
  if (!root || root === graph) return null;
  for (const above of [root, ...(root.subgraphs?.values() ?? [])]) {
    const host = above.nodes.find((/** @type {any} */ node) => node.subgraph === graph);
    if (host) return host;
  }
  return null;
}

/** The output that feeds an input: past reroutes and bypassed nodes, into and out of subgraphs; null where nothing is
 * linked, or a muted node. @param {any} node @param {number} slot @param {number} [hops] @returns {Output | null} */
export function origin(node, slot, hops = 0) {
  const id = node?.inputs?.[slot]?.link;
  if (id == null || hops > MAX_HOPS) return null;
  const { graph } = node;
  const link = linkOf(graph, id);
  if (!link) return null;
  if (graph.inputNode && link.origin_id === graph.inputNode.id) {
    return origin(hostOf(graph), link.origin_slot, hops + 1);
  }
  return through(graph.getNodeById(link.origin_id), link.origin_slot, hops + 1);
}

/** @type {(node: any, slot: number, hops: number) => Output | null} */
function through(node, slot, hops) {
  if (!node || hops > MAX_HOPS || node.mode === MUTED) return null;
  if (node.type === "Reroute") return origin(node, 0, hops);
  if (node.mode === BYPASSED) {
    const { type } = node.outputs[slot];
    const same = (/** @type {any} */ input) => input?.type === type;
    return origin(node, same(node.inputs?.[slot]) ? slot : (node.inputs?.findIndex(same) ?? -1), hops);
  }
  if (node.subgraph) {
    const inside = node.subgraph.outputNode?.slots?.[slot] ?? node.subgraph.outputs?.[slot];
    const link = linkOf(node.subgraph, inside?.linkIds?.[0]);
    return link ? through(node.subgraph.getNodeById(link.origin_id), link.origin_slot, hops + 1) : null;
  }
  return { node, slot };
}

const widgetValue = (/** @type {any} */ node, /** @type {string} */ name) =>
  node.widgets?.find((/** @type {any} */ widget) => widget.name === name)?.value;

/** A number of a node: its widget's, or what a link brings where that can be known without a run.
 * @param {any} node @param {string} name @returns {number | null} */
export function numberOf(node, name, hops = 0) {
  const slot = slotOf(node, name);
  let value = widgetValue(node, name);
  if (slot >= 0 && node.inputs[slot].link != null) {
    const from = origin(node, slot);
    if (!from || hops > MAX_HOPS) return null;
    const side = Object.entries(FIRST_FRAME_SIZES).find(([, at]) => at === from.slot)?.[0];
    if (from.node.type === "FlowbrushFirstFrame" && side) return numberOf(from.node, side, hops + 1);
    value = /^Primitive/.test(from.node.type) ? from.node.widgets?.[0]?.value : null;
  }
  return value == null || !Number.isFinite(Number(value)) ? null : Number(value);
}

/** The file that ComfyUI's text for one names: "folder/name.png [output]". @param {unknown} value @returns {File | null} */
export function fileOf(value) {
  const match =
    typeof value === "string" && value.match(/^(?:(.*)\/)?([^/]+?)(?: \[(input|output|temp)\])?$/);
  return match ? { filename: match[2], subfolder: match[1] ?? "", type: match[3] ?? "input" } : null;
}

/** What a node showed when it last ran. `app.nodeOutputs` names nodes of subgraphs by graph and node. */
export function outputsOf(/** @type {any} */ app, /** @type {any} */ node) {
  const { graph } = node;
  const inside = graph?.rootGraph && graph.rootGraph !== graph;
  return app.nodeOutputs?.[inside ? `${graph.id}:${node.id}` : String(node.id)] ?? {};
}

/** The picture at an input, as far as it can be known now. @param {any} app @param {any} node @param {string} name
 * @returns {Picture | null} */
export function pictureAt(app, node, name, hops = 0) {
  const from = origin(node, slotOf(node, name));
  if (!from || hops > MAX_HOPS) return null;
  const { type } = from.node;
  if (type === "FlowbrushFirstFrame" && from.slot < 2) {
    const inner = pictureAt(app, from.node, from.slot ? "last_image" : "image", hops + 1);
    const [width, height] = [numberOf(from.node, "width"), numberOf(from.node, "height")];
    // Two fits in a row cannot be asked for in one request.
    if (!inner || inner.fit || !width || !height) return null;
    return { ...inner, fit: { width, height, mode: String(widgetValue(from.node, "fit") ?? "crop") } };
  }
  const label = String(from.node.title ?? type);
  if (type === "FlowbrushExampleImage") {
    const [width, height, variation] = ["width", "height", "variation"].map((side) =>
      numberOf(from.node, side),
    );
    if (!width || !height) return null;
    const named = { name: String(widgetValue(from.node, "name")), variation: variation ?? 0 };
    return { source: { kind: "example", width, height, ...named }, fit: null, label };
  }
  const file = loads(from) ? fileOf(widgetValue(from.node, "image")) : outputsOf(app, from.node).images?.[0];
  return file?.filename ? { source: { kind: "file", ...plain(file) }, fit: null, label } : null;
}

const loads = (/** @type {Output} */ { node, slot }) => /^LoadImage(Output)?$/.test(node.type) && slot === 0;

/** @type {(file: any) => File} */
const plain = ({ filename, subfolder, type }) => ({
  filename,
  subfolder: subfolder ?? "",
  type: type ?? "output",
});

/** The one mask at an input as a file's channel; null where that cannot be known without a run.
 * @param {any} node @param {string} name @returns {(File & {channel: string}) | null} */
export function maskAt(node, name) {
  const from = origin(node, slotOf(node, name));
  if (!from) return null;
  const file = fileOf(widgetValue(from.node, "image"));
  if (!file) return null;
  if (/^LoadImage(Output)?$/.test(from.node.type) && from.slot === 1) return { ...file, channel: "alpha" };
  if (from.node.type !== "LoadImageMask") return null;
  return { ...file, channel: String(widgetValue(from.node, "channel") ?? "alpha") };
}

/** True where something is linked to that input. */
export const isLinked = (/** @type {any} */ node, /** @type {string} */ name) =>
  node.inputs?.[slotOf(node, name)]?.link != null;
