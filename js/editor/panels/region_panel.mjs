// @ts-check
/** The panel of the region that the selected layer covers. */

import { COMMANDS } from "../commands/commands.mjs";
import { editLayer, layerEdit } from "../commands/layer_actions.mjs";
import { changeRegion, clearRegion } from "../document/edits.mjs";
import { button, h, onUpdate, repeat } from "../dom/dom.mjs";
import { said } from "../dom/language.mjs";
import { commandButton } from "./command_button.mjs";
import { slider } from "./slider.mjs";

/** @import { SliderOptions } from "../parts" */
/** @typedef {import("../document/session.mjs").Session} Session */

/**
 * A slider in percent. @param {Session} session @param {"grow" | "feather"} member
 * @param {Omit<SliderOptions, "get">} options
 */
const shareSlider = (session, member, options) =>
  slider(session, {
    step: 0.1,
    unit: "%",
    get: () => session.layer && session.layer.region[member] * 100,
    edit: (value) => layerEdit(session, changeRegion, { [member]: value / 100 }),
    ...options,
  });

/** A button that switches a member. @param {Session} session @param {"everything" | "invert"} member @param {string} icon @param {string} label @param {string} about @param {string} undoLabel */
const switchButton = (session, member, icon, label, about, undoLabel) =>
  button(
    icon,
    label,
    () => editLayer(session, undoLabel, changeRegion, { [member]: !session.layer?.region[member] }),
    {
      label,
      about,
      pressed: () => session.layer?.region[member],
      disabled: () => !session.layer,
    },
  );

/** The choice of the connected MASK that the region takes. @param {Session} session */
function maskChoice(session) {
  const region = () => session.layer?.region;
  const count = () => Math.max(session.masks.length, (region()?.mask ?? -1) + 1);
  const choice = h("select", {
    class: "select",
    title: "A MASK that is connected to the node",
    "aria-label": "From mask",
    disabled: () => !region(),
    onchange: () =>
      editLayer(session, "mask", changeRegion, { mask: choice.value === "" ? null : Number(choice.value) }),
  });
  const option = (/** @type {number} */ index) =>
    h("option", { value: index ? String(index - 1) : "" }, () => {
      if (!index) return count() ? "None" : "None connected";
      return `Mask ${index}${index > session.masks.length ? " (not connected)" : ""}`;
    });
  repeat(choice, () => count() + 1, option);
  onUpdate(() => (choice.value = String(region()?.mask ?? "")));
  return h("div", { class: "slider" }, h("span", { class: "label" }, "From mask"), choice);
}

/** A sentence about the region. @param {Session} session */
function summary({ layer }) {
  if (!layer) return "Paint a region, or select a layer.";
  const { strokes, polygons, everything, mask } = layer.region;
  /** @type {[number, string][]} */
  const counts = [
    [strokes.length, "stroke"],
    [polygons.length, "outline"],
  ];
  const words = counts
    .filter(([count]) => count)
    .map(([count, name]) => said(`${count} ${name}${count === 1 ? "" : "s"}`));
  return words.join(", ") || (everything || mask !== null ? "" : "Nothing is painted on this layer yet.");
}

/** @param {import("../parts").CommandContext} editor */
export const regionPanel = (editor) => {
  const { session } = editor;
  return h(
    "section",
    { class: "panel region", "aria-label": "Region" },
    h(
      "div",
      { class: "line" },
      switchButton(
        session,
        "everything",
        "fill",
        "Fill all",
        "The whole picture belongs to this layer",
        "fill all",
      ),
      switchButton(
        session,
        "invert",
        "invert",
        "Invert",
        "Everything except what is painted",
        "invert region",
      ),
      button("trash", "Clear region", () => editLayer(session, "clear region", clearRegion), {
        label: "Clear",
        disabled: () => !session.layer,
      }),
    ),
    h("div", { class: "line" }, commandButton(editor, COMMANDS.snapRegion, { label: "Snap to the object" })),
    shareSlider(session, "grow", {
      name: "Grow",
      about: "Wider or narrower than painted",
      low: -10,
      high: 10,
      limits: [-50, 50],
    }),
    shareSlider(session, "feather", {
      name: "Feather",
      about: "How wide the soft edge is",
      low: 0,
      high: 30,
      limits: [0, 100],
      reset: 1,
      curve: 2,
    }),
    maskChoice(session),
    h("p", { class: "quiet" }, () => summary(session)),
  );
};
