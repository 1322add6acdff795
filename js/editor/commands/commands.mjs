// @ts-check
/** Everything that the artist can do, as data. Shortcuts, menu, help page and buttons are made from this table. */

import * as actions from "./actions.mjs";

/** @import { Command, CommandContext } from "../parts" */
/** @import { Options } from "../types" */

const BRUSH_STEP = 1.15; // the factor of one press of [ or ]

/** @template {string} Id @param {Record<Id, Command>} commands @returns {Readonly<Record<Id, Command>>} */
const table = (commands) => commands;

/** @param {CommandContext} context */
const canEdit = ({ session }) => !session.problem;
/** @param {CommandContext} context */
const hasLayer = ({ session }) => session.layer !== null;

/** @param {string} name @param {string} label @param {string} key @param {string} about @returns {Command} */
const tool = (name, label, key, about) => ({
  label,
  about,
  keys: [key],
  icon: name,
  enabled: canEdit,
  pressed: ({ session }) => session.tool === name,
  run: ({ session }) => session.setTool(name),
});

/**
 * A command that switches an option on and off. @param {"pressure" | "loop" | "regions" | "paths" | "frame" | "onion" | "holes"} option
 * @param {Command["icon"]} icon @param {string} label @param {Partial<Command>} [more] @returns {Command}
 */
const toggle = (option, icon, label, more) => ({
  label,
  icon,
  pressed: ({ session }) => session.options[option],
  run: ({ session }) => session.setOption(option, !session.options[option]),
  ...more,
});

/** @param {"radius" | "hardness"} option @param {string} label @param {string} key @param {(value: number) => number} change @returns {Command} */
const adjustment = (option, label, key, change) => ({
  label,
  keys: [key],
  run: ({ session }) => session.setOption(option, change(session.options[option])),
});

/** @param {string} label @param {string} key @param {number} time @returns {Command} */
const goToTime = (label, key, time) => ({
  label,
  keys: [key],
  run({ session }) {
    session.setPlaying(false);
    session.setTime(time);
  },
});

/** @param {string} icon @param {string} label @param {(files: typeof import("./files.mjs"), context: CommandContext) => void} use @returns {Command} */
const fileCommand = (icon, label, use) => ({
  icon,
  label,
  run: async (context) => use(await import("./files.mjs"), context),
});

/** @type {Record<Options["flow"], string>} */
const FLOW_TITLES = { none: "Flow", arrows: "Flow as arrows", wheel: "Flow as colours" };

export const TOOL_COMMANDS = table({
  select: tool("select", "Select", "V", "Click a region, or drag points, paths and regions"),
  brush: tool("brush", "Brush", "B", "Paint the region that moves; hold Alt to erase"),
  eraser: tool("eraser", "Eraser", "E", "Erase from the region"),
  lasso: tool("lasso", "Lasso", "L", "Draw around a region; hold Alt to cut out"),
  polygon: tool("polygon", "Polygon", "P", "Click the corners of a region; double-click or Enter closes it"),
  fill: tool("fill", "Fill", "G", "Fill the area that strokes enclose"),
  arrow: tool("arrow", "Arrow", "A", "Drag from where the motion begins to where it ends"),
  spline: tool("spline", "Spline", "S", "Click a path through points; double-click or Enter ends it"),
  freehand: tool("freehand", "Freehand path", "D", "Draw the path by hand"),
  hand: tool("hand", "Hand", "H", "Move the view; also Space and drag, or the middle button"),
});

