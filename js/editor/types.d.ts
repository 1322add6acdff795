/**
 * The types that the modules of the editor share. motion/document/document.py explains the members of a motion
 * document.
 */

export type Point = readonly number[];
/** The name of an easing, a CSS Bezier [x1, y1, x2, y2], or a curve [[time, value], …]. */
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
  readonly snap: boolean;
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
export interface Flow {
  readonly speed: number;
  readonly reach: number;
  readonly hold: number;
}
export interface Sway {
  readonly kind: "wind" | "release" | "pendulum" | "breathe" | "jelly";
  readonly amount: number;
  readonly speed: number;
  readonly damping: number;
  readonly gust: number;
  readonly anchor: Point | null;
  readonly seed: number;
  readonly bend: "beam" | "region";
  readonly heading: number | null;
}
export interface Hang {
  readonly on: string;
  readonly speed: number;
  readonly damping: number;
  readonly anchor: Point | null;
}
export interface Pin {
  readonly at: Point;
  readonly move: Point;
  readonly path: Path | null;
  readonly rotation: number;
  readonly scale: number;
  readonly reach: number;
  readonly stiffness: number;
  readonly follow: string;
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
  readonly fit: "rigid" | "similarity" | "elastic";
  readonly flow: Flow;
  readonly pins: readonly Pin[];
  readonly sway: Sway;
  readonly bones: readonly (readonly number[])[];
  readonly hang: Hang;
  readonly drive: readonly Point[] | null;
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
  readonly loop: "none" | "seamless";
  /** of a connected clip, on which the document was painted */ readonly frame: number;
}

/** An edit as the session applies it. */
export type DocumentEdit = (document: MotionDocument) => MotionDocument;
/** Edits with further arguments: a layer's index, then a path's index p, then a point's index k. */
export type Edit<Rest extends unknown[] = []> = (document: MotionDocument, ...rest: Rest) => MotionDocument;
export type LayerEdit<Rest extends unknown[] = []> = Edit<[index: number, ...rest: Rest]>;
export type PathEdit<Rest extends unknown[] = []> = LayerEdit<[p: number, ...rest: Rest]>;
export type PointEdit<Rest extends unknown[] = []> = PathEdit<[k: number, ...rest: Rest]>;
/** Members of a layer, of which the inner objects may be incomplete too. */
export type LayerPart = Partial<Omit<Layer, "region" | "motion">> & {
  region?: RegionPart;
  motion?: MotionPart;
};
export type RegionPart = Partial<Omit<Region, "strokes" | "polygons">> & {
  strokes?: readonly Partial<Stroke>[];
  polygons?: readonly Partial<Polygon>[];
};
export type MotionPart = Partial<Omit<Motion, "ambient" | "flow" | "hang" | "paths" | "pins" | "sway">> & {
  ambient?: Partial<Ambient>;
  flow?: Partial<Flow>;
  pins?: readonly Partial<Pin>[];
  sway?: Partial<Sway>;
  hang?: Partial<Hang>;
  paths?: readonly Partial<Path>[];
};

/** How a value of a document is read and checked: see schema.mjs. */
export interface Kind {
  /** The default; a member without one is required. */
  value?: unknown;
  type?: "number" | "boolean" | "string";
  /** Whether a number must be whole. */
  whole?: boolean;
  low?: number;
  high?: number;
  /** Ten to the power of the decimals that are kept. */
  digits?: number;
  /** The only texts that are allowed. */
  words?: string[];
  /** Whether null is allowed. */
  optional?: boolean;
  /** The kind of each entry of a list. */
  list?: Kind;
  /** The smallest number of entries of a list. */
  least?: number;
  most?: number;
  /** The kinds of a fixed number of entries; those with a default may be left out. */
  tuple?: Kind[];
  members?: Record<string, Kind>;
  /** Chooses the kind by the value. */
  among?(given: unknown): Kind;
  /** Checks a value whose parts have been read; returns the place and the sentence of what is wrong. */
  problem?(value: unknown): [place: string, sentence: string] | false | undefined;
}

/** A picture as the server's routes name it: a file or an example, and how First Frame fits it to the video. */
export interface PictureRequest {
  source: object;
  fit: object | null;
}
export interface Picture {
  image: CanvasImageSource;
  width: number;
  height: number;
  label?: string;
  /** Where the server finds it; absent where it does not have it. */
  request?: PictureRequest;
  /** Of a clip with several frames: their number, and which one is shown. */
  clip?: { frames: number; frame: number };
}
/** A connected MASK with values from 0 to 255. */
export interface Mask {
  width: number;
  height: number;
  data: Uint8ClampedArray;
}
export interface Selection {
  /** An index, or -1 where no layer is selected. */
  readonly layer: number;
  readonly path: number | null;
  readonly point: number | null;
  readonly keyframe: number | null;
}
export interface Problem {
  place: string;
  sentence: string;
}
/** A state in the history; `loaded` is the text of a document that was loaded, byte for byte. */
export interface State {
  document: MotionDocument;
  loaded: string | null;
  problem: Problem | null;
  selection: Selection;
  label: string;
}
/** The options of the tools, of playback and of the view. */
export interface Options {
  radius: number;
  hardness: number;
  pressure: boolean;
  mode: "paint" | "erase";
  fps: number;
  loop: boolean;
  regions: boolean;
  paths: boolean;
  holes: boolean;
  /** whether a click on a thing may use SAM3 */ sam3: boolean;
  onion: boolean;
  flow: "none" | "arrows" | "wheel";
  frame: boolean;
}

/** Why a connected picture is not there: it is loading, the artist has cancelled that, or its node has to run first; "" where it is there, or none is connected. */
export type Waiting = "" | "loading" | "cancelled" | "run";

/** What a run has made: the address of a video or a picture. */
export interface RunResult {
  readonly kind: "video" | "image";
  readonly address: string;
}
/** A run of the graph. */
export interface Run {
  readonly state: "waiting" | "running" | "done" | "failed" | "stopped";
  /** How much of that node is done, from 0 to 1. */
  readonly share: number;
  /** How far it is, or why it failed; "" where there is nothing to say. */
  readonly sentence: string;
  /** The latest result, which may be of an earlier run. */
  readonly result: RunResult | null;
}

/** The events of a session, and the value that their listeners receive. */
export interface SessionEvents {
  /** The document differs, transient changes of a gesture included. */
  document: undefined;
  /** The text that the workflow stores differs. */
  commit: undefined;
  selection: undefined;
  tool: string;
  /** The name of the option that differs. */
  options: keyof Options;
  time: number;
  playing: boolean;
  picture: Picture | null;
  waiting: Waiting;
  masks: (Mask | null)[];
  length: number;
  run: Run | null;
  notice: string;
  problem: undefined;
}
export type SessionEvent = keyof SessionEvents;

/** Cells [left, top, right, bottom], right and bottom excluded. */
export type Box = [number, number, number, number];
/** The coverage of a grid's cells, from 0 to 255. */
export type Cells = Uint8ClampedArray;
/** A rasterised region: coverage before `invert` (painted) and after it (result), and the box of its last strokes. */
export interface Drawn {
  region: Region;
  mask: Mask | null;
  painted: Cells;
  result: Cells;
  box: Box;
}
