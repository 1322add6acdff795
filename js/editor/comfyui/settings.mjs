// @ts-check
// The page "Flowbrush" in ComfyUI's settings: with which options an editor begins.
import { app } from "../../../../scripts/app.js";

/** @import { Session } from "../document/session.mjs" */
/** @import { Setting } from "./litegraph" */

const PERCENT = 100; // the brush's radius is stored as a part of the picture's short side

/** What each setting sets in a session. @type {Record<string, (session: Session, value: never) => void>} */
const EFFECTS = {
  "Flowbrush.Editor.Tool": (session, /** @type {string} */ tool) => session.setTool(tool),
  "Flowbrush.Editor.BrushSize": (session, /** @type {number} */ size) =>
    session.setOption("radius", size / PERCENT),
  "Flowbrush.Editor.PenPressure": (session, /** @type {boolean} */ on) => session.setOption("pressure", on),
  "Flowbrush.Editor.Gaps": (session, /** @type {boolean} */ on) => session.setOption("holes", on),
  "Flowbrush.Editor.Sam3": (session, /** @type {boolean} */ on) => session.setOption("sam3", on),
  "Flowbrush.Editor.Frame": (session, /** @type {boolean} */ on) => session.setOption("frame", on),
  "Flowbrush.Editor.Loop": (session, /** @type {boolean} */ on) => session.setOption("loop", on),
  "Flowbrush.Editor.FrameRate": (session, /** @type {number} */ fps) => session.setOption("fps", fps),
};

/** The sessions of open editors. @type {Set<WeakRef<Session>>} */
const sessions = new Set();

/** Gives a new session the artist's settings; one that has them already keeps its options. @param {Session} session */
export function applySettings(session) {
  for (const each of sessions) if (!each.deref()) sessions.delete(each);
  if ([...sessions].some((each) => each.deref() === session)) return;
  sessions.add(new WeakRef(session));
  for (const [id, effect] of Object.entries(EFFECTS)) {
    const value = app.extensionManager?.setting.get(id);
    if (value !== undefined) effect(session, /** @type {never} */ (value));
  }
}

/**
 * A setting, which also takes effect at once in the editors that are open.
 * @param {keyof typeof EFFECTS} id @param {string} name @param {Partial<Setting>} more @returns {Setting}
 */
const setting = (id, name, more) => ({
  id,
  name,
  category: ["Flowbrush", "Motion Brush", id],
  type: "boolean",
  defaultValue: true,
  ...more,
  onChange: (value, before) => {
    // ComfyUI also calls this while it starts.
    if (before === undefined || before === value) return;
    for (const each of sessions) {
      const session = each.deref();
      if (session) EFFECTS[id](session, /** @type {never} */ (value));
    }
  },
});

/** @param {number} min @param {number} max */
const slider = (min, max, step = 1) => ({
  type: /** @type {const} */ ("slider"),
  attrs: { min, max, step },
});

export const SETTINGS = [
  setting("Flowbrush.Editor.Tool", "First tool", {
    type: "combo",
    defaultValue: "brush",
    options: [
      { text: "Brush", value: "brush" },
      { text: "Lasso", value: "lasso" },
      { text: "Polygon", value: "polygon" },
      { text: "Arrow", value: "arrow" },
      { text: "Select", value: "select" },
    ],
    tooltip: "The tool that an editor begins with.",
  }),
  setting("Flowbrush.Editor.BrushSize", "Brush size", {
    ...slider(1, 30, 0.5),
    defaultValue: 6,
    tooltip: "Radius of the brush, in percent of the short side of the picture.",
  }),
  setting("Flowbrush.Editor.PenPressure", "Pen pressure", {
    tooltip: "A pen that presses harder paints wider.",
  }),
  setting("Flowbrush.Editor.Sam3", "Object uses SAM3", {
    tooltip:
      "A click with the tool Object asks SAM3 for the thing where ComfyUI has its checkpoint and is idle. The next run then loads its models again.",
  }),
  setting("Flowbrush.Editor.Gaps", "Hatch what is uncovered", {
    defaultValue: false,
    tooltip: "Show hatching where the motion uncovers something, instead of the completed picture.",
  }),
  setting("Flowbrush.Editor.Frame", "Frame of the video", {
    tooltip: "Show what the camera sees as a frame over the picture.",
  }),
  setting("Flowbrush.Editor.Loop", "Loop the preview", {
    tooltip: "Begin again when the preview has reached its end.",
  }),
  setting("Flowbrush.Editor.FrameRate", "Frame rate of the preview", {
    ...slider(1, 60),
    defaultValue: 16,
    tooltip: "In frames per second. The video has the frame rate of the node that makes it.",
  }),
].reverse(); // ComfyUI lists the last one first
