// @ts-check
/** Keys, while the focus is inside the editor. */

import * as actions from "./actions.mjs";
import { TOOLS } from "./tools.mjs";

/** @typedef {import("../editor.mjs").Editor} Editor */

const STEP = 1.15; // a press of [ or ]

/** @param {(camera: typeof import("./camera_actions.mjs"), time: number) => void} act @param {number} [time] of the press */
const withCamera = (act, time = 0) => void import("./camera_actions.mjs").then((camera) => act(camera, time));

/** With Ctrl, or Command. @type {Record<string, (editor: Editor, event: KeyboardEvent) => void>} */
const COMMANDS = {
  z: ({ session }, event) => void (event.shiftKey ? session.redo() : session.undo()),
  y: ({ session }) => void session.redo(),
  d: ({ session }) => actions.duplicateLayer(session),
};

/** @type {Record<string, (editor: Editor) => void>} */
const KEYS = {
  "[": ({ session }) => session.setOption("radius", Math.max(0.002, session.options.radius / STEP)),
  "]": ({ session }) => session.setOption("radius", Math.min(0.5, session.options.radius * STEP)),
  "{": ({ session }) =>
    session.setOption("hardness", Math.max(0, Math.round(session.options.hardness * 10 - 1) / 10)),
  "}": ({ session }) =>
    session.setOption("hardness", Math.min(1, Math.round(session.options.hardness * 10 + 1) / 10)),
  ",": ({ session }) => actions.stepFrame(session, -1),
  ".": ({ session }) => actions.stepFrame(session, 1),
  home: ({ session }) => (session.setPlaying(false), session.setTime(0)),
  end: ({ session }) => (session.setPlaying(false), session.setTime(1)),
  0: ({ stage }) => stage.fit(),
  1: ({ stage }) => stage.oneToOne(),
  n: ({ session }) => actions.newLayer(session),
  f: ({ session }) => actions.toggleLayer(session, "freeze"),
  k: ({ session }) => withCamera(({ addKeyframe }, time) => addKeyframe(session, time), session.time),
  o: ({ session }) => session.setOption("onion", !session.options.onion),
  r: ({ session }) => session.setOption("regions", !session.options.regions),
  w: ({ session }) => actions.nextFlow(session),
  "?": (editor) => void editor.showHelp(),
};
for (const [tool, , key] of TOOLS) KEYS[key.toLowerCase()] = ({ session }) => session.setTool(tool);

/** @param {Editor} editor @param {KeyboardEvent} event @returns {boolean} whether it was taken */
export function takeKey(editor, event) {
  const { session, stage } = editor;
  const command = event.ctrlKey || event.metaKey;
  const key = event.key.toLowerCase();
  if (editor.isHelpOpen) return false;
  if (command && !event.altKey) {
    if (key === "z" && stage.tool.key(event)) return true; // the last point of what is being drawn
    // Copy and paste come as clipboard events, which a picture on the clipboard needs too.
    if (!COMMANDS[key]) return false;
    COMMANDS[key](editor, event);
    return true;
  }
  const target = /** @type {HTMLElement} */ (event.target);
  const onButton = target.matches("button, select, [role=slider], [role=tab]");
  if (onButton && (key === " " || key === "enter")) return false;
  if (stage.handleKey(event)) return true;
  if (key === "escape") return editor.closePopups();
  if (command || event.altKey) return false;
  if (key === " ") return true;
  if (key === "delete" || key === "backspace") {
    const { keyframe } = session.selection;
    if (keyframe !== null) withCamera(({ removeKeyframe }) => removeKeyframe(session, keyframe));
    return true;
  }
  const action = KEYS[key];
  if (action) action(editor);
  return Boolean(action);
}
