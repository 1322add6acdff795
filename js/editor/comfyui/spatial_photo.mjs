// @ts-check
// The command that gives a picture depth, and a camera that moves through it.
import { explain, imageOutput, library } from "./node_actions.mjs";
import { inputIndex, isLinked, widgetValue } from "./node_inputs.mjs";

/** @import { ComfyApp, GraphNode } from "./litegraph" */

const [GAP, ROW, COLUMN] = [60, 150, 340]; // px
const LOADER = "LoadDA3Model"; // ComfyUI's own nodes that see depth in a picture
const MOVE = "FlowbrushMotionFromPreset";
const CHAIN = ["DA3Inference", "DA3Render"];

/**
 * Connects a depth picture of the selected picture to the selected Motion Brush or Motion from Preset. Where none is selected, it also adds a
 * camera move and its video. All of it is one step of undo.
 * @param {ComfyApp} app @param {GraphNode[]} selected
 */
export async function addSpatialPhoto(app, selected) {
  const { canvas } = app;
  const picture = selected.find((node) => imageOutput(node) >= 0);
  if (!picture) return explain(app, "Select a Load Image, or another node that gives a picture, first.");
  const chosen = selected.find((node) => inputIndex(node, "depth") >= 0 && !isLinked(node, "depth"));
  const left = picture.pos[0] + picture.size[0] + GAP;
  const below = picture.pos[1] + picture.size[1] + GAP;
  let line = 0;
  /** @param {string} type @param {number} x @param {number} y */
  const added = (type, x, y) => {
    const node = library().createNode(type);
    node.pos = [x, y];
    canvas.graph?.add(node);
    return node;
  };
  /** @param {GraphNode} from @param {GraphNode} to @param {string} input */
  const connect = (from, to, input, output = 0) => from.connect(output, to, inputIndex(to, input));
  canvas.emitBeforeChange();
  try {
    const moved = chosen ?? added(MOVE, left, picture.pos[1]);
    if (!isLinked(moved, "image")) connect(picture, moved, "image", imageOutput(picture));
    if (!chosen) {
      const preset = moved.widgets?.find(({ name }) => name === "preset");
      if (preset) preset.value = "orbit";
      const video = added("FlowbrushAnimatePicture", left + COLUMN, picture.pos[1]);
      connect(picture, video, "image", imageOutput(picture));
      connect(moved, video, "motion");
      connect(video, added("SaveVideo", left + 2 * COLUMN, picture.pos[1]), "video");
    }
    if (LOADER in library().registered_node_types) {
      const place = () => /** @type {const} */ ([picture.pos[0], below + ROW * line++]);
      const [loader, seen, drawn] = [LOADER, ...CHAIN].map((type) => added(type, ...place()));
      connect(loader, seen, "da3_model");
      connect(picture, seen, "image", imageOutput(picture));
      connect(seen, drawn, "da3_geometry");
      const takesMask = moved.inputs?.[inputIndex(moved, "depth")].type === "MASK";
      const depth = takesMask ? added("ImageToMask", ...place()) : drawn;
      if (takesMask) connect(drawn, depth, "image");
      connect(depth, moved, "depth");
      if (!widgetValue(loader, "model_name"))
        explain(app, "Put a Depth Anything 3 model into models/geometry_estimation, and choose it.");
    } else explain(app, "Connect a depth picture, near white and far black, to `depth`.");
    canvas.selectItems?.([moved]);
  } finally {
    canvas.emitAfterChange();
  }
  canvas.setDirty(true, true);
}
