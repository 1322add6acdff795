/** The part of ComfyUI's frontend, and of its graph library, that the editor uses. */

export interface GraphLink {
  readonly origin_id: number | string;
  readonly origin_slot: number;
  readonly target_id: number | string;
  readonly target_slot: number;
}

export interface GraphSlot {
  readonly name: string;
  readonly type?: unknown;
  /** The link of an input. */
  readonly link?: number | string | null;
  /** The links of an output. */
  readonly links?: (number | string)[] | null;
  /** The links of a slot of a subgraph. */
  readonly linkIds?: (number | string)[];
  /** The widget that an input belongs to. */
  readonly widget?: { readonly name: string };
  /** Of an input of a subgraph's node: the widget that is promoted to it, and the input inside. */
  readonly _widget?: GraphWidget;
  readonly _subgraphSlot?: unknown;
  connect?(output: GraphSlot, node: GraphNode): unknown;
}

export interface GraphWidget {
  readonly name: string;
  readonly type?: string;
  /** What is shown in place of the name. */
  label?: string;
  value?: unknown;
  callback?(value: unknown): unknown;
  readonly options?: { readonly values?: unknown; readonly advanced?: boolean };
  element?: HTMLElement;
  computeSize?(): number[];
  readonly y?: number;
  onRemove?(): unknown;
  /** Of the editor's widget only. */
  flowbrush?: DocumentSlot;
}

/** The widgets of ComfyUI's frontend that have an element of their own. */
export interface DomWidgets {
  readonly DOMWidgetImpl: new (made: {
    node: GraphNode;
    name: string;
    type: string;
    element: HTMLElement;
    options: object;
  }) => GraphWidget;
  addWidget(
    node: { graph: Graph | null | undefined; addCustomWidget(widget: GraphWidget): unknown },
    widget: GraphWidget,
  ): void;
}

export interface GraphNode {
  readonly id: number | string;
  readonly type: string;
  readonly title?: string;
  readonly mode?: number;
  readonly graph?: Graph | null;
  readonly subgraph?: Graph;
  readonly comfyClass?: string;
  /** Whether it shows its advanced widgets. */
  readonly showAdvanced?: boolean;
  readonly inputs?: GraphSlot[];
  readonly outputs: GraphSlot[];
  readonly widgets?: GraphWidget[];
  /** The pictures that it shows. */
  readonly imgs?: unknown[];
  pos: number[];
  size: number[];
  connect(output: number, target: GraphNode, input: number): unknown;
  setSize(size: number[]): void;
  /** The least size that its slots and widgets need. */
  computeSize(): number[];
  setDirtyCanvas?(foreground: boolean, background: boolean): void;
  addDOMWidget(name: string, type: string, element: HTMLElement, options: object): GraphWidget;
  /** Of the node of a subgraph: makes the widget for an input to which a widget was promoted. */
  createPromotedHostWidget?(input: GraphSlot, id: unknown, source: GraphWidget): GraphWidget | undefined;
  /** Of the node of a subgraph: what it stores of the widget that was promoted to an input. */
  _projectPromotedWidget?(input: GraphSlot): GraphWidget | undefined;
  /** Of the node of a subgraph: makes the widget of an input anew. */
  _resolveInputWidget?(inside: unknown, input: GraphSlot): void;
  onDrawForeground?(context: CanvasRenderingContext2D, ...rest: unknown[]): unknown;
  onAdded?(...rest: unknown[]): unknown;
  onRemoved?(...rest: unknown[]): unknown;
  onConnectionsChange?(...rest: unknown[]): unknown;
  /** Takes what a workflow stores of the node. */
  onConfigure?(stored: { widgets_values?: unknown }): void;
}

/** The editor's widget in its node, as the pack's commands use it. */
export interface DocumentSlot {
  /** Why the document cannot be edited here; "" where it can. */
  readonly lock: string;
  readonly editor: ReturnType<typeof import("./widget.mjs").openEditor> | null;
  open(): Promise<ReturnType<typeof import("./widget.mjs").openEditor> | null>;
}

/** A setting of the pack. */
export interface Setting {
  id: string;
  name: string;
  category?: string[];
  type: "boolean" | "slider" | "combo";
  defaultValue: boolean | number | string;
  tooltip?: string;
  attrs?: { min: number; max: number; step: number };
  options?: { text: string; value: string }[];
  onChange?(value: unknown, before?: unknown): void;
}

/** A command in ComfyUI's menu and key settings. */
export interface HostCommand {
  id: string;
  label: string;
  icon?: string;
  function(): unknown;
}

export interface Keybinding {
  commandId: string;
  combo: { key: string; ctrl?: boolean; alt?: boolean; shift?: boolean };
}

type Links = Map<number | string, GraphLink> | Record<number | string, GraphLink | undefined>;

