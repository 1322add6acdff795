/** What the modules of the editor share; motion/document/document.py explains the members of a motion document. */

export type Point = readonly number[];
export type Ease = string | Point | readonly Point[];
export interface Stroke {
  readonly points: readonly Point[];
  readonly radius: number;
  readonly hardness: number;
  readonly mode: string;
}
export interface Polygon {
  readonly points: readonly Point[];
  readonly mode: string;
}
export interface Region {
  readonly everything: boolean;
  readonly mask: number | null;
  readonly polygons: readonly Polygon[];
  readonly strokes: readonly Stroke[];
  readonly invert: boolean;
  readonly grow: number;
  readonly feather: number;
}
export interface Path {
  readonly points: readonly Point[];
  readonly corners: readonly number[];
  readonly times: Point | null;
}
export interface Ambient {
  readonly amount: number;
  readonly speed: number;
  readonly seed: number;
}
export interface Motion {
  readonly paths: readonly Path[];
  readonly horizontal: number;
  readonly vertical: number;
  readonly proximity: number;
  readonly rotation: number;
  readonly pivot: Point | null;
  readonly ambient: Ambient;
  readonly ease: Ease;
  readonly start: number;
  readonly end: number;
  readonly loop: "none" | "repeat" | "pingpong";
  readonly fit: "rigid" | "similarity";
}
export interface Layer {
  readonly name: string;
  readonly visible: boolean;
  readonly locked: boolean;
  readonly color: string;
  readonly region: Region;
  readonly motion: Motion;
  readonly freeze: boolean;
  readonly strength: number;
  readonly order: number;
}
export interface Pose {
  readonly pan: number;
  readonly tilt: number;
  readonly truck: number;
  readonly pedestal: number;
  readonly dolly: number;
  readonly zoom: number;
  readonly roll: number;
}
export interface Keyframe extends Pose {
  readonly time: number;
  readonly ease: Ease;
}
export interface Camera {
  readonly keyframes: readonly Keyframe[];
  readonly field_of_view: number;
}
export interface MotionDocument {
  readonly layers: readonly Layer[];
  readonly camera: Camera;
}

/** Edits: what is given besides the document: a layer's index, a path's index p, a point's index k. */
type Edit<Rest extends any[] = []> = (document: MotionDocument, ...rest: Rest) => MotionDocument;
type LayerEdit<Rest extends any[] = []> = Edit<[index: number, ...rest: Rest]>;
type PathEdit<Rest extends any[] = []> = LayerEdit<[p: number, ...rest: Rest]>;
type PointEdit<Rest extends any[] = []> = PathEdit<[k: number, ...rest: Rest]>;
type MotionPart = Partial<Omit<Motion, "ambient" | "paths">> & {
  ambient?: Partial<Ambient>;
  paths?: readonly Partial<Path>[];
};

/** How a value of a document is read: see schema.mjs. */
export interface Kind {
  value?: any; // the default; without one it has to be said
  type?: "number" | "boolean" | "string";
  whole?: boolean;
  low?: number;
  high?: number;
  digits?: number; // 10 to the decimals that are kept
  words?: string[];
  optional?: boolean; // may be null
  list?: Kind; // of entries
  least?: number;
  tuple?: Kind[]; // of numbers; those with a default may be left out
  members?: Record<string, Kind>;
  among?: (given: any) => Kind; // what it is depends on what was given
  problem?: (value: any) => [place: string, sentence: string] | false | undefined; // of a value that is read
}

export interface Picture {
  image: CanvasImageSource;
  width: number;
  height: number;
  label?: string;
}
/** A connected MASK, 0..255. */
export interface Mask {
  width: number;
  height: number;
  data: Uint8ClampedArray;
}
export interface Selection {
  readonly layer: number; // -1: none
  readonly path: number | null;
  readonly point: number | null;
  readonly keyframe: number | null;
}
export interface Problem {
  place: string;
  sentence: string;
}
/** A state in the history; `loaded` is a text from outside, kept byte for byte. */
export interface State {
  document: MotionDocument;
  loaded: string | null;
  problem: Problem | null;
  selection: Selection;
  label: string;
}
export type SessionEvent =
  | "document" // transient changes too
  | "commit" // the text changed
  | "selection"
  | "tool"
  | "options"
  | "time"
  | "playing"
  | "picture"
  | "masks"
  | "length"
  | "notice"
  | "problem";

/** Cells [left, top, right, bottom], right and bottom excluded. */
export type Box = [number, number, number, number];
/** Coverage 0..255 of a grid's cells. */
export type Cells = Uint8ClampedArray;
/** A region that was drawn: `painted` before `invert`, `result` after; `box`: where its last strokes are. */
export interface Drawn {
  region: Region;
  mask: Mask | null;
  painted: Cells;
  result: Cells;
  box: Box;
}
