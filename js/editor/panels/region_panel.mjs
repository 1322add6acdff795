// @ts-check
/** What the selected layer covers. */

import { layerEdit } from "../commands/layer_actions.mjs";
import { changeRegion, clearRegion } from "../document/edits.mjs";
import { button, h, onUpdate, repeat } from "../dom/dom.mjs";
import { slider } from "./slider.mjs";

/** @param {import("../document/session.mjs").Session} session */
export function regionPanel(session) {
  /** @returns {any} */
  const region = () => session.layer?.region;
  const none = () => !region();
  const apply = (/** @type {any} */ partial, /** @type {string} */ label) => {
    const edit = layerEdit(session, changeRegion, partial);
    if (edit) session.apply(edit, label);
  };
  const clear = () => {
    const edit = layerEdit(session, clearRegion);
    if (edit) session.apply(edit, "clear region");
  };
  /** @param {string} name @param {"grow" | "feather"} member @param {any} more */
  const share = (name, member, more) =>
    slider(session, {
      name,
      step: 0.1,
      unit: "%",
      get: () => region() && region()[member] * 100,
      edit: (value) => layerEdit(session, changeRegion, { [member]: value / 100 }),
      ...more,
    });
  const masks = () => Math.max(session.masks.length, (region()?.mask ?? -1) + 1);
  const select = h("select", {
    class: "select",
    title: "A MASK that is connected to the node",
    "aria-label": "From mask",
    disabled: none,
    onchange: () => apply({ mask: select.value === "" ? null : Number(select.value) }, "mask"),
  });
  repeat(
    select,
    () => masks() + 1,
    (index) =>
      h("option", { value: index ? String(index - 1) : "" }, () => {
        if (!index) return masks() ? "None" : "None connected";
        return `Mask ${index}${index > session.masks.length ? " (not connected)" : ""}`;
      }),
  );
  onUpdate(() => (select.value = String(region()?.mask ?? "")));
  const painted = () => {
    const now = region();
    if (!now) return "Paint a region, or select a layer.";
    const counts = [
      [now.strokes.length, "stroke"],
      [now.polygons.length, "outline"],
    ].filter(([count]) => count);
    const list = counts.map(([count, name]) => `${count} ${name}${count === 1 ? "" : "s"}`).join(", ");
    return list || (now.everything || now.mask !== null ? "" : "Nothing is painted on this layer yet.");
  };
  return h(
    "section",
    { class: "panel region", "aria-label": "Region" },
    h(
      "div",
      { class: "line" },
      button("fill", "Fill all", () => apply({ everything: !region().everything }, "fill all"), {
        label: "Fill all",
        about: "The whole picture belongs to this layer",
        pressed: () => region()?.everything,
        disabled: none,
      }),
      button("invert", "Invert", () => apply({ invert: !region().invert }, "invert region"), {
        label: "Invert",
        about: "All but what is painted",
        pressed: () => region()?.invert,
        disabled: none,
      }),
      button("trash", "Clear region", clear, { label: "Clear", disabled: none }),
    ),
    share("Grow", "grow", { about: "Wider or narrower than painted", low: -10, high: 10, limits: [-50, 50] }),
    share("Feather", "feather", {
      about: "How wide the soft edge is",
      low: 0,
      high: 30,
      limits: [0, 100],
      reset: 1,
      curve: 2,
    }),
    h("div", { class: "slider" }, h("span", { class: "label" }, "From mask"), select),
    h("p", { class: "quiet" }, painted),
  );
}
