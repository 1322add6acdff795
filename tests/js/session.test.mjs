import assert from "node:assert/strict";
import { test } from "node:test";
import * as cameraPresets from "../../js/editor/commands/camera_presets.mjs";
import * as cameraEdits from "../../js/editor/document/camera_edits.mjs";
import { dump, EMPTY, parse } from "../../js/editor/document/document.mjs";
import * as layerEdits from "../../js/editor/document/edits.mjs";
import * as motionEdits from "../../js/editor/document/motion_edits.mjs";
import * as pathEdits from "../../js/editor/document/path_edits.mjs";
import { Session } from "../../js/editor/document/session.mjs";
import { random } from "./random.mjs";

const edits = { ...layerEdits, ...motionEdits, ...pathEdits, ...cameraEdits, ...cameraPresets };

const add = (document) => edits.addLayer(document);
const ORIGINAL =
  '{"layers":[{"name":"old","path":[[0.1,0.2],[0.3,0.4]],"strokes":[{"points":[[0.5,0.5]]}]}]}';

function heard(session, ...events) {
  const log = [];
  for (const event of events)
    session.on(event, (value) => log.push(value === undefined ? event : `${event} ${value}`));
  return log;
}

/** One of many edits, chosen and filled at random. */
function randomEdit(draw) {
  const pick = (count) => Math.floor(draw() * count);
  const at = () => [draw() * 1.4 - 0.2, draw() * 1.4 - 0.2];
  const points = (count) => Array.from({ length: count }, at);
  const i = pick(4);
  const p = pick(2);
  const k = pick(4);
  const presets = edits.CAMERA_PRESETS;
  return [
    (d) => edits.addLayer(d, {}, pick(d.layers.length + 1)),
    (d) => edits.removeLayer(d, i),
    (d) => edits.duplicateLayer(d, i),
    (d) => edits.moveLayer(d, i, pick(4)),
    (d) => edits.changeLayer(d, i, { name: `n${pick(9)}`, visible: draw() < 0.5, order: pick(5) - 2 }),
    (d) =>
      edits.addStroke(d, i, {
        points: points(1 + pick(9)),
        radius: draw(),
        mode: draw() < 0.3 ? "erase" : "paint",
      }),
    (d) => edits.addPolygon(d, i, { points: points(3 + pick(4)) }),
    (d) => edits.changeRegion(d, i, { feather: draw(), grow: draw() - 0.5, invert: draw() < 0.5 }),
    (d) => edits.clearRegion(d, i),
    (d) => edits.translateLayer(d, i, draw() - 0.5, draw() - 0.5),
    (d) => edits.addPath(d, i, { points: points(2 + pick(4)) }),
    (d) => edits.changePath(d, i, p, { points: points(2), corners: [], times: null }),
    (d) => edits.removePath(d, i, p),
    (d) => edits.movePoint(d, i, p, k, at()),
    (d) => edits.insertPoint(d, i, p, k, at()),
    (d) => edits.removePoint(d, i, p, k),
    (d) => edits.toggleCorner(d, i, p, k),
    (d) => edits.setPointTime(d, i, p, k, draw()),
    (d) =>
      edits.changeMotion(d, i, {
        start: draw(),
        end: draw(),
        horizontal: draw(),
        ambient: { amount: draw() },
      }),
    (d) => edits.copyMotion(d, i, pick(4)),
    (d) => edits.addKeyframe(d, draw()),
    (d) => edits.changeKeyframe(d, k, { pan: draw() * 20, time: draw() }),
    (d) => edits.removeKeyframe(d, k),
    (d) => edits.moveKeyframe(d, k, draw()),
    (d) => edits.cameraPreset(d, presets[pick(presets.length)]),
  ][pick(25)];
}

