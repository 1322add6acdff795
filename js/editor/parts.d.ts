/** What the editor asks of where it lives. */
export interface Host {
  id: string;
  post(path: string, body: any, signal: AbortSignal): Promise<Response>;
  masks(): any[];
  depth(): any;
  usePicture(file: File): Promise<any>;
  toggleLarge(): void;
  isLarge: boolean;
}

/** A slider's; all numbers are as shown: percent, degrees, frames. */
export interface SliderOptions {
  name: string;
  /** a sentence for the tooltip */
  about?: string;
  keys?: string;
  /** of the track */
  low: number;
  high: number | (() => number);
  /** of the field; the track's where absent */
  limits?: [number, number];
  /** the value after a double-click */
  reset?: number | (() => number);
  /** where the track's bar begins; at 0 where absent */
  from?: number;
  /** of the arrow keys */
  step?: number;
  /** exponent of the track; 2 gives small values more room */
  curve?: number;
  /** only whole numbers */
  whole?: boolean;
  unit?: string;
  /** beside a positive and a negative value: which way it goes */
  signs?: string[];
  /** nothing: disabled */
  get(): number | null | undefined;
  /** an edit of the document; null when it may not be edited */
  edit?(value: number): any;
  /** where it is not the document that changes */
  set?(value: number): void;
}

/** How the places of a layer are seen: a View, or a CameraView. */
export interface Sight {
  readonly aspect: number;
  /** CSS px a unit of the short side */
  readonly scale: number;
  toStage(point: readonly number[]): [number, number];
  toDocument(point: readonly number[], beyond?: number): [number, number] | null;
  /** a CameraView's alone */
  ring?(centre: readonly number[], radius: number): [number, number][];
  lines?(lines: number[][], width: number, height: number): number[][];
}

/** A view that only scales and shifts: what a View of the stage gives to the view through the camera. */
export interface PlainView {
  readonly scale: number;
  toStage(point: readonly number[]): [number, number];
  toDocument(point: readonly number[]): [number, number];
}

/** Where a pointer is. */
export interface Contact {
  /** CSS px */
  stage: [number, number];
  /** document coordinates */
  at: [number, number];
  /** document points [x,y,pressure] since the last event */
  track: number[][];
  /** pointerType */
  kind: string;
  /** px in which something is hit */
  reach: number;
  /** 2: a double-click */
  clicks: number;
  shift: boolean;
  alt: boolean;
  /** Alt, or a pen's other end */
  erase: boolean;
}
