// @ts-check
// The thing under clicks by SAM3, where ComfyUI has its node and a checkpoint of it and no other graph is running.
import { said } from "../../dom/language.mjs";

/** @import { ChannelReference, Host } from "../../parts" */
/** @import { Picture, Point } from "../../types" */

const CHECKPOINT = /(^|[^a-z0-9])sam[-_. ]?3(?!d)/i; // and not SAM 3D
const NODES = ["SAM3_Detect", "CheckpointLoaderSimple"];
const POLL_MS = 150;
const KNOWN_MS = 60_000; // how long it is remembered which files ComfyUI has

/** @type {{until: number, checkpoint: Promise<string>}} */
let known = { until: 0, checkpoint: Promise.resolve("") };
/** The names under which ComfyUI stores the pictures that were sent to it. @type {WeakMap<object, Promise<string>>} */
const sent = new WeakMap();

/**
 * The mask of the thing at some points and not at others, as a file of ComfyUI; null where SAM3 is not there or ComfyUI is
 * busy with another graph. Throws an Error whose message is for the artist.
 * @param {Host} host @param {Picture} picture @param {Point[]} added @param {Point[]} removed @param {AbortSignal} signal
 * @returns {Promise<ChannelReference | null>}
 */
export async function sam3Mask(host, picture, added, removed, signal) {
  if (known.until < performance.now())
    known = { until: performance.now() + KNOWN_MS, checkpoint: checkpointOf(host).catch(() => "") };
  const checkpoint = await known.checkpoint;
  if (!checkpoint || (await isBusy(host))) return null;
  const name = sent.get(picture.image) ?? send(host, picture);
  sent.set(picture.image, name);
  name.catch(() => sent.delete(picture.image));
  const prompt = graphOf(checkpoint, await name, pixels(added, picture), pixels(removed, picture));
  return run(host, prompt, signal);
}

/** @param {Host} host @param {string} path @param {object} [body] that is posted */
async function ask(host, path, body) {
  const options = body && {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  };
  const answer = await host.fetch(path, options);
  if (!answer.ok) throw new Error(said(`ComfyUI answered ${answer.status}.`));
  return answer.json();
}

/** The file of SAM3's weights; "" where it or a node is missing. @param {Host} host */
async function checkpointOf(host) {
  const infos = await Promise.all(NODES.map(async (name) => (await ask(host, `/object_info/${name}`))[name]));
  if (!infos.every(Boolean)) return "";
  const [kind, options] = infos[1].input.required.ckpt_name;
  /** @type {string[]} */ const files = Array.isArray(kind) ? kind : (options?.options ?? []);
  return (
    files
      .filter((file) => CHECKPOINT.test(file))
      .sort()
      .at(-1) ?? ""
  );
}

/** Whether a graph runs or waits, which would keep the artist waiting too. @param {Host} host */
const isBusy = async (host) => (await ask(host, "/prompt")).exec_info.queue_remaining > 0;

/** Sends the picture that the editor shows; its name for Load Image. @param {Host} host @param {Picture} picture */
async function send(host, { image, width, height }) {
  const canvas = new OffscreenCanvas(width, height);
  /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d")).drawImage(
    image,
    0,
    0,
    width,
    height,
  );
  const body = new FormData();
  body.append("image", await canvas.convertToBlob({ type: "image/png" }), `${host.id}.png`);
  for (const [name, value] of Object.entries({ type: "temp", subfolder: "flowbrush" }))
    body.append(name, value);
  const answer = await host.fetch("/upload/image", { method: "POST", body });
  if (!answer.ok) throw new Error(said(`ComfyUI answered ${answer.status}.`));
  const stored = await answer.json();
  return `${stored.subfolder}/${stored.name} [temp]`;
}

/** The points as SAM3's node reads them. @param {Point[]} points @param {Picture} picture */
const pixels = (points, { width, height }) =>
  JSON.stringify(points.map(([x, y]) => ({ x: Math.round(x * width), y: Math.round(y * height) })));

/** The graph that makes the mask. @param {string} checkpoint @param {string} image @param {string} added @param {string} removed */
export function graphOf(checkpoint, image, added, removed) {
  const detect = {
    model: ["model", 0],
    image: ["image", 0],
    positive_coords: added,
    negative_coords: removed,
    threshold: 0.5,
    refine_iterations: 2,
    individual_masks: false,
  };
  return {
    model: { class_type: "CheckpointLoaderSimple", inputs: { ckpt_name: checkpoint } },
    image: { class_type: "LoadImage", inputs: { image } },
    detect: { class_type: "SAM3_Detect", inputs: detect },
    picture: { class_type: "MaskToImage", inputs: { mask: ["detect", 0] } },
    mask: { class_type: "PreviewImage", inputs: { images: ["picture", 0] } },
  };
}

/** Runs the graph; the file that it has written. @param {Host} host @param {object} prompt @param {AbortSignal} signal @returns {Promise<ChannelReference>} */
async function run(host, prompt, signal) {
  const { prompt_id: id } = await ask(host, "/prompt", { prompt, front: true });
  try {
    for (;;) {
      await new Promise((done) => setTimeout(done, POLL_MS));
      signal.throwIfAborted();
      const entry = (await ask(host, `/history/${id}`))[id];
      const [file] = entry?.outputs?.mask?.images ?? [];
      if (file) return { ...file, channel: "red" };
      if (!entry) continue;
      const failed = entry.status?.messages?.find(
        (/** @type {[string, object]} */ [kind]) => kind === "execution_error",
      )?.[1];
      throw new Error(failed?.exception_message?.trim() || said("SAM3 has written no mask"));
    }
  } finally {
    if (signal.aborted) {
      ask(host, "/queue", { delete: [id] }).catch(() => {});
      ask(host, "/interrupt", { prompt_id: id }).catch(() => {});
    }
  }
}