test("a thousand edits undone and redone give the same texts and selections, and are valid documents", () => {
  const draw = random(7);
  const session = new Session(ORIGINAL);
  const texts = [session.text];
  for (let n = 0; texts.length <= 1000; n++) {
    assert.ok(n < 20_000);
    if (session.document.layers.length > 5) session.apply((d) => edits.removeLayer(d, 0), "remove");
    else session.apply(randomEdit(draw), "edit");
    if (draw() < 0.3) session.select({ layer: Math.floor(draw() * 4), path: 0, point: 1, keyframe: 0 });
    if (session.text !== texts.at(-1)) texts.push(session.text);
    const { layer, path, point, keyframe } = session.selection;
    const { layers, camera } = session.document;
    assert.ok(layer >= -1 && layer < layers.length);
    assert.ok(path === null || point === null || layers[layer].motion.paths[path].points[point]);
    assert.ok(keyframe === null || camera.keyframes[keyframe]);
  }
  for (const text of texts.slice(1).filter((_, index) => index % 10 === 0))
    assert.equal(dump(parse(text)), text);
  for (let n = texts.length - 1; n > 0; n--) {
    assert.equal(session.text, texts[n]);
    assert.equal(session.undo(), true);
  }
  assert.equal(session.text, ORIGINAL);
  assert.equal(session.undo(), false);
  for (const text of texts.slice(1)) {
    session.redo();
    assert.equal(session.text, text);
    assert.ok(text === "" || dump(session.document) === text);
  }
  assert.equal(session.canRedo, false);
});

test("an old text is stored as it was until something is changed, and again when that is undone", () => {
  const session = new Session(ORIGINAL);
  assert.equal(session.text, ORIGINAL);
  session.apply((d) => edits.changeLayer(d, 0, { name: "new" }), "rename");
  assert.match(session.text, /"version": 2/);
  session.undo();
  assert.equal(session.text, ORIGINAL);
  session.apply((d) => edits.changeLayer(d, 0, { name: "old" }), "rename");
  assert.equal(session.text, ORIGINAL);
});

test("edits of one kind within a second are one step, others are not", (context) => {
  context.mock.timers.enable({ apis: ["Date"], now: 1000 });
  const session = new Session();
  session.apply(add, "add");
  const slide = (value, merge = "horizontal") =>
    session.apply((d) => edits.changeMotion(d, 0, { horizontal: value }), "slide", merge);
  slide(0.1);
  context.mock.timers.tick(900);
  slide(0.2);
  context.mock.timers.tick(900);
  slide(0.3);
  assert.equal(session.undoLabel, "slide");
  session.undo();
  assert.equal(session.undoLabel, "add");
  session.redo();
  slide(0.4);
  context.mock.timers.tick(1001);
  slide(0.5);
  slide(0.6, "vertical");
  slide(0.7, "");
  slide(0.8, "");
  const values = [];
  while (session.canUndo) {
    values.push(session.document.layers[0].motion.horizontal);
    session.undo();
  }
  assert.deepEqual(values, [0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0]);
});

test("a slider that comes back to where it was leaves no step, and its texts are still known", () => {
  const session = new Session();
  session.apply(add, "add");
  const { text } = session;
  session.apply((d) => edits.changeMotion(d, 0, { horizontal: 1 }), "slide", "h");
  const between = session.text;
  session.apply((d) => edits.changeMotion(d, 0, { horizontal: 0 }), "slide", "h");
  assert.deepEqual([session.text, session.undoLabel, session.canRedo], [text, "add", false]);
  assert.ok(session.knows(between) && session.knows(text) && session.knows("") && !session.knows("{}"));
});

test("a gesture is seen at once, is one step, always starts from its beginning, and can be given up", () => {
  const session = new Session();
  const log = heard(session, "document", "commit");
  session.begin();
  assert.equal(session.gesturing, true);
  for (const n of [1, 2, 3]) session.change((d) => edits.addLayer(d, { name: `L${n}` }));
  assert.deepEqual(
    session.document.layers.map(({ name }) => name),
    ["L3"],
  );
  assert.equal(session.text, "");
  assert.equal(session.end("draw"), true);
  assert.deepEqual(log, ["document", "document", "document", "commit"]);
  assert.equal(session.undoLabel, "draw");
  const { text } = session;
  session.begin();
  session.change((d) => edits.removeLayer(d, 0));
  assert.equal(session.document.layers.length, 0);
  session.cancel();
  assert.deepEqual([session.text, session.document.layers.length, session.gesturing], [text, 1, false]);
  assert.equal(session.selection.layer, -1);
  session.begin();
  session.change((d) => d);
  assert.equal(session.end("nothing"), false);
  assert.equal(session.change(add), false);
  assert.equal(session.end("nothing"), false);
  session.undo();
  assert.equal(session.text, "");
});

