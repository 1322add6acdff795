// @ts-check
/**
 * Several layers, paths and points that are selected at once, beside the session's own selection. Loaded when more than
 * one is selected for the first time.
 */

import { dump, parse, regionIsEmpty } from "./document.mjs";
import { addLayer } from "./edits.mjs";
import { besides, onlyPaths, withPaths } from "./group_edits.mjs";

/** @import { Layer, MotionDocument, Selection } from "../types" */
/** @typedef {import("./session.mjs").Session} Session */
/** @typedef {{layer: number, path: number | null, point: number | null}} Item a layer, a path of it, or a point of that */
/** @typedef {{items: readonly Item[], chosen: Selection, document: MotionDocument}} Group with the selection at which it was chosen */

const OFFSET = 0.03; // how far a copy lies beside what it was copied from, as a share of the picture

/** @type {WeakMap<Session, Group>} */
const groups = new WeakMap();

/** @param {Item} a @param {Item} b */
export const sameItem = (a, b) => a.layer === b.layer && a.path === b.path && a.point === b.point;

/** Whether a document has an item. @param {MotionDocument} document @param {Item} item */
function exists({ layers }, { layer, path, point }) {
  const paths = layers[layer]?.motion.paths;
  return Boolean(paths && (path === null || (paths[path] && (point === null || paths[path].points[point]))));
}

/** Whether two documents have the same layers with as many paths and points, so that indices mean the same. @param {MotionDocument} a @param {MotionDocument} b */
const sameShape = (a, b) =>
  a.layers.length === b.layers.length &&
  a.layers.every(({ motion: { paths } }, k) => {
    const other = b.layers[k].motion.paths;
    return (
      paths.length === other.length && paths.every((path, p) => path.points.length === other[p].points.length)
    );
  });

/** The items of a group of several; none where one thing or nothing is selected. @param {Session} session @returns {readonly Item[]} */
export function groupOf(session) {
  const group = groups.get(session);
  const { document, selection } = session;
  if (!group || !sameItem(group.chosen, selection)) return [];
  if (group.document !== document) {
    if (!sameShape(group.document, document)) return [];
    group.document = document;
  }
  return group.items;
}

/** What is selected: the group, or the one thing. @param {Session} session @returns {readonly Item[]} */
export function itemsOf(session) {
  const several = groupOf(session);
  if (several.length) return several;
  const { layer, path, point } = session.selection;
  return layer < 0 ? [] : [{ layer, path, point }];
}

/** Selects several things; the last of them is the session's own selection. @param {Session} session @param {readonly Item[]} items */
export function select(session, items) {
  const { document } = session;
  const there = items.filter((item) => exists(document, item));
  const last = there[there.length - 1];
  groups.delete(session);
  session.several = there.length > 1 ? there.length : 0;
  session.select(last ?? { path: null, point: null });
  if (there.length > 1) groups.set(session, { items: there, chosen: session.selection, document });
  session.emit("selection", undefined);
}

/** Adds a thing to what is selected, or takes it away. @param {Session} session @param {Item} item */
export function toggle(session, item) {
  const before = itemsOf(session);
  const others = before.filter(
    (each) => !sameItem(each, item) && !contains(item, each) && !contains(each, item),
  );
  const was = before.some((each) => sameItem(each, item));
  select(session, was && others.length ? others : [...others, item]);
}

/** Whether an item is a layer or a path in which another lies. @param {Item} outer @param {Item} inner */
const contains = (outer, inner) =>
  outer.layer === inner.layer &&
  !sameItem(outer, inner) &&
  (outer.path === null || (outer.path === inner.path && outer.point === null));

/** Selects all layers that are shown. @param {Session} session */
export const selectAll = (session) =>
  select(
    session,
    session.document.layers.flatMap(({ visible }, layer) =>
      visible ? [{ layer, path: null, point: null }] : [],
    ),
  );

/** The text of a group, as a document that any editor reads; "" where no group is selected. Paths stand in layers without a region. @param {Session} session */
export function copiedGroup(session) {
  const { document } = session;
  const items = groupOf(session);
  if (!items.length) return "";
  session.notice(`Copied ${items.length} things; paste them here or in another editor.`);
  /** @type {Layer[]} */
  const layers = [];
  document.layers.forEach((layer, at) => {
    const mine = items.filter((item) => item.layer === at);
    if (mine.some(({ path }) => path === null)) layers.push(layer);
    else if (mine.length) layers.push(onlyPaths(layer, [...new Set(mine.map(({ path }) => path ?? 0))]));
  });
  return dump(parse(JSON.stringify({ version: 2, layers })));
}

/**
 * Adds what was copied in this or another editor. @param {Session} session @param {string} text @returns {boolean} false
 * where the text is no document, or a whole one with a camera or a loop of its own
 */
export function pasteText(session, text) {
  let copied;
  try {
    copied = parse(text);
  } catch {
    return false; // the import says what is wrong
  }
  if (!copied.layers.length || copied.camera.keyframes.length || copied.loop !== "none") return false;
  pasteLayers(session, copied);
  return true;
}

/**
 * Adds the layers of a copied text. Where there is such a region already, the copy lies a little beside it; paths
 * without a region go to the selected layer. @param {Session} session @param {MotionDocument} copied
 */
function pasteLayers(session, copied) {
  const { document, selection } = session;
  /** @type {Item[]} */
  const items = [];
  let edited = document;
  for (const layer of copied.layers) {
    const target = edited.layers[selection.layer];
    const hasNoRegion = regionIsEmpty(layer.region) && layer.motion.paths.length > 0;
    if (hasNoRegion && target && !target.locked && !target.freeze) {
      const first = target.motion.paths.length;
      edited = withPaths(edited, selection.layer, layer.motion.paths);
      layer.motion.paths.forEach((_, k) =>
        items.push({ layer: selection.layer, path: first + k, point: null }),
      );
      continue;
    }
    const isThere = edited.layers.some(
      (other) => JSON.stringify(other.region) === JSON.stringify(layer.region),
    );
    edited = addLayer(edited, isThere ? besides(layer, OFFSET) : layer);
    items.push({ layer: edited.layers.length - 1, path: null, point: null });
  }
  if (session.apply(() => edited, "paste")) select(session, items);
}
