// @ts-check
/**
 * Imports motion of other tools as layers: motion documents, point lists of the editors of KJNodes and ATI, and
 * TRACKS as JSON.
 */

import { keptIndices } from "../geometry/geometry.mjs";
import { extent } from "../geometry/units.mjs";
import { rounded } from "../geometry/values.mjs";
import { completeDocument, parse } from "./document.mjs";
import { readJson } from "./json.mjs";
import { isObject } from "./schema.mjs";

/**
 * @typedef {import("../types").Layer} Layer
 * @typedef {{aspect: number, width: number, height: number}} Frame `width` and `height` are the picture's
 * pixels
 * @typedef {(number[] | null)[]} Track position in units in every frame, null where it is hidden
 */

const MOST_LAYERS = 64;
const STILL = 0.004; // units; a track that stays this close to its start is an anchor
const DAB = 0.05; // units; the largest radius of a dab
const TOLERANCE = 0.003; // units between a path and its track

/** The layers of a text, and a sentence about them. Throws an Error that says what is wrong.
 * @param {string} text @param {Frame} frame @returns {{layers: Partial<Layer>[], about: string}} */
export function importText(text, frame) {
  const content = readJson(text);
  if (isObject(content) && !("track_path" in content)) {
    const { layers } = parse(text);
    return { layers: [...layers], about: `${countOf(layers.length, "layer")} of a motion document.` };
  }
  const tracks = isObject(content) ? tracksOf(content, frame) : pointLists(content, frame);
  return layersOf(tracks, frame);
}

/** @param {number} count @param {string} thing */
const countOf = (count, thing) => `${count} ${thing}${count === 1 ? "" : "s"}`;

/** Point lists: a list of lists, or one list, of {"x", "y"} in pixels, spread evenly over the clip.
 * @param {any} content @param {Frame} frame @returns {Track[]} */
function pointLists(content, frame) {
  if (!Array.isArray(content) || !content.length) {
    throw new Error('tracks are a list of lists of {"x": number, "y": number}');
  }
  const lists = Array.isArray(content[0]) ? content : [content];
  return lists.map((list, n) => {
    if (!Array.isArray(list) || !list.length) throw new Error(`track ${n} is not a list of points`);
    return list.map((point, i) => {
      if (Number.isFinite(point?.x) && Number.isFinite(point?.y)) return inUnits(point.x, point.y, frame);
      throw new Error(`point ${i} of track ${n} is not {"x": number, "y": number}`);
    });
  });
}

/** TRACKS: `track_path` [frames, tracks, 2] in pixels and `track_visibility` [frames, tracks].
 * @param {any} content @param {Frame} frame @returns {Track[]} */
function tracksOf({ track_path: path, track_visibility: visibility }, frame) {
  const count = Array.isArray(path) && Array.isArray(path[0]) ? path[0].length : 0;
  if (!count || path.some((/** @type {any} */ row) => !Array.isArray(row) || row.length !== count)) {
    throw new Error("track_path must be a list of frames, each a list of as many [x, y]");
  }
  return Array.from({ length: count }, (_, n) =>
    path.map((/** @type {any[]} */ row, /** @type {number} */ t) => {
      const seen = visibility?.[t];
      if (seen === false || seen === 0 || (Array.isArray(seen) && !(seen[n] ?? seen[0]))) return null;
      const [x, y] = Array.isArray(row[n]) ? row[n] : [];
      if (Number.isFinite(x) && Number.isFinite(y)) return inUnits(x, y, frame);
      throw new Error(`point ${n} of frame ${t} is not [x, y]`);
    }),
  );
}

/** @param {number} x pixels @param {number} y @param {Frame} frame */
function inUnits(x, y, { aspect, width, height }) {
  const [unitsX, unitsY] = extent(aspect);
  return [(x / width) * unitsX, (y / height) * unitsY];
}