test("every other action ends or cancels a gesture in good order", () => {
  const session = new Session();
  session.begin("draw");
  session.change(add);
  session.apply(add, "add");
  assert.deepEqual([session.document.layers.length, session.undoLabel, session.gesturing], [2, "add", false]);
  session.undo();
  assert.equal(session.undoLabel, "draw");
  session.begin();
  session.change(add);
  session.undo();
  assert.deepEqual([session.document.layers.length, session.gesturing], [0, false]);
});

test("edits that give an invalid document are refused with a notice", () => {
  const session = new Session();
  session.apply(add, "add");
  const { text } = session;
  assert.equal(
    session.apply((d) => edits.changeLayer(d, 0, { order: NaN }), "wrong"),
    false,
  );
  assert.equal(
    session.apply((d) => ({ ...d, layers: [...d.layers, { wings: 1 }] }), "wrong"),
    false,
  );
  assert.equal(session.text, text);
  assert.match(session.message, /layers\[1\]\.wings/);
});

test("a broken, newer or foreign text is shown with its reason and never overwritten", () => {
  const newer = '{"flowbrush": "motion", "version": 7, "layers": [], "future": 1}';
  for (const [text, place] of [
    [newer, "version"],
    ['{"layers": [', "line 1, column 13"],
    ["hello", "line 1, column 1"],
  ]) {
    const session = new Session(text);
    assert.deepEqual([session.problem.place, session.document, session.text], [place, EMPTY, text]);
    assert.ok(session.problem.sentence.length > 5);
    assert.equal(session.apply(add, "add"), false);
    assert.equal(session.begin(), false);
    assert.equal(session.change(add), false);
    assert.equal(session.end("draw"), false);
    assert.equal(session.undo(), false);
    assert.equal(session.editableLayer(), -1);
    assert.deepEqual([session.text, session.document], [text, EMPTY]);
    const log = heard(session, "problem", "commit");
    session.startNew();
    assert.deepEqual(log, ["commit", "problem"]);
    assert.deepEqual([session.text, session.problem, session.undoLabel], ["", null, "Start new"]);
    assert.equal(session.apply(add, "add"), true);
    session.undo();
    session.undo();
    assert.deepEqual([session.text, session.problem.place], [text, place]);
  }
});

test("a text from outside is found in the history, or is a new step", () => {
  const session = new Session();
  session.apply(add, "add");
  const one = session.text;
  session.apply(add, "add");
  const two = session.text;
  session.load(one);
  assert.deepEqual([session.document.layers.length, session.canRedo], [1, true]);
  session.redo();
  assert.equal(session.text, two);
  session.load(ORIGINAL);
  assert.deepEqual(
    [session.text, session.undoLabel, session.document.layers[0].name],
    [ORIGINAL, "Load", "old"],
  );
  const log = heard(session, "problem");
  session.load("{broken");
  assert.deepEqual(
    [session.text, session.problem.place, session.document],
    ["{broken", "line 1, column 2", EMPTY],
  );
  session.undo();
  assert.deepEqual([session.text, session.problem], [ORIGINAL, null]);
  assert.deepEqual(log, ["problem", "problem"]);
  session.undo();
  session.load(" ");
  assert.deepEqual([session.text, session.document], [" ", EMPTY]);
});

