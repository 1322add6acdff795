// @ts-check
/** The presets: a list of thumbnails beside the picture; a click, or a drag onto the picture, applies one. */

import * as files from "../commands/preset_files.mjs";
import { isEmpty } from "../document/document.mjs";
import { layerName } from "../document/layers.mjs";
import * as presets from "../document/presets.mjs";
import { button, consume, h, onUpdate, repeat, rovingFocus } from "../dom/dom.mjs";
import { said } from "../dom/language.mjs";
import { segments } from "../dom/segments.mjs";
import { drawPreset } from "./preset_picture.mjs";

/** @typedef {import("../parts").CommandContext & {focus(): void, update(): void}} Editor */
/** @typedef {import("../document/presets.mjs").Preset} Preset */
/**
 * What the stage and the player give: `play` plays a preset on a thumbnail until it is ended, `layerAt` is the layer at a
 * position of the stage, or -1.
 * @typedef {{play: (canvas: HTMLCanvasElement, preset: Preset) => () => void, layerAt: (position: [number, number]) =>
 * number}} View
 */

const DRAGGED = "application/x-flowbrush-preset";

/** @param {Editor} editor @param {View} view */
export const presetsPanel = (editor, view) => new PresetsPanel(editor, view);

/** The name of a preset as it is shown: "at_sea" is "At sea". @param {Preset} preset */
const titleOf = ({ name }) => said(name[0].toUpperCase() + name.slice(1).replaceAll("_", " "));

class PresetsPanel {
  #editor;
  #view;
  #pack = /** @type {Preset[]} */ ([]);
  #own = /** @type {Preset[]} */ ([]);
  #past = /** @type {Preset[]} */ ([]); // the pack as it was fitted to other pictures
  #fitted = ""; // the picture and the depth that the pack is fitted to
  #onLayer = false; // whether a click moves the selected layer rather than the whole picture
  #problem = "";
  #dragged = /** @type {Preset | null} */ (null);

