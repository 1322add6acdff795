// What the editor uses of ComfyUI's frontend, for the type check; the graph's own objects are as loose as litegraph's.
declare module "*/scripts/app.js" {
  export const app: {
    readonly graph: any;
    readonly canvas: any;
    readonly nodeOutputs: Record<string, any>;
    registerExtension(extension: {
      name: string;
      getCustomWidgets?(app: unknown): Record<string, (node: any, name: string, data: any, app: any) => any>;
      [hook: string]: any;
    }): void;
    [member: string]: any;
  };
}

declare module "*/scripts/api.js" {
  export const api: EventTarget & {
    fetchApi(route: string, options?: RequestInit): Promise<Response>;
    apiURL(route: string): string;
    addEventListener(
      type: string,
      listener: (event: CustomEvent) => void,
      options?: AddEventListenerOptions,
    ): void;
    removeEventListener(type: string, listener: (event: CustomEvent) => void): void;
    [member: string]: any;
  };
}