/**
 * A layer for each moving track, and one frozen layer for all still ones. @param {Track[]} tracks
 * @param {Frame} frame
 */
function layersOf(tracks, { aspect }) {
  const [unitsX, unitsY] = extent(aspect);
  const document = (/** @type {number[]} */ [x, y]) => [rounded(x / unitsX), rounded(y / unitsY)];
  const inside = (/** @type {number[] | null} */ at) =>
    at && at[0] >= 0 && at[1] >= 0 && at[0] <= unitsX && at[1] <= unitsY;
  const usable = tracks.filter((track) => inside(track[0]));
  if (!usable.length) throw new Error("no track is seen inside the picture in the first frame");
  const starts = usable.map((track) => /** @type {number[]} */ (track[0]));
  const radius = dabRadius(starts);
  const dab = (/** @type {number[]} */ start) => ({ points: [[...document(start), 1]], radius });
  /** @type {any[]} */
  const layers = [];
  /** @type {any[]} */
  const anchors = [];
  let left = tracks.length - usable.length;
  usable.forEach((track, n) => {
    const whole = withoutGaps(track);
    if (isStill(whole)) return anchors.push(dab(starts[n]));
    if (layers.length >= MOST_LAYERS) return left++;
    const { points, times } = timedPath(whole);
    layers.push({
      name: `Track ${n + 1}`,
      region: { strokes: [dab(starts[n])] },
      motion: { paths: [{ points: points.map(document).map(onCanvas), times }] },
    });
  });
  const moving = layers.length;
  if (anchors.length) layers.unshift({ name: "Still points", freeze: true, region: { strokes: anchors } });
  const about =
    `${countOf(moving, "moving track")}, ${countOf(anchors.length, "still point")}` +
    (left ? `; ${countOf(left, "track")} left out.` : ".");
  const { layers: checked } = completeDocument({ layers });
  // Without a colour, so that each layer gets the next one when it is added.
  return { layers: checked.map(({ color, ...layer }) => layer), about };
}

/**
 * The fewest points that describe the track in space and time.
 * @param {number[][]} track
 */
function timedPath(track) {
  const frames = track.map(([x, y], t) => [x, y, track.length > 1 ? t / (track.length - 1) : 0]);
  const kept = keptIndices(frames, (at, a, b) => {
    const share = (at[2] - a[2]) / (b[2] - a[2]);
    return Math.hypot(at[0] - a[0] - share * (b[0] - a[0]), at[1] - a[1] - share * (b[1] - a[1])) / TOLERANCE;
  });
  return { points: kept.map((i) => track[i]), times: kept.map((i) => rounded(frames[i][2])) };
}

/** @param {number[]} point */
const onCanvas = (point) => point.map((value) => rounded(Math.min(Math.max(value, -4), 5)));

/** @param {number[][]} track */
const isStill = (track) => track.every(([x, y]) => Math.hypot(x - track[0][0], y - track[0][1]) < STILL);

/** A radius at which neighbouring dabs do not cover one another. @param {number[][]} starts */
function dabRadius(starts) {
  let nearest = 2 * DAB;
  starts.forEach(([x, y], i) => {
    for (const [ox, oy] of starts.slice(i + 1)) {
      const apart = Math.hypot(x - ox, y - oy);
      if (apart > 0.01) nearest = Math.min(nearest, apart);
    }
  });
  return rounded(nearest / 2);
}

/** The track with its gaps interpolated; it stays at its last position. @param {Track} track @returns {number[][]} */
function withoutGaps(track) {
  const known = track.flatMap((at, t) => (at ? [t] : []));
  return track.map((at, t) => {
    if (at) return at;
    const b = known.find((each) => each > t);
    const a = known.findLast((each) => each < t) ?? 0;
    const from = /** @type {number[]} */ (track[a]);
    if (b === undefined) return from;
    const to = /** @type {number[]} */ (track[b]);
    const share = (t - a) / (b - a);
    return [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share];
  });
}
