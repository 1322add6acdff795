// @ts-check
/** The commands without keys, which stand in the menu only. */

import { LaterModule } from "../document/later_module.mjs";
import { table } from "./first_commands.mjs";

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
  copyText: fileCommand("copy", "Copy as text", (files, { session }) => files.copyText(session)),
  startNew: { label: "Start new", icon: "trash", run: ({ session }) => session.startNew() },
});
