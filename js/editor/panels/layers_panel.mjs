// @ts-check
/** The list of layers, the nearest on top. */

import { COMMANDS } from "../commands/commands.mjs";
import { MENU_COMMANDS, PANEL_COMMANDS } from "../commands/keyless_commands.mjs";
import { h, repeat, rovingFocus } from "../dom/dom.mjs";
import { commandButton } from "./command_button.mjs";
import { showSelected } from "./layer_chips.mjs";
import { layerRow } from "./layer_row.mjs";

const { newLayer, duplicateLayer } = COMMANDS;
const { newFreezeLayer, deleteLayer } = PANEL_COMMANDS;

/** @param {import("../parts").CommandContext} editor */
export function layersPanel(editor) {
  const { session } = editor;
  const count = () => session.document.layers.length;
  const list = h("div", { class: "layer-list", role: "list", "aria-label": "Layers, the nearest first" });
  const panel = h(
    "section",
    { class: "panel layers", "aria-label": "Layers" },
    h(
      "header",
      {},
      h("h3", {}, "Layers"),
      [MENU_COMMANDS.presets, newLayer, newFreezeLayer, duplicateLayer, deleteLayer].map((command) =>
        commandButton(editor, command),
      ),
    ),
    list,
    h("p", { class: "quiet", hidden: () => count() > 0 }, "Paint on the picture to begin a layer."),
  );
  repeat(list, count, (place) => layerRow(session, list, place));
  rovingFocus(list, ".flowbrush-layer-name");
  showSelected(session, list, (at) => list.children[list.children.length - 1 - at]);
  return panel;
}