export const COMMANDS = table({
  ...TOOL_COMMANDS,
  undo: {
    label: "Undo",
    title: ({ session }) => `Undo ${session.undoLabel.toLowerCase()}`.trim(),
    keys: ["Ctrl+Z"],
    icon: "undo",
    enabled: ({ session }) => session.canUndo,
    run: ({ session }) => session.undo(),
  },
  redo: {
    label: "Redo",
    title: ({ session }) => `Redo ${session.redoLabel.toLowerCase()}`.trim(),
    keys: ["Ctrl+Shift+Z", "Ctrl+Y"],
    icon: "redo",
    enabled: ({ session }) => session.canRedo,
    run: ({ session }) => session.redo(),
  },
  deleteSelected: {
    label: "Delete what is selected",
    keys: ["Delete", "Backspace"],
    // The stage deletes points, paths and layers; what is left is a keyframe.
    run: async ({ session }) => {
      const { keyframe } = session.selection;
      if (keyframe !== null) (await import("./camera_actions.mjs")).removeKeyframe(session, keyframe);
    },
  },

  smallerBrush: adjustment("radius", "Smaller brush", "[", (radius) => Math.max(0.002, radius / BRUSH_STEP)),
  largerBrush: adjustment("radius", "Larger brush", "]", (radius) => Math.min(0.5, radius * BRUSH_STEP)),
  softerBrush: adjustment("hardness", "Softer brush", "{", (hardness) =>
    Math.max(0, Math.round(hardness * 10 - 1) / 10),
  ),
  harderBrush: adjustment("hardness", "Harder brush", "}", (hardness) =>
    Math.min(1, Math.round(hardness * 10 + 1) / 10),
  ),
  cutOut: {
    label: "Cut out",
    about: "Erase from the region instead of adding to it",
    icon: "cut",
    pressed: ({ session }) => session.options.mode === "erase",
    run: ({ session }) => session.setOption("mode", session.options.mode === "erase" ? "paint" : "erase"),
  },
  pressure: toggle("pressure", "pen", "Pen pressure", { about: "A pen that presses harder paints wider" }),

  newLayer: {
    label: "New layer",
    keys: ["N"],
    icon: "plus",
    run: ({ session }) => actions.newLayer(session),
  },
  newFreezeLayer: {
    label: "New freeze layer",
    about: "What it covers holds still, against the camera too",
    icon: "freeze",
    run: ({ session }) => actions.newLayer(session, { name: "Freeze", freeze: true }),
  },
  duplicateLayer: {
    label: "Duplicate layer",
    keys: ["Ctrl+D"],
    icon: "duplicate",
    enabled: hasLayer,
    run: ({ session }) => actions.duplicateLayer(session),
  },
  deleteLayer: {
    label: "Delete layer",
    icon: "trash",
    enabled: hasLayer,
    run: async ({ session }) => (await import("./layer_actions.mjs")).removeLayer(session),
  },
  freezeLayer: {
    label: "Freeze layer",
    title: ({ session }) => (session.layer?.freeze ? "Unfreeze layer" : "Freeze layer"),
    about: "What a frozen layer covers holds still, against the camera too",
    keys: ["F"],
    icon: "freeze",
    enabled: hasLayer,
    pressed: ({ session }) => session.layer?.freeze ?? false,
    run: ({ session }) => actions.toggleLayer(session, "freeze"),
  },
  copyMotion: {
    label: "Copy motion",
    keys: ["Ctrl+C"],
    clipboard: true,
    icon: "copy",
    enabled: hasLayer,
    run: ({ session }) => actions.copyMotion(session),
  },
  pasteMotion: {
    label: "Paste motion",
    keys: ["Ctrl+V"],
    clipboard: true,
    icon: "paste",
    enabled: ({ session }) => session.layer?.freeze === false && actions.canPasteMotion(),
    run: ({ session }) => actions.pasteMotion(session),
  },
  addKeyframe: {
    label: "Add keyframe",
    keys: ["K"],
    icon: "keyframe",
    run: async ({ session }) => {
      const { time } = session; // of the press
      (await import("./camera_actions.mjs")).addKeyframe(session, time);
    },
  },

  play: {
    label: "Play",
    title: ({ session }) => (session.playing ? "Pause" : "Play"),
    keys: ["Space"],
    icon: ({ session }) => (session.playing ? "pause" : "play"),
    enabled: canEdit,
    run: ({ session }) => session.setPlaying(!session.playing),
  },
  loop: toggle("loop", "loop", "Loop"),
  previousFrame: {
    label: "Previous frame",
    keys: [","],
    run: ({ session }) => actions.stepFrame(session, -1),
  },
  nextFrame: { label: "Next frame", keys: ["."], run: ({ session }) => actions.stepFrame(session, 1) },
  firstFrame: goToTime("First frame", "Home", 0),
  lastFrame: goToTime("Last frame", "End", 1),

  regions: toggle("regions", "regions", "Regions", { keys: ["R"], about: "Tint what each layer covers" }),
  paths: toggle("paths", "spline", "Paths", { about: "Show where everything goes" }),
  frame: toggle("frame", "frame", "Camera frame", { about: "Show where the moving camera looks" }),
  onion: toggle("onion", "onion", "Onion skin", {
    keys: ["O"],
    about: "Show the layers at other times as ghosts",
  }),
  holes: toggle("holes", "holes", "Gaps", {
    about: "Hatch what the motion uncovers and the model has to invent",
  }),
  flow: {
    label: "Flow",
    title: ({ session }) => FLOW_TITLES[session.options.flow],
    about: "Show which way everything moves, and how fast",
    keys: ["W"],
    icon: ({ session }) => (session.options.flow === "wheel" ? "wheel" : "flow"),
    pressed: ({ session }) => session.options.flow !== "none",
    run: ({ session }) => actions.nextFlow(session),
  },
  fit: { label: "Fit", keys: ["0"], icon: "fit", run: ({ stage }) => stage.fit() },
  originalSize: { label: "Original size", keys: ["1"], icon: "one", run: ({ stage }) => stage.oneToOne() },
  enlarge: {
    label: "Enlarge",
    title: ({ host }) => (host.isLarge ? "Back into the node" : "Enlarge"),
    icon: ({ host }) => (host.isLarge ? "shrink" : "enlarge"),
    run: ({ host }) => host.toggleLarge(),
  },

  openPicture: fileCommand("picture", "Open picture…", (files, { session, host }) =>
    files.choosePicture(session, host),
  ),
  importMotion: fileCommand("load", "Import motion or tracks…", (files, { session }) =>
    files.chooseMotion(session),
  ),
  exportMotion: fileCommand("save", "Export motion", (files, { session }) => files.exportMotion(session)),
  copyText: fileCommand("copy", "Copy as text", (files, { session }) => files.copyText(session)),
  startNew: { label: "Start new", icon: "trash", run: ({ session }) => session.startNew() },
  help: { label: "Shortcuts", keys: ["?"], icon: "help", run: (context) => context.showHelp() },
});

/** The commands by their keys, in lower case. @type {ReadonlyMap<string, Command>} */
export const COMMANDS_BY_KEY = new Map(
  Object.values(COMMANDS)
    .filter(({ clipboard }) => !clipboard)
    .flatMap((command) => (command.keys ?? []).map((keys) => [keys.toLowerCase(), command])),
);