  /** @param {Editor} editor @param {View} view */
  constructor(editor, view) {
    this.#editor = editor;
    this.#view = view;
    this.name = h("input", {
      type: "text",
      class: "preset-name",
      maxlength: 80,
      placeholder: said("Name of a new preset"),
      "aria-label": "Name of a new preset",
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        event.stopPropagation();
        if (event.key === "Enter") void this.#save();
        if (event.key === "Escape") this.show(false);
      },
    });
    this.element = this.#make();
    this.#listenToDrops();
    void this.#read();
  }

  /** @param {boolean} visible */
  show(visible) {
    this.element.hidden = !visible;
    this.#editor.update();
    if (visible) void this.#attempt(() => this.#fit());
    if (visible) this.element.querySelector("button")?.focus();
    else this.#editor.focus();
  }

  /** Does something that may fail, and shows the reason in that case. @param {() => Promise<unknown>} work */
  async #attempt(work) {
    this.#problem = "";
    try {
      await work();
    } catch (error) {
      this.#problem = error instanceof Error ? error.message : String(error);
    }
    this.#editor.update();
  }

  #read() {
    const { host } = this.#editor;
    return this.#attempt(async () => {
      this.#pack = await files.packPresets(host);
      this.#own = await files.ownPresets(host);
      await this.#fit();
    });
  }

  /** Fits the pack to the picture, so that no flow tears a face or a roof, and the camera goes around the subject. */
  async #fit() {
    const { session, host } = this.#editor;
    const picture = session.picture?.request;
    const wanted = JSON.stringify([picture, host.depth()]);
    if (!picture || !this.#pack.length || this.#fitted === wanted) return;
    this.#fitted = wanted;
    const pack = await files.fittedPresets(host, picture);
    this.#past.push(...this.#pack);
    this.#pack = pack;
  }

  /** Replaces the artist's own presets, here and on the server. @param {Preset[]} own */
  #keep(own) {
    return this.#attempt(async () => {
      await files.savePresets(this.#editor.host, own);
      this.#own = own;
    });
  }

  async #save() {
    const { document } = this.#editor.session;
    const name = this.name.value.trim();
    if (!name) return this.name.focus();
    await this.#keep(presets.withPresets(this.#own, [{ name, about: "", document }]));
    if (!this.#problem) this.name.value = "";
  }

  #import() {
    return this.#attempt(async () => this.#keep(await files.importedPresets(this.#own)));
  }

  /** The layer that a click gives the motion to, or -1 for the whole picture. */
  get #target() {
    const { session } = this.#editor;
    return this.#onLayer && presets.takesMotion(session.layer) ? session.selection.layer : -1;
  }

  /** The preset with a layer, which the pack's own has where nothing in the picture moves so. @param {Preset} preset */
  #withLayer(preset) {
    const named = this.#past.filter(({ name }) => name === preset.name);
    return [preset, ...named].find(presets.movingLayer);
  }

  /** @param {Preset} preset @param {number} [layer] -1: the whole picture */
  #apply(preset, layer = this.#target) {
    const { session } = this.#editor;
    const label = "preset";
    if (layer < 0) {
      const known = [...this.#past, ...this.#pack, ...this.#own];
      session.apply((document) => presets.withPreset(document, preset, known), label);
    } else {
      const moving = this.#withLayer(preset);
      if (!moving) return session.notice("This preset moves the camera: apply it to the whole picture.");
      session.apply((document) => presets.withPresetMotion(document, layer, moving), label);
      session.select({ layer, path: null, point: null });
    }
    session.setTime(0);
    session.setPlaying(true);
  }

  /** Lets a preset be dropped on the picture: on a layer's region it moves that layer. */
  #listenToDrops() {
    const { stage, session } = this.#editor;
    const options = { signal: stage.ended };
    const isOurs = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes(DRAGGED);
    stage.element.addEventListener("dragover", (event) => isOurs(event) && consume(event), options);
    stage.element.addEventListener(
      "drop",
      (event) => {
        const preset = this.#dragged;
        if (!preset || !isOurs(event)) return;
        consume(event);
        const layer = this.#view.layerAt(stage.pointer.position(event));
        const takes = layer >= 0 && presets.takesMotion(session.document.layers[layer]);
        this.#apply(preset, takes && this.#withLayer(preset) ? layer : -1);
      },
      options,
    );
  }

  /** The thumbnail of one preset. @param {() => Preset[]} list @param {number} index */
  #thumbnail(list, index) {
    const { session } = this.#editor;
    const canvas = h("canvas", { class: "preset-picture" });
    let shown = "";
    let end = () => {};
    let drawn = /** @type {unknown[]} */ ([]);
    const preset = () => list()[index];
    const stop = () => {
      end();
      end = () => {};
      drawn = [];
      draw();
    };
    const draw = () => {
      const now = [preset(), session.picture, session.aspect];
      if (this.element?.hidden || now.every((value, k) => value === drawn[k])) return;
      drawn = now;
      drawPreset(canvas, preset(), session.picture, session.aspect);
    };
    const start = () => {
      end();
      end = this.#view.play(canvas, preset());
    };
    onUpdate(() => {
      if (shown !== preset().name) [shown, drawn] = [preset().name, []];
      draw();
    });
    return h(
      "button",
      {
        class: "preset",
        draggable: "true",
        title: () => preset().about || titleOf(preset()),
        disabled: () => this.#target >= 0 && !this.#withLayer(preset()),
        onclick: () => this.#apply(preset()),
        onpointerenter: start,
        onpointerleave: stop,
        onfocus: start,
        onblur: stop,
        ondragstart: (/** @type {DragEvent} */ event) => {
          this.#dragged = preset();
          event.dataTransfer?.setData(DRAGGED, preset().name);
        },
        ondragend: () => (this.#dragged = null),
      },
      canvas,
      h("span", {}, () => titleOf(preset())),
    );
  }

  /** A thumbnail of an own preset, with the button that deletes it. @param {number} index */
  #ownThumbnail(index) {
    const remove = () => this.#keep(this.#own.toSpliced(index, 1));
    return h(
      "div",
      { class: "own-preset" },
      this.#thumbnail(() => this.#own, index),
      button("trash", () => `Delete the preset ${this.#own[index].name}`, remove, { class: "small" }),
    );
  }

  /** Whether a click moves the whole picture or the selected layer. */
  #makeTarget() {
    const { session } = this.#editor;
    const layer = () => layerName(session.document, session.selection.layer);
    return segments("Apply to", [
      button("", "Whole picture", () => this.#choose(false), {
        label: "Whole picture",
        pressed: () => this.#target < 0,
      }),
      button("", "Selected layer", () => this.#choose(true), {
        label: () => (presets.takesMotion(session.layer) ? layer() : "Selected layer"),
        about: "The motion of the preset, in the region of the layer",
        pressed: () => this.#target >= 0,
        disabled: () => !presets.takesMotion(session.layer),
      }),
    ]);
  }

  /** @param {boolean} onLayer */
  #choose(onLayer) {
    this.#onLayer = onLayer;
    this.#editor.update();
  }

  #make() {
    const { session } = this.#editor;
    const close = button("close", "Close", () => this.show(false), { keys: "Escape" });
    const grid = (/** @type {string} */ label) =>
      h("div", { class: "preset-grid", role: "group", "aria-label": label });
    const pack = grid("Presets");
    const own = grid("Your presets");
    repeat(
      pack,
      () => this.#pack.length,
      (index) => this.#thumbnail(() => this.#pack, index),
    );
    repeat(
      own,
      () => this.#own.length,
      (index) => this.#ownThumbnail(index),
    );
    return h(
      "section",
      {
        class: "presets",
        "aria-label": "Presets",
        hidden: true,
        onkeydown: (/** @type {KeyboardEvent} */ event) => {
          if (event.key !== "Escape") return;
          consume(event);
          this.show(false);
        },
      },
      h("header", {}, h("h3", {}, "Presets"), close),
      this.#makeTarget(),
      h(
        "p",
        { class: "quiet", hidden: () => !this.#problem },
        () => `The presets did not load or save: ${this.#problem}`,
      ),
      h(
        "div",
        { class: "preset-list" },
        rovingFocus(pack, ".flowbrush-preset"),
        h("h4", {}, "Your presets"),
        rovingFocus(own, ".flowbrush-preset"),
        h(
          "div",
          { class: "line" },
          this.name,
          button("save", "Keep this motion as a preset", () => this.#save(), {
            label: "Keep",
            disabled: () => isEmpty(session.document),
          }),
        ),
        h(
          "div",
          { class: "line" },
          button("load", "Import presets from a file", () => this.#import(), { label: "Import…" }),
          button("save", "Export your presets as a file", () => files.exportPresets(this.#own), {
            label: "Export",
            disabled: () => !this.#own.length,
          }),
        ),
      ),
    );
  }
}
