// @ts-check
// The order of the example graphs in ComfyUI's template browser, which otherwise lists the files as the disk does.
import { api } from "../../scripts/api.js";

const FIRST = [
  "start_here",
  "start_here.app",
  "motion_brush",
  "animate_picture",
  "animate_picture.app",
  "image_to_video",
  "text_to_video",
  "camera_move",
];

/** The names with those for newcomers first, and the others by the alphabet. @param {string[]} names */
function inOrder(names) {
  const others = names.filter((name) => !FIRST.includes(name)).sort();
  return [...FIRST.filter((name) => names.includes(name)), ...others];
}

const listTemplates = api.getWorkflowTemplates;
if (listTemplates)
  api.getWorkflowTemplates = async () => {
    const packs = await listTemplates.call(api);
    for (const [pack, names] of Object.entries(packs)) {
      if (names.includes("start_here") && names.includes("motion_brush")) packs[pack] = inOrder(names);
    }
    return packs;
  };