/** A control of App mode: its node and widget, and settings of the control. */
export type AppControl = [node: unknown, widget: string, config?: object];

/** A frame around nodes. */
export interface GraphGroup {
  pos: number[];
  size: number[];
}

export interface Graph {
  readonly id: string;
  readonly rootGraph?: Graph;
  readonly subgraphs?: Map<string, Graph>;
  readonly nodes: GraphNode[];
  readonly groups?: GraphGroup[];
  readonly inputNode?: { readonly id: number | string };
  readonly outputNode?: { readonly slots?: GraphSlot[] };
  readonly outputs?: GraphSlot[];
  /** What a workflow stores beside its nodes. */
  readonly extra?: { linearData?: { inputs?: AppControl[]; outputs?: unknown[] } };
  /** The graph as a workflow stores it. */
  serialize?(): object;
  readonly links?: Links;
  getLink?(id: number | string): GraphLink | null | undefined;
  getNodeById(id: number | string): GraphNode | null | undefined;
  add(node: GraphNode): unknown;
  remove(node: GraphNode): unknown;
  incrementVersion?(): void;
}

export interface ComfyApp {
  readonly canvas: {
    readonly canvas: HTMLCanvasElement;
    readonly ctx?: CanvasRenderingContext2D;
    /** The graph that is shown. */
    readonly graph?: Graph | null;
    readonly selected_nodes?: Record<string, GraphNode>;
    selectItems?(nodes: GraphNode[]): void;
    emitBeforeChange(): void;
    emitAfterChange(): void;
    setDirty(foreground: boolean, background: boolean): void;
  };
  readonly graph?: Graph;
  /** The graph that contains all others. */
  readonly rootGraph?: Graph;
  readonly extensionManager?: {
    readonly command: { execute(id: string): Promise<unknown> };
    readonly setting: { get(id: string): unknown };
    readonly toast: { add(message: object): void };
    readonly workflow?: { readonly activeWorkflow?: object | null };
  };
  queuePrompt(number: number): Promise<boolean>;
  loadGraphData?(
    stored: object,
    clean: boolean,
    restoreView: boolean,
    workflow: object | string,
    options?: { openSource: string },
  ): Promise<void>;
  /** Why the server refused the graph that was queued last. */
  readonly lastNodeErrors?: NodeErrors | null;
  /** What each node showed when it ran last. */
  readonly nodeOutputs?: Record<string, NodeOutputs>;
  registerExtension(extension: {
    name: string;
    settings?: Setting[];
    commands?: HostCommand[];
    keybindings?: Keybinding[];
    menuCommands?: { path: string[]; commands: string[] }[];
    getCustomWidgets?(): Record<string, (node: GraphNode, name: string, data: unknown[]) => object>;
    nodeCreated?(node: GraphNode): void;
    setup?(): unknown;
    beforeRegisterNodeDef?(nodeType: { prototype: GraphNode }, definition: NodeDefinition): void;
  }): void;
}

/** The errors for which the server refused a graph, by the paths of its nodes. */
export type NodeErrors = Record<
  string,
  {
    class_type?: string;
    errors?: { type?: string; message?: string; details?: string; extra_info?: { input_name?: string } }[];
  }
>;

/** The schema of a node, as the server describes it. */
export interface NodeDefinition {
  input?: Record<string, Record<string, [type: unknown, options?: { flowbrush_before?: unknown }]>>;
}

/** A file in the outputs of a node, of which parts may be missing. */
export interface OutputFile {
  filename: string;
  subfolder?: string;
  type?: string;
  /** The size of the picture that was shown, where the file is smaller. */
  width?: number;
  height?: number;
}

export interface NodeOutputs {
  images?: OutputFile[];
  flowbrush_picture?: OutputFile[];
  /** the whole clip of which `flowbrush_picture` is a frame */ flowbrush_clip?: OutputFile[];
  /** the document that a run has made of LAYERS */ flowbrush_document?: string[];
  flowbrush_masks?: import("../parts").ChannelReference[];
  flowbrush_depth?: import("../parts").ChannelReference[];
}

export interface ComfyApi {
  /** The names of the example graphs of each pack. */
  getWorkflowTemplates?(): Promise<Record<string, string[]>>;
  readonly clientId?: string;
  /** The address of a route that is for ComfyUI's own pages. */
  internalURL?(route: string): string;
  /** The address of a route. */
  apiURL(route: string): string;
  /** Stops a run, or the one that is going on. */
  interrupt(run: string | null): Promise<void>;
  fetchApi(route: string, options?: RequestInit): Promise<Response>;
  addEventListener(type: string, listener: (event: CustomEvent) => void): void;
  removeEventListener(type: string, listener: (event: CustomEvent) => void): void;
}
