// @ts-check
// A picture that the artist gives: uploaded, and put where the node's image comes from, as one step of undo.
import { isLinked, origin, slotOf } from "./upstream.mjs";

const GAP = 60;
const PREVIEW_MS = 1500; // at most, until a new node shows its picture

/**
 * Make `file` the picture of `node`. Throws an Error whose message the artist can read.
 * @param {any} app
 * @param {any} api
 * @param {any} node
 * @param {File} file
 */
export async function usePicture(app, api, node, file) {
  if (!file.type.startsWith("image/")) throw new Error(`${file.name} is not a picture`);
  const source = sourceOf(node);
  if (!source && isLinked(node, "image"))
    throw new Error("What is linked to “image” cannot be replaced from here");
  if (source && !["LoadImage", "FlowbrushExampleImage"].includes(source.type)) {
    throw new Error(`The picture comes from “${source.title}”: change it there, or remove the link`);
  }
  const name = await upload(api, file);
  const canvas = app.canvas;
  canvas.emitBeforeChange();
  try {
    if (source?.type === "LoadImage") setImage(source, name);
    else await grown(source ? replace(source, name) : add(node, name));
  } finally {
    canvas.emitAfterChange();
  }
  canvas.setDirty(true, true);
}

/** The node that the picture comes from, behind First Frame. @type {(node: any, name?: string) => any} */
function sourceOf(node, name = "image") {
  const from = origin(node, slotOf(node, name));
  if (from?.node.type !== "FlowbrushFirstFrame" || from.slot > 1) return from?.node ?? null;
  return sourceOf(from.node, from.slot ? "last_image" : "image");
}

/** @type {(api: any, file: File) => Promise<string>} */
async function upload(api, file) {
  const body = new FormData();
  body.append("image", file);
  const answer = await api.fetchApi("/upload/image", { method: "POST", body });
  if (!answer.ok) throw new Error(`The upload failed: ${answer.status} ${answer.statusText}`);
  const { name, subfolder } = await answer.json();
  return subfolder ? `${subfolder}/${name}` : name;
}

/** @type {(node: any, name: string) => void} */
function setImage(node, name) {
  const widget = node.widgets.find((/** @type {any} */ each) => each.name === "image");
  const { values } = widget.options;
  if (Array.isArray(values) && !values.includes(name)) values.push(name);
  widget.value = name;
  widget.callback?.(name);
}

/** @type {(graph: any, name: string) => any} */
function loadImage(graph, name) {
  // @ts-expect-error ComfyUI's page has it
  const node = globalThis.LiteGraph.createNode("LoadImage");
  graph.add(node);
  setImage(node, name);
  return node;
}

/** A new Load Image has grown to the size of its preview: that is no step of undo of its own. @param {any} node */
async function grown(node) {
  // @ts-expect-error Nodes 2.0 keeps the size of what it shows to itself
  const end = performance.now() + (globalThis.LiteGraph.vueNodesMode ? 0 : PREVIEW_MS);
  while (performance.now() < end && !node.imgs?.length) await frame();
  await frame();
}

const frame = () => new Promise((done) => setTimeout(done, 20));

/** @type {(old: any, name: string) => any} */
function replace(old, name) {
  const { graph } = old;
  const fresh = loadImage(graph, name);
  fresh.pos = [...old.pos];
  const links = [...(old.outputs[0].links ?? [])].map((id) => graph.getLink?.(id) ?? graph.links.get(id));
  for (const link of links) {
    const target = graph.getNodeById(link.target_id);
    if (target) fresh.connect(0, target, link.target_slot);
    else graph.outputNode?.slots?.[link.target_slot]?.connect(fresh.outputs[0], fresh);
  }
  graph.remove(old);
  return fresh;
}

/** @type {(node: any, name: string) => any} */
function add(node, name) {
  const fresh = loadImage(node.graph, name);
  fresh.pos = [node.pos[0] - fresh.size[0] - GAP, node.pos[1]];
  fresh.connect(0, node, slotOf(node, "image"));
  return fresh;
}
