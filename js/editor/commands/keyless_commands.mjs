// @ts-check
/** The commands without keys, which stand in the menu or in a panel only. */

import { completeDocument } from "../document/document.mjs";
import { LaterModule } from "../document/later_module.mjs";
import { canEdit, hasLayer, table, toggle } from "./first_commands.mjs";
import * as layers from "./layer_actions.mjs";

/** @import { Command, CommandContext } from "../parts" */

const files = new LaterModule(() => import("./files.mjs"));

/** @param {string} icon @param {string} label @param {(files: typeof import("./files.mjs"), context: CommandContext) => void} use @returns {Command} */
const fileCommand = (icon, label, use) => ({
  icon,
  label,
  run: (context) => files.use(context.session, (module) => use(module, context)),
});

export const MENU_COMMANDS = table({
  openPicture: fileCommand("picture", "Open picture…", (files, { session, host }) =>
    files.choosePicture(session, host),
  ),
  importMotion: fileCommand("load", "Import motion or tracks…", (files, { session }) =>
    files.chooseMotion(session),
  ),
  exportMotion: fileCommand("save", "Export motion", (files, { session }) => files.exportMotion(session)),
  makePlate: fileCommand("plate", "Make plate", (files, { session, host }) => files.makePlate(session, host)),
  presets: {
    label: "Presets…",
    about: "Ready-made motions for the picture or a layer, and your own",
    icon: "presets",
    enabled: canEdit,
    run: (context) => context.showPresets(),
  },
  copyText: fileCommand("copy", "Copy as text", (files, { session }) => files.copyText(session)),
  startNew: { label: "Start new", icon: "trash", run: ({ session }) => session.startNew() },
});

export const PANEL_COMMANDS = table({
  newFreezeLayer: {
    label: "New freeze layer",
    about: "Its region stays still, even under a moving camera",
    icon: "freeze",
    run: ({ session }) => layers.newLayer(session, { name: "Freeze", freeze: true }),
  },
  deleteLayer: {
    label: "Delete layer",
    icon: "trash",
    enabled: hasLayer,
    run: ({ session }) => layers.removeLayer(session),
  },
  seamless: {
    label: "Seamless loop",
    about: "The clip ends as it begins: motions and the camera return, and waves close",
    icon: "loop",
    enabled: ({ session }) => !session.problem,
    pressed: ({ session }) => session.document.loop === "seamless",
    run: ({ session }) => {
      const loop = session.document.loop === "seamless" ? "none" : "seamless";
      session.apply((document) => completeDocument({ ...document, loop }), "loop");
    },
  },
  paths: toggle("paths", "spline", "Paths", { about: "Show the paths of the layers" }),
  frame: toggle("frame", "frame", "Camera frame", { about: "Show where the moving camera looks" }),
  holes: toggle("holes", "holes", "Gaps", {
    about: "Hatch what the motion uncovers, instead of showing what is completed there",
  }),
});
