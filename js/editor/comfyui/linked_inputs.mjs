// @ts-check
// Reads what is linked to the inputs of a node, and gives it to the session of the editor.
export { clipKey } from "./clip_picture.mjs";

import { parse } from "../document/document.mjs";
import { refusalText } from "../dom/refusal.mjs";
import { atFrame, isClip, showFrame } from "./clip_picture.mjs";
import { clipAt } from "./clip_source.mjs";
import { isLinked } from "./node_inputs.mjs";
import { maskAt, numberOf, outputsOf, pictureAt } from "./upstream.mjs";

/** @import { ChannelReference } from "../parts" */
/** @import { ComfyApi, ComfyApp, GraphNode, NodeOutputs, OutputFile } from "./litegraph" */
/** @import { Hosts, PictureSource } from "./upstream.mjs" */
/** @typedef {import("../document/session.mjs").Session} Session */

/**
 * Picture, masks, depth and length at the inputs. What is not known without a run is taken from the last run.
 * @param {ComfyApp} app @param {GraphNode} node @param {Hosts} hosts the nodes of subgraphs through which the node is seen
 * @param {number} frame of a clip that is painted on
 */
export function linkedInputs(app, node, hosts, frame) {
  const lastRun = outputsOf(app, node);
  const mask = maskAt(node, "masks", hosts);
  return {
    picture: atFrame(pictureOf(app, node, lastRun, hosts), frame),
    masks: mask ? [mask] : isLinkedTo(node, "masks") ? (lastRun.flowbrush_masks ?? []) : [],
    depth: depthOf(app, node, lastRun, hosts),
    length: numberOf(node, "length", hosts),
    proposal: isLinked(node, "layers") ? (lastRun.flowbrush_document?.[0] ?? null) : null,
  };
}

/** Whether an input is linked; LAYERS bring a picture and masks. @param {GraphNode} node @param {string} name */
const isLinkedTo = (node, name) => isLinked(node, name) || isLinked(node, "layers");

/** Takes over the layers that a run has made of LAYERS, unless something was painted already. @param {Session} session @param {string | null} text */
export function takeProposal(session, text) {
  if (text && !session.problem && !session.document.layers.length && !session.canRedo)
    session.apply(() => parse(text), "Layers of the input");
}

/** The connected picture, or the one of the last run where it is not known without a run. @param {ComfyApp} app @param {GraphNode} node @param {NodeOutputs} lastRun @param {Hosts} hosts @returns {PictureSource | null} */
function pictureOf(app, node, lastRun, hosts) {
  const known = pictureAt(app, node, "image", hosts, clipAt);
  const [file] = lastRun.flowbrush_picture ?? [];
  if (known || !file || !isLinkedTo(node, "image")) return known;
  return pictureOfRun(file, lastRun.flowbrush_clip?.[0]);
}

/** The picture, or the clip, that a node showed when it ran last. @param {OutputFile} picture @param {OutputFile} [clip] @returns {PictureSource} */
function pictureOfRun({ width = 0, height = 0, ...picture }, clip) {
  const { filename, subfolder = "", type = "output" } = clip ?? picture;
  const file = { filename, subfolder, type };
  return {
    ...(clip
      ? { source: { kind: "video", ...file, frame: 0 }, clip: { every: 1, most: null } }
      : { source: { kind: "file", ...file } }),
    fit: null,
    label: "The last run",
    ...(width > 0 && height > 0 && { size: { width, height } }),
  };
}

/** @param {ComfyApp} app @param {GraphNode} node @param {NodeOutputs} lastRun @param {Hosts} hosts @returns {ChannelReference | null} */
function depthOf(app, node, lastRun, hosts) {
  const picture = pictureAt(app, node, "depth", hosts);
  if (picture && !picture.fit && picture.source.kind === "file") {
    const { filename, subfolder, type } = picture.source;
    return { filename, subfolder, type, channel: "grey" };
  }
  return isLinked(node, "depth") ? (lastRun.flowbrush_depth?.[0] ?? null) : null;
}

/** Loads a picture and gives it to the session. @param {ComfyApi} api @param {Session} session @param {PictureSource | null} picture @param {AbortSignal} signal */
export async function showPicture(api, session, picture, signal) {
  if (!picture) return session.setPicture(null);
  if (isClip(picture)) return showFrame(api, session, picture, signal);
  const { source, fit, label, size } = picture;
  const answer = await api.fetchApi("/flowbrush/picture", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ source, fit: null }),
    signal,
  });
  if (!answer.ok) throw new Error(await refusalText(answer));
  let image = await createImageBitmap(await answer.blob());
  // The server may send a smaller picture; its name is the size of the file.
  const { width, height } = fit ?? size ?? ownSize(answer) ?? image;
  if (fit) image = await (await import("./picture_fit.mjs")).fitPicture(image, fit);
  if (!signal.aborted) session.setPicture({ image, width, height, label, request: { source, fit } });
}

/** The size of the picture's file. @param {Response} answer with the picture */
function ownSize(answer) {
  const [, width, height] = answer.headers.get("X-Picture-Size")?.match(/^(\d+)x(\d+)$/) ?? [];
  return height ? { width: Number(width), height: Number(height) } : null;
}

/** Loads masks and gives them to the session. @param {ComfyApi} api @param {Session} session @param {ChannelReference[]} references @param {AbortSignal} signal */
export async function showMasks(api, session, references, signal) {
  if (!references.length) return session.setMasks([]);
  const { readMask } = await import("./mask_input.mjs");
  const masks = await Promise.all(references.map((reference) => readMask(api, reference, signal)));
  if (signal.aborted) return;
  // Without a picture the masks give the aspect, as in the node.
  if (masks[0] && !session.picture) session.aspect = masks[0].width / masks[0].height;
  session.setMasks(masks);
}
