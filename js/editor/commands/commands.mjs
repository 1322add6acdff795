// @ts-check
/** Everything that the artist can do, as data. Shortcuts, menu, help page and buttons are made from this table. */

import { LaterModule } from "../document/later_module.mjs";
import { canEdit, FIRST_COMMANDS, hasLayer, table, toggle } from "./first_commands.mjs";
import * as layers from "./layer_actions.mjs";
import { stepFrame } from "./time_actions.mjs";

/** @import { Command, CommandContext } from "../parts" */
/** @import { Options } from "../types" */
/** @typedef {import("../document/session.mjs").Session} Session */

const SCALE_STEP = 1.05; // the factor of one press of +

/** @param {string} label @param {string} key @param {number} time @returns {Command} */
const goToTime = (label, key, time) => ({
  label,
  keys: [key],
  run({ session }) {
    session.setPlaying(false);
    session.setTime(time);
  },
});

/** @param {string} label @param {string[]} keys @param {number} factor @returns {Command} */
const scaling = (label, keys, factor) => ({
  label,
  keys,
  enabled: hasLayer,
  run: ({ session }) => regionActions.use(session, ({ scaleSelected }) => scaleSelected(session, factor)),
});

/** The edits of keyframes by commands. */
export const cameraActions = new LaterModule(() => import("./camera_actions.mjs"));

const groups = new LaterModule(() => import("../document/group.mjs"));
const regionActions = new LaterModule(() => import("./region_actions.mjs"));

/** @type {Record<Options["flow"], string>} */
const FLOW_TITLES = { none: "Flow", arrows: "Flow as arrows", wheel: "Flow as colours" };

/** Shows the flow in the next way: not at all, as arrows, as colours. @param {Session} session */
function nextFlow(session) {
  const kinds = /** @type {const} */ (["none", "arrows", "wheel"]);
  session.setOption("flow", kinds[(kinds.indexOf(session.options.flow) + 1) % 3]);
}

export const COMMANDS = table({
  ...FIRST_COMMANDS,
  deleteSelected: {
    label: "Delete what is selected",
    keys: ["Delete", "Backspace"],
    // The stage handles points, paths and layers itself; only a selected keyframe remains.
    run: ({ session }) => {
      const { keyframe } = session.selection;
      if (keyframe !== null)
        cameraActions.use(session, ({ removeKeyframe }) => removeKeyframe(session, keyframe));
    },
  },

  selectAll: {
    label: "Select all layers",
    keys: ["Ctrl+A"],
    icon: "select",
    enabled: canEdit,
    run: ({ session }) =>
      groups.use(session, ({ selectAll }) => {
        session.setTool("select");
        selectAll(session);
      }),
  },
  duplicateLayer: {
    label: "Duplicate layer",
    keys: ["Ctrl+D"],
    icon: "duplicate",
    enabled: hasLayer,
    run: ({ session }) => layers.duplicateLayer(session),
  },
  snapRegion: {
    label: "Snap to the object",
    title: ({ session }) => (session.layer?.region.snap ? "Keep what is painted" : "Snap to the object"),
    about: "Moves the edge of a roughly painted region to that of the object in the picture",
    keys: ["M"],
    icon: "magnet",
    enabled: hasLayer,
    pressed: ({ session }) => session.layer?.region.snap ?? false,
    run: ({ session }) => layers.toggleSnap(session),
  },
  largerRegion: scaling("Larger region", ["+", "="], SCALE_STEP),
  smallerRegion: scaling("Smaller region", ["-"], 1 / SCALE_STEP),
  copyMotion: {
    label: "Copy motion",
    keys: ["Ctrl+C"],
    clipboard: true,
    icon: "copy",
    enabled: hasLayer,
    run: ({ session }) => layers.copyMotion(session),
  },
  pasteMotion: {
    label: "Paste motion",
    keys: ["Ctrl+V"],
    clipboard: true,
    icon: "paste",
    enabled: ({ session }) => session.layer?.freeze === false && layers.canPasteMotion(),
    run: ({ session }) => layers.pasteMotion(session),
  },
  addKeyframe: {
    label: "Add keyframe",
    keys: ["K"],
    icon: "keyframe",
    run: ({ session }) => {
      const { time } = session; // the time when the key was pressed
      cameraActions.use(session, ({ addKeyframe }) => addKeyframe(session, time));
    },
  },

  previousFrame: {
    label: "Previous frame",
    keys: [","],
    run: ({ session }) => stepFrame(session, -1),
  },
  nextFrame: { label: "Next frame", keys: ["."], run: ({ session }) => stepFrame(session, 1) },
  firstFrame: goToTime("First frame", "Home", 0),
  lastFrame: goToTime("Last frame", "End", 1),

  regions: toggle("regions", "regions", "Regions", { keys: ["R"], about: "Tint what each layer covers" }),
  onion: toggle("onion", "onion", "Onion skin", {
    keys: ["O"],
    about: "Show the layers at other times as ghosts",
  }),
  flow: {
    label: "Flow",
    title: ({ session }) => FLOW_TITLES[session.options.flow],
    about: "Show which way everything moves, and how fast",
    keys: ["W"],
    icon: ({ session }) => (session.options.flow === "wheel" ? "wheel" : "flow"),
    pressed: ({ session }) => session.options.flow !== "none",
    run: ({ session }) => nextFlow(session),
  },
  fit: { label: "Fit", keys: ["0"], icon: "fit", run: ({ stage }) => stage.fit() },
  originalSize: { label: "Original size", keys: ["1"], icon: "one", run: ({ stage }) => stage.oneToOne() },

  run: {
    label: "Run",
    about: "Queues the graph; you can go on painting meanwhile",
    keys: ["Ctrl+Enter"],
    icon: "play",
    enabled: ({ host }) => host.run !== undefined,
    run: ({ host }) => host.run?.start(),
  },
  cancelRun: {
    label: "Cancel the run",
    keys: ["Ctrl+Alt+Enter"],
    icon: "stop",
    enabled: ({ host }) => host.run !== undefined,
    run: ({ host }) => host.run?.cancel(),
  },
  showResult: {
    label: "Result of the run",
    about: "Any other key, or a stroke, returns to painting",
    keys: ["Q"],
    icon: "film",
    enabled: ({ session }) => Boolean(session.run?.result),
    run: (context) => context.toggleResult?.(),
  },

  help: { label: "Shortcuts", keys: ["?"], icon: "help", run: (context) => context.showHelp() },
});

/** The commands by their keys, in lower case. @type {ReadonlyMap<string, Command>} */
export const COMMANDS_BY_KEY = new Map(
  Object.values(COMMANDS)
    .filter(({ clipboard }) => !clipboard)
    .flatMap((command) => (command.keys ?? []).map((keys) => [keys.toLowerCase(), command])),
);
