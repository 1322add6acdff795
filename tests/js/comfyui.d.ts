// The modules of ComfyUI's frontend that the pack's entry imports, for the type check.
declare module "*/scripts/app.js" {
  export const app: import("../../js/editor/comfyui/litegraph").ComfyApp;
}

declare module "*/scripts/api.js" {
  export const api: import("../../js/editor/comfyui/litegraph").ComfyApi;
}