test("undo brings the selection back, and redo", () => {
  const session = new Session();
  session.apply(add, "add");
  session.select({ layer: 0 });
  session.apply(
    (d) =>
      edits.addPath(d, 0, {
        points: [
          [0, 0],
          [1, 1],
        ],
      }),
    "path",
  );
  session.select({ path: 0, point: 1 });
  session.apply((d) => edits.removeLayer(d, 0), "remove");
  assert.equal(session.selection.layer, -1);
  session.undo();
  assert.deepEqual(session.selection, { layer: 0, path: 0, point: 1, keyframe: null });
  session.undo();
  assert.deepEqual(session.selection, { layer: 0, path: null, point: null, keyframe: null });
  session.redo();
  assert.equal(session.selection.point, 1);
});

test("the selection follows layers and paths that move, and drops what is removed", () => {
  const session = new Session();
  for (let n = 0; n < 3; n++) session.apply(add, "add");
  session.select({ layer: 1 });
  session.apply((d) => edits.moveLayer(d, 1, 2), "move");
  assert.equal(session.selection.layer, 2);
  session.apply((d) => edits.removeLayer(d, 0), "remove");
  assert.equal(session.selection.layer, 1);
  session.apply((d) => edits.removeLayer(d, 1), "remove");
  assert.equal(session.selection.layer, 0);
  for (let n = 0; n < 2; n++)
    session.apply(
      (d) =>
        edits.addPath(d, 0, {
          points: [
            [0, n],
            [1, 1],
            [2, 2],
          ],
        }),
      "path",
    );
  session.select({ layer: 0, path: 1, point: 2 });
  session.apply((d) => edits.movePoint(d, 0, 1, 2, [0.5, 0.5]), "point");
  assert.equal(session.selection.point, 2);
  session.apply((d) => edits.removePath(d, 0, 0), "remove");
  assert.deepEqual([session.selection.path, session.selection.point], [0, 2]);
  session.apply((d) => edits.removePoint(d, 0, 0, 2), "remove");
  assert.deepEqual([session.selection.path, session.selection.point], [0, null]);
  session.apply((d) => edits.removePath(d, 0, 0), "remove");
  assert.equal(session.selection.path, null);
  session.select({ layer: 9, path: 3, point: 4, keyframe: 2 });
  assert.deepEqual(session.selection, { layer: 0, path: null, point: null, keyframe: null });
});

test("a layer that is hidden or locked is not edited by hand", () => {
  const session = new Session();
  assert.equal(session.editableLayer(), -1);
  session.apply(add, "add");
  session.select({ layer: 0 });
  assert.equal(session.editableLayer(), 0);
  session.apply((d) => edits.changeLayer(d, 0, { locked: true }), "lock");
  assert.equal(session.editableLayer(), -1);
  assert.match(session.message, /locked/);
  session.apply((d) => edits.changeLayer(d, 0, { locked: false, visible: false }), "hide");
  assert.equal(session.editableLayer(), -1);
  assert.match(session.message, /hidden/);
});

test("a setter reports a change once, and listeners can be removed", () => {
  const session = new Session();
  const log = heard(session, "tool", "options", "time", "playing", "length", "picture", "masks");
  const stop = session.on("tool", () => log.push("again"));
  session.setTool("eraser");
  stop();
  for (let twice = 0; twice < 2; twice++) {
    session.setTool("lasso");
    session.setOption("radius", 0.1);
    session.setTime(2);
    session.setPlaying(true);
    session.setLength(33);
    session.setMasks([]);
  }
  session.setTime(NaN);
  session.setPicture({ image: /** @type {any} */ ({}), width: 300, height: 200, label: "x" });
  assert.equal(session.aspect, 1.5);
  assert.deepEqual(log, [
    "tool eraser",
    "again",
    "tool lasso",
    "options radius",
    "time 1",
    "playing true",
    "length 33",
    "picture [object Object]",
  ]);
});

test("a listener that fails does not keep the others from being called", async (context) => {
  const session = new Session();
  const log = [];
  session.on("commit", () => {
    throw new Error("cannot draw");
  });
  session.on("commit", () => log.push(session.text));
  const listeners = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  context.after(() => listeners.forEach((listener) => process.on("uncaughtException", listener)));
  const thrown = new Promise((resolve) => process.once("uncaughtException", resolve));
  session.apply(add, "add");
  assert.equal(log.length, 1);
  assert.equal((await thrown).message, "cannot draw");
});
