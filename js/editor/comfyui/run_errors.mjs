// @ts-check
// Why a run failed or was refused, as a sentence for the artist.

/** @import { ComfyApp, GraphNode, NodeErrors } from "./litegraph" */

const LONGEST = 400; // characters of a reason
const NOTHING_PAINTED = /^Motion Brush has no motion yet/;

/** The last part of the path "4:2" of a node in a subgraph. @param {unknown} path */
const ownId = (path) => String(path).split(":").at(-1);

/** The title of a node as the artist sees it: of the subgraph where it is in one. @param {ComfyApp} app @param {unknown} path "4" or "4:2" */
export function titleOf(app, path) {
  const graph = app.rootGraph ?? app.graph;
  return String(graph?.getNodeById(String(path).split(":")[0])?.title ?? "");
}

/** A reason, after the title of its node where that is another than the editor's. @param {ComfyApp} app @param {GraphNode | null} node @param {unknown} path @param {string} text */
function reasonOf(app, node, path, text) {
  const short = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  const isOwn = ownId(path) === String(node?.id) || NOTHING_PAINTED.test(text);
  const title = isOwn ? "" : titleOf(app, path);
  return title ? `${title}: ${short}` : short;
}

/** The sentence of an error that a node raised. @param {{exception_message?: unknown, exception_type?: unknown}} detail of an execution_error */
export function messageOf({ exception_message: message, exception_type: type }) {
  const text = String(message ?? "")
    .trim()
    .replace(/^Execution Blocked: /, "");
  return text || `It stopped with ${String(type ?? "an error")}.`;
}

/** Why a run failed. @param {ComfyApp} app @param {GraphNode | null} node whose editor it is @param {{node_id?: unknown, exception_message?: unknown}} detail of an execution_error */
export const failureOf = (app, node, detail) => reasonOf(app, node, detail.node_id, messageOf(detail));

/** The sentences of the errors for which ComfyUI refused a graph, by the paths of their nodes. @param {NodeErrors | null | undefined} refused @returns {[path: string, sentence: string][]} */
export function refusals(refused) {
  return Object.entries(refused ?? {}).flatMap(([path, { errors = [] }]) =>
    errors.map(({ type, message = "", details = "", extra_info: info }) => {
      const name = info?.input_name ?? details;
      const own = details.replace(/^\S+ - /, ""); // after the name of the input
      const sentence =
        type === "custom_validation_failed"
          ? own
          : type === "required_input_missing"
            ? `“${name}” needs a link.`
            : [message, details].filter(Boolean).join(": ");
      return /** @type {[string, string]} */ ([path, sentence]);
    }),
  );
}

/** Why ComfyUI refused the graph, the editor's own node first; "" where it did not. @param {ComfyApp} app @param {GraphNode | null} node */
export function refusalOf(app, node) {
  const all = refusals(app.lastNodeErrors);
  const [path, sentence] = all.find(([at]) => ownId(at) === String(node?.id)) ?? all[0] ?? [];
  return sentence ? reasonOf(app, node, path, sentence) : "";
}
