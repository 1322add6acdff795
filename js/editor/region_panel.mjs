// @ts-check
/** What the selected layer covers. */

import { clearRegion } from "./edits.mjs";
import { regionEdit } from "./actions.mjs";
import { button, h, setPressed } from "./dom.mjs";
import { Slider } from "./slider.mjs";

/** @typedef {import("./session.mjs").Session} Session */

export class RegionPanel {
  /** @param {Session} session */
  constructor(session) {
    this.session = session;
    this.all = button("fill", "Fill all", () => this.apply({ everything: !this.region.everything }, "fill all"), {
      label: "Fill all",
      about: "The whole picture belongs to this layer",
    });
    this.invert = button("invert", "Invert", () => this.apply({ invert: !this.region.invert }, "invert region"), {
      label: "Invert",
      about: "All but what is painted",
    });
    this.clear = button("trash", "Clear region", () => this.wipe(), { label: "Clear" });
    this.sliders = [
      new Slider(session, {
        name: "Grow",
        about: "Wider or narrower than painted, in parts of the picture's short side",
        low: -10,
        high: 10,
        limits: [-50, 50],
        step: 0.1,
        unit: "%",
        get: () => this.region && this.region.grow * 100,
        edit: (value) => regionEdit(session, { grow: value / 100 }),
      }),
      new Slider(session, {
        name: "Feather",
        about: "How wide the soft edge is",
        low: 0,
        high: 30,
        limits: [0, 100],
        reset: 1,
        step: 0.1,
        curve: 2,
        unit: "%",
        get: () => this.region && this.region.feather * 100,
        edit: (value) => regionEdit(session, { feather: value / 100 }),
      }),
    ];
    this.mask = h("select", { class: "select", title: "A MASK that is connected to the node", "aria-label": "From mask" });
    this.mask.addEventListener("change", () => {
      const value = this.mask.value === "" ? null : Number(this.mask.value);
      this.apply({ mask: value }, "mask");
    });
    this.about = h("p", { class: "quiet" });
    this.element = h(
      "section",
      { class: "panel region", "aria-label": "Region" },
      h("div", { class: "line wrap" }, this.all, this.invert, this.clear),
      ...this.sliders.map(({ element }) => element),
      h("label", { class: "slider" }, h("span", { class: "label" }, "From mask"), this.mask),
      this.about,
    );
  }

  /** @returns {any} */
  get region() {
    return this.session.layer?.region ?? null;
  }

  /** @param {any} partial @param {string} label */
  apply(partial, label) {
    const edit = regionEdit(this.session, partial);
    if (edit) this.session.apply(edit, label);
    else this.update();
  }

  wipe() {
    const at = this.session.editableLayer();
    if (at >= 0) this.session.apply((document) => clearRegion(document, at), "clear region");
  }

  update() {
    const { region, session } = this;
    for (const element of [this.all, this.invert, this.clear, this.mask]) element.disabled = !region;
    setPressed(this.all, Boolean(region?.everything));
    setPressed(this.invert, Boolean(region?.invert));
    for (const slider of this.sliders) slider.update();
    const count = Math.max(session.masks.length, (region?.mask ?? -1) + 1);
    if (this.mask.options.length !== count + 1 || this.connected !== session.masks.length) {
      this.connected = session.masks.length;
      const options = Array.from({ length: count }, (_, index) =>
        h("option", { value: String(index) }, `Mask ${index + 1}${index < session.masks.length ? "" : " (not connected)"}`),
      );
      this.mask.replaceChildren(h("option", { value: "" }, count ? "None" : "None connected"), ...options);
    }
    this.mask.value = String(region?.mask ?? "");
    const parts = [
      [region?.strokes.length, "stroke"],
      [region?.polygons.length, "outline"],
    ].filter(([number]) => number);
    const painted = parts.map(([number, name]) => `${number} ${name}${number === 1 ? "" : "s"}`).join(", ");
    this.about.textContent = region
      ? painted || (region.everything || region.mask !== null ? "" : "Nothing is painted on this layer yet.")
      : "Paint a region, or select a layer.";
  }
}
