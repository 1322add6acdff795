// @ts-check
/** The parts of the editor that are loaded when they are first needed. Each is put into the editor when it is built. */

import { loadStyle } from "./dom/dom.mjs";

/** @typedef {import("./editor.mjs").Editor} Editor */
/** @typedef {"panels" | "run" | "view" | "problem" | "menu" | "help" | "presets" | "align" | "clip"} Name */

const styled = () => loadStyle("on_demand.css");

/** @type {Record<Name, () => Promise<(editor: Editor) => unknown>>} */
const PARTS = {
  async panels() {
    const { panels } = await import("./panels/panels.mjs");
    return (editor) => {
      const { side, timeline } = panels(
        editor,
        () => editor.tab,
        (tab) => editor.show({ tab }),
      );
      editor.side.replaceWith(side, timeline.result);
      editor.updateTime = timeline.update;
    };
  },

  async run() {
    const { runBar } = await import("./panels/run_bar.mjs");
    return (editor) => {
      const { buttons, over, end } = runBar(editor);
      editor.ends.push(end);
      editor.end.prepend(buttons);
      editor.center.append(...over);
    };
  },

  async view() {
    const { viewOptions } = await import("./panels/view_options.mjs");
    return (editor) => {
      const view = viewOptions(editor);
      editor.view.replaceWith(view);
      editor.view = view;
    };
  },

  async align() {
    const [{ alignBar }] = await Promise.all([import("./panels/align_bar.mjs"), styled()]);
    return (editor) => editor.center.append(alignBar(editor.session));
  },

  async clip() {
    const [{ clipSlider }] = await Promise.all([import("./panels/clip_slider.mjs"), styled()]);
    return (editor) => editor.transport.result.prepend(clipSlider(editor.session));
  },

  async problem() {
    const { problem } = await import("./panels/problem.mjs");
    return (editor) => editor.center.append(problem(editor));
  },

  async menu() {
    const { editorMenu } = await import("./panels/menu.mjs");
    return editorMenu;
  },

  async presets() {
    const [{ presetsPanel }, { playPreset }, { layerAt }] = await Promise.all([
      import("./panels/presets_panel.mjs"),
      import("./preset_player.mjs"),
      import("./stage/hit.mjs"),
      styled(),
    ]);
    return (editor) => {
      const part = presetsPanel(editor, {
        play: (canvas, preset) => playPreset(editor, canvas, preset),
        layerAt: (position) => layerAt(editor.stage, position),
      });
      editor.center.append(part.element);
      return part;
    };
  },

  async help() {
    const { help } = await import("./panels/help.mjs");
    return (editor) => {
      const part = help(() => editor.focus());
      editor.element.append(part.element);
      return part;
    };
  },
};

/** Loads a part; returns the function that builds it. @param {Name} name */
export const loadPart = (name) => PARTS[name]();
