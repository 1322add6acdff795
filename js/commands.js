// @ts-check
// The pack's commands in ComfyUI, with their keys, and its page in the settings. What they do is loaded when it is first used.
import { api } from "../../scripts/api.js";
import { app } from "../../scripts/app.js";
import { SETTINGS } from "./editor/comfyui/settings.mjs";

/** @import { GraphNode } from "./editor/comfyui/litegraph" */

const actions = () => import("./editor/comfyui/node_actions.mjs");

/** The nodes that are selected on the canvas. @returns {GraphNode[]} */
const selected = () => Object.values(app.canvas.selected_nodes ?? {});

app.registerExtension({
  name: "Flowbrush.Commands",
  settings: SETTINGS,
  commands: [
    {
      id: "Flowbrush.StartHere",
      label: "Motion Brush: open the first example",
      icon: "pi pi-compass",
      function: async () => (await import("./editor/comfyui/first_example.mjs")).openFirstExample(app, api),
    },
    {
      id: "Flowbrush.OpenEditor",
      label: "Motion Brush: open in the full window",
      icon: "pi pi-window-maximize",
      function: async () => (await actions()).openLarge(app, selected()),
    },
    {
      id: "Flowbrush.PlayMotion",
      label: "Motion Brush: play or stop the preview",
      icon: "pi pi-play",
      function: async () => (await actions()).playMotion(app, selected()),
    },
    {
      id: "Flowbrush.NewMotionBrush",
      label: "Motion Brush: add one for the selected picture",
      icon: "pi pi-pencil",
      function: async () => (await actions()).addMotionBrush(app, selected()),
    },
    {
      id: "Flowbrush.SpatialPhoto",
      label: "Motion Brush: add depth and a camera for the selected picture",
      icon: "pi pi-box",
      function: async () =>
        (await import("./editor/comfyui/spatial_photo.mjs")).addSpatialPhoto(app, selected()),
    },
  ],
  keybindings: [
    { commandId: "Flowbrush.StartHere", combo: { key: "h", alt: true, shift: true } },
    { commandId: "Flowbrush.OpenEditor", combo: { key: "e", alt: true, shift: true } },
    { commandId: "Flowbrush.PlayMotion", combo: { key: "p", alt: true, shift: true } },
    { commandId: "Flowbrush.NewMotionBrush", combo: { key: "b", alt: true, shift: true } },
    { commandId: "Flowbrush.SpatialPhoto", combo: { key: "d", alt: true, shift: true } },
  ],
  menuCommands: [
    {
      path: ["Extensions", "Flowbrush"],
      commands: [
        "Flowbrush.StartHere",
        "Flowbrush.OpenEditor",
        "Flowbrush.PlayMotion",
        "Flowbrush.NewMotionBrush",
        "Flowbrush.SpatialPhoto",
      ],
    },
  ],
});
