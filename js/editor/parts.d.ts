/** What the parts of the editor know of each other. */
import type { Session } from "./document/session.mjs";
import type { Stage } from "./stage/stage.mjs";
import type { DocumentEdit } from "./types";

/** A picture file that ComfyUI's server stores. */
export interface FileReference {
  filename: string;
  subfolder: string;
  type: string;
}
/** A picture file, and the channel of it that is the mask or the depth. */
export interface ChannelReference extends FileReference {
  channel: string;
}

/** What the editor needs from the node or the page that it lives in. */
export interface Host {
  readonly id: string;
  post(path: string, body: unknown, signal: AbortSignal): Promise<Response>;
  /** Asks a route of ComfyUI's server. */
  fetch(path: string, options?: RequestInit): Promise<Response>;
  masks(): ChannelReference[];
  depth(): ChannelReference | null;
  usePicture(file: File): Promise<void>;
  /** Stops to load the picture, or loads it after that; returns whether there was something to do. */
  loadPicture?(load: boolean): boolean;
  /** Moves the editor into the overlay over the whole window, or back into the node. */
  toggleLarge(): void;
  readonly isLarge: boolean;
  /** Queues the graph, and cancels what runs or waits; absent where there is no graph. */
  readonly run?: { start(): Promise<void>; cancel(): Promise<void> };
}

/** What a command acts on. */
export interface CommandContext {
  readonly session: Session;
  readonly stage: Stage;
  readonly host: Host;
  showHelp(): unknown;
  showPresets(): unknown;
  /** Shows the result of the last run in place of the picture, or the picture again. */
  toggleResult?(): unknown;
}

/** One thing that the artist can do. Shortcuts, menu, help page and buttons are made from it. */
export interface Command {
  label: string;
  /** The button's title where it depends on the state; the label otherwise. */
  title?(context: CommandContext): string;
  /** A further sentence for the tooltip. */
  about?: string;
  /** The keys that run it, the one to show first: "B", "Ctrl+Z", "Home". */
  keys?: readonly string[];
  /** Its keys reach the editor as clipboard events, which a picture on the clipboard needs too. */
  clipboard?: boolean;
  /** The name of its icon. */
  icon?: string | ((context: CommandContext) => string);
  /** Whether it can run now; always where absent. */
  enabled?(context: CommandContext): boolean;
  /** Whether what it switches is on; absent where it switches nothing. */
  pressed?(context: CommandContext): boolean;
  run(context: CommandContext): unknown;
}

/** What a slider shows and edits; all numbers are as shown: percent, degrees, frames. */
export interface SliderOptions {
  name: string;
  /** A sentence for the tooltip. */
  about?: string;
  keys?: string;
  /** The lower end of the track. */
  low: number;
  /** The upper end of the track. */
  high: number | (() => number);
  /** What may be typed; the ends of the track where absent. */
  limits?: readonly [number, number];
  /** The value after a double-click; 0 where absent. */
  reset?: number | (() => number);
  /** Where the coloured part of the track begins; at 0 where absent. */
  from?: number;
  /** The change by one press of an arrow key. */
  step?: number;
  /** The exponent of the track; 2 gives small values more room. */
  curve?: number;
  /** Whether only whole numbers are allowed. */
  whole?: boolean;
  unit?: string;
  /** Shown beside a positive and a negative value, to say which way it goes. */
  signs?: readonly [string, string];
  /** The value; null or undefined disables the slider. */
  get(): number | null | undefined;
  /** The edit of the document that sets a value; null where the document may not be edited. */
  edit?(value: number): DocumentEdit | null;
  /** Sets a value that is not part of the document. */
  set?(value: number): void;
}

/** How the places of a layer are seen on the stage: by a View, or by a CameraView. */
export interface Sight {
  readonly aspect: number;
  /** CSS pixels per unit of the picture's short side. */
  readonly scale: number;
  toStage(point: readonly number[]): [number, number];
  /** The place under a point of the stage, or null where there is none within `beyond` units of the picture. */
  toDocument(point: readonly number[], beyond?: number): [number, number] | null;
  /** Of a CameraView only: a circle as the camera sees it. */
  ring?(centre: readonly number[], radius: number): [number, number][];
  /** Of a CameraView only: polylines as the camera sees them. */
  lines?(lines: number[][], width: number, height: number): number[][];
}

/** A view that only scales and shifts, which the view through the camera builds on. */
export interface PlainView {
  readonly scale: number;
  toStage(point: readonly number[]): [number, number];
  toDocument(point: readonly number[]): [number, number];
}

/** What may have changed since the regions were drawn last. */
export interface RegionChange {
  /** Whether the canvas is empty. */
  fresh: boolean;
  /** Whether everything is drawn again. */
  all: boolean;
  /** Whether the regions themselves may differ. */
  changed: boolean;
  /** Whether the view is moving. */
  moving: boolean;
}

/** The state of the pointer over the stage, as the tools receive it. */
export interface Contact {
  /** The position on the stage in CSS pixels. */
  stage: [number, number];
  /** The position in document coordinates. */
  at: [number, number];
  /** The document points [x, y, pressure] since the last event. */
  track: number[][];
  /** The pointerType of the event. */
  kind: string;
  /** The radius in CSS pixels within which something is hit. */
  reach: number;
  /** How many clicks there were in a row; 2 is a double-click. */
  clicks: number;
  shift: boolean;
  alt: boolean;
  /** Whether Alt is down or the pen's eraser end is used. */
  erase: boolean;
}

/** The type of an element that `h` makes for a tag; "svg:…" is an SVG element. */
export type ElementOf<Tag extends string> = Tag extends `svg:${infer Name extends keyof SVGElementTagNameMap}`
  ? SVGElementTagNameMap[Name]
  : Tag extends keyof HTMLElementTagNameMap
    ? HTMLElementTagNameMap[Tag]
    : HTMLElement;

/** What `h` accepts as a child; a function is text that follows the state. */
export type Child = Node | string | (() => string) | null | undefined | false | readonly Child[];
