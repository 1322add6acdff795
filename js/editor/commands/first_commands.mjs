// @ts-check
/** The commands whose buttons the editor shows at first. The other commands are added in commands.mjs. */

import { LaterModule } from "../document/later_module.mjs";

/** @import { Command, CommandContext } from "../parts" */

const BRUSH_STEP = 1.15; // the factor of one press of [ or ]

/** The edits of layers by commands, which the editor loads as soon as it is shown. */
export const layerActions = new LaterModule(() => import("./layer_actions.mjs"));

/** @template {string} Id @param {Record<Id, Command>} commands @returns {Readonly<Record<Id, Command>>} */
export const table = (commands) => commands;

/** @param {CommandContext} context */
export const canEdit = ({ session }) => !session.problem;
/** @param {CommandContext} context */
export const hasLayer = ({ session }) => session.layer !== null;

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
 * A command that switches an option on and off. @param {"pressure" | "loop" | "regions" | "paths" | "frame" | "onion"
 * | "holes"} option
 * @param {Command["icon"]} icon @param {string} label @param {Partial<Command>} [more] @returns {Command}
 */
export const toggle = (option, icon, label, more) => ({
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

export const TOOL_COMMANDS = table({
  select: tool("select", "Select", "V", "Click a region, or drag points, paths and regions"),
  brush: tool("brush", "Brush", "B", "Paint the region that moves; hold Alt to erase"),
  eraser: tool("eraser", "Eraser", "E", "Erase from the region"),
  lasso: tool("lasso", "Lasso", "L", "Draw around a region; hold Alt to cut out"),
  polygon: tool("polygon", "Polygon", "P", "Click the corners of a region; double-click or Enter closes it"),
  fill: tool("fill", "Fill", "G", "Fill the area that strokes enclose"),
  object: tool("object", "Object", "C", "Click a thing to select it; hold Alt to leave out"),
  arrow: tool(
    "arrow",
    "Arrow",
    "A",
    "Drag from where the motion begins to where it ends; Alt-click holds a point",
  ),
  spline: tool("spline", "Spline", "S", "Click a path through points; double-click or Enter ends it"),
  freehand: tool("freehand", "Freehand path", "D", "Draw the path by hand"),
  pin: tool("pin", "Pin", "I", "Click to hold a point of the region, drag to pull it; its ring turns it"),
  hand: tool("hand", "Hand", "H", "Move the view; also Space and drag, or the middle button"),
});

export const FIRST_COMMANDS = table({
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
    run: ({ session }) => layerActions.use(session, ({ newLayer }) => newLayer(session)),
  },
  freezeLayer: {
    label: "Freeze layer",
    title: ({ session }) => (session.layer?.freeze ? "Unfreeze layer" : "Freeze layer"),
    about: "The region of a frozen layer stays still, even under a moving camera",
    keys: ["F"],
    icon: "freeze",
    enabled: hasLayer,
    pressed: ({ session }) => session.layer?.freeze ?? false,
    run: ({ session }) => layerActions.use(session, ({ toggleLayer }) => toggleLayer(session, "freeze")),
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
  enlarge: {
    label: "Enlarge",
    title: ({ host }) => (host.isLarge ? "Back into the node" : "Enlarge"),
    icon: ({ host }) => (host.isLarge ? "shrink" : "enlarge"),
    run: ({ host }) => host.toggleLarge(),
  },
});
