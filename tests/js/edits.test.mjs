import assert from "node:assert/strict";
import { test } from "node:test";
import * as cameraPresets from "../../js/editor/commands/camera_presets.mjs";
import * as cameraEdits from "../../js/editor/document/camera_edits.mjs";
import { dump, EMPTY, MOTION, parse, REGION } from "../../js/editor/document/document.mjs";
import * as layerEdits from "../../js/editor/document/edits.mjs";
import { PALETTE } from "../../js/editor/document/layers.mjs";
import * as motionEdits from "../../js/editor/document/motion_edits.mjs";
import * as pathEdits from "../../js/editor/document/path_edits.mjs";

const edits = { ...layerEdits, ...motionEdits, ...pathEdits, ...cameraEdits, ...cameraPresets };

const PATH = {
  points: [
    [0.1, 0.1],
    [0.5, 0.5],
    [0.9, 0.1],
  ],
};

function scene() {
  let document = edits.addLayer(EMPTY, { name: "balloon" });
  document = edits.addLayer(document, { name: "sky" });
  document = edits.addStroke(document, 0, {
    points: [
      [0.1, 0.2],
      [0.3, 0.4, 0.5],
    ],
    radius: 0.1,
  });
  document = edits.addPath(document, 0, PATH);
  return edits.cameraPreset(document, "push_in");
}

const layer = (document, index = 0) => document.layers[index];
const path = (document) => document.layers[0].motion.paths[0];

test("an edit shares what it does not change, and the document before it stays as it was", () => {
  const before = scene();
  const text = dump(before);
  const after = edits.changeMotion(before, 0, { horizontal: 0.2 });
  assert.equal(after.layers[1], before.layers[1]);
  assert.equal(after.layers[0].region, before.layers[0].region);
  assert.equal(after.layers[0].motion.paths, before.layers[0].motion.paths);
  assert.equal(after.camera, before.camera);
  assert.equal(dump(before), text);
});

test("an edit that changes nothing returns the same document", () => {
  const document = scene();
  const nothing = [
    () => edits.changeLayer(document, 0, { name: "balloon", visible: true }),
    () => edits.changeLayer(document, 7, { name: "none" }),
    () => edits.removeLayer(document, 7),
    () => edits.duplicateLayer(document, -1),
    () => edits.moveLayer(document, 0, 0),
    () => edits.moveLayer(document, 1, 9),
    () => edits.changeRegion(document, 0, { feather: 0.01, grow: 0.00001 }),
    () => edits.clearRegion(document, 1),
    () => edits.translateLayer(document, 0, 0, 0),
    () => edits.translateLayer(document, 1, 0.1, 0.1),
    () => edits.changePath(document, 0, 0, PATH),
    () => edits.removePath(document, 0, 3),
    () => edits.movePoint(document, 0, 0, 1, [0.50001, 0.5]),
    () => edits.movePoint(document, 0, 0, 9, [0, 0]),
    () => edits.removePoint(document, 0, 0, 9),
    () => edits.toggleCorner(document, 0, 0, 9),
    () => edits.setPointTime(document, 0, 0, 0, 0.4),
    () => edits.changeMotion(document, 0, { ambient: { amount: 0 }, ease: "linear" }),
    () => edits.changeMotion(document, 0, { paths: [PATH] }),
    () => edits.copyMotion(document, 9, 0),
    () => edits.addKeyframe(document, 1),
    () => edits.addKeyframe(document, 0),
    () => edits.changeKeyframe(document, 0, { dolly: 0.2 }),
    () => edits.changeKeyframe(document, 5, { dolly: 0.3 }),
    () => edits.removeKeyframe(document, 5),
    () => edits.moveKeyframe(document, 0, 2),
    () => edits.changeCamera(document, { field_of_view: 50 }),
    () => edits.cameraPreset(document, "push_in"),
    () => edits.cameraPreset(document, "no such"),
  ];
  for (const edit of nothing) assert.equal(edit(), document, String(edit));
});

test("layers are named, coloured, moved, copied and removed", () => {
  let document = edits.addLayer(edits.addLayer(EMPTY));
  assert.deepEqual(
    document.layers.map(({ name }) => name),
    ["Layer 1", "Layer 2"],
  );
  assert.notEqual(layer(document, 0).color, layer(document, 1).color);
  document = edits.addLayer(document, { name: "first", color: "#fff" }, 0);
  assert.equal(layer(document).name, "first");
  document = edits.moveLayer(document, 0, 2);
  assert.deepEqual(
    document.layers.map(({ name }) => name),
    ["Layer 1", "Layer 2", "first"],
  );
  document = edits.duplicateLayer(edits.changeLayer(document, 0, { locked: true }), 0);
  document = edits.duplicateLayer(document, 1);
  assert.deepEqual(
    document.layers.map(({ name }) => name),
    ["Layer 1", "Layer 1 copy", "Layer 1 copy 2", "Layer 2", "first"],
  );
  assert.equal(layer(document, 1).locked, false);
  document = edits.removeLayer(document, 1);
  assert.equal(document.layers.length, 4);
  for (let i = 0; i < 8; i++) document = edits.addLayer(document);
  assert.equal(new Set(document.layers.map(({ color }) => color)).size, 9);
  assert.equal(new Set(PALETTE).size, 8);
});

test("numbers are rounded to four decimals and brought into range", () => {
  let document = edits.addStroke(scene(), 1, { points: [[0.123456, 9, 2]], radius: 0.000001, hardness: -3 });
  assert.deepEqual(layer(document, 1).region.strokes[0], {
    points: [[0.1235, 2, 1]],
    radius: 0.0005,
    hardness: 0,
    mode: "paint",
  });
  document = edits.changeMotion(document, 1, {
    horizontal: 99,
    rotation: 12.34567,
    ambient: { amount: 4, seed: 2.6 },
  });
  const { horizontal, rotation, ambient } = layer(document, 1).motion;
  assert.deepEqual([horizontal, rotation, ambient], [4, 12.3457, { amount: 0.5, speed: 1, seed: 3 }]);
  document = edits.changeLayer(document, 1, { order: 1e9 });
  assert.equal(layer(document, 1).order, 1000);
  assert.throws(() => edits.changeLayer(document, 1, { order: NaN }), /order/);
  assert.throws(() => edits.changeLayer(document, 1, { wings: 2 }), /wings/);
});

test("a region is painted, changed, cleared and moved with its motion", () => {
  let document = edits.addPolygon(scene(), 0, {
    points: [
      [0, 0],
      [1, 0],
      [0, 1],
    ],
    mode: "erase",
  });
  document = edits.changeMotion(document, 0, { pivot: [0.5, 0.5] });
  document = edits.translateLayer(document, 0, 0.1, -0.1);
  const { region, motion } = layer(document);
  assert.deepEqual(region.strokes[0].points, [
    [0.2, 0.1, 1],
    [0.4, 0.3, 0.5],
  ]);
  assert.deepEqual(region.polygons[0], {
    points: [
      [0.1, -0.1],
      [1.1, -0.1],
      [0.1, 0.9],
    ],
    mode: "erase",
  });
  assert.deepEqual(motion.paths[0].points[0], [0.2, 0]);
  assert.deepEqual(motion.pivot, [0.6, 0.4]);
  document = edits.clearRegion(edits.changeRegion(document, 0, { feather: 0.2, invert: true, mask: 1 }), 0);
  assert.deepEqual(layer(document).region, { ...REGION, feather: 0.2 });
});

test("scaling a region keeps its middle, and leaves paths and other layers alone", () => {
  let document = edits.addLayer(EMPTY, {
    region: {
      strokes: [{ points: [[0.2, 0.4, 0.5]], radius: 0.1 }],
      polygons: [
        {
          points: [
            [0.4, 0.4],
            [0.6, 0.4],
            [0.6, 0.8],
          ],
        },
      ],
    },
    motion: { paths: [PATH] },
  });
  document = edits.scaleRegion(edits.addLayer(document, {}), 0, 1.5);
  const { region, motion } = layer(document);
  assert.deepEqual(region.strokes[0].points, [[0.1, 0.3, 0.5]]);
  assert.equal(region.strokes[0].radius, 0.15);
  assert.deepEqual(region.polygons[0].points, [
    [0.4, 0.3],
    [0.7, 0.3],
    [0.7, 0.9],
  ]);
  assert.deepEqual(motion.paths[0].points, PATH.points);
  assert.equal(edits.scaleRegion(document, 1, 2), document);
});

test("points of a path are moved, added, removed and made sharp", () => {
  let document = edits.toggleCorner(scene(), 0, 0, 1);
  assert.deepEqual(path(document).corners, [1]);
  document = edits.insertPoint(document, 0, 0, 1, [0.2, 0.2]);
  assert.deepEqual(path(document).points, [
    [0.1, 0.1],
    [0.2, 0.2],
    [0.5, 0.5],
    [0.9, 0.1],
  ]);
  assert.deepEqual(path(document).corners, [2]);
  document = edits.movePoint(document, 0, 0, 0, [-9, 0.33333]);
  assert.deepEqual(path(document).points[0], [-4, 0.3333]);
  document = edits.removePoint(document, 0, 0, 0);
  assert.deepEqual(path(document).corners, [1]);
  document = edits.toggleCorner(document, 0, 0, 1);
  assert.deepEqual(path(document).corners, []);
  document = edits.removePoint(edits.removePoint(document, 0, 0, 0), 0, 0, 0);
  assert.equal(layer(document).motion.paths.length, 0);
});

test("times of a path's points stay in order through every edit", () => {
  let document = edits.setPointTime(scene(), 0, 0, 1, 0.8);
  assert.deepEqual(path(document).times, [0, 0.8, 1]);
  assert.deepEqual(path(edits.setPointTime(document, 0, 0, 2, 0.1)).times, [0, 0.8, 0.801]);
  document = edits.insertPoint(document, 0, 0, 1, [0.3, 0.3]);
  assert.deepEqual(path(document).times, [0, 0.4, 0.8, 1]);
  assert.deepEqual(path(edits.removePoint(document, 0, 0, 0)).times, [0, 0.8, 1]);
  assert.deepEqual(path(edits.removePoint(document, 0, 0, 3)).times, [0, 0.4, 0.8]);
  assert.equal(path(edits.insertPoint(document, 0, 0, 4, [0.3, 0.3])).times, null);
  assert.equal(path(edits.insertPoint(document, 0, 0, 0, [0.3, 0.3])).times, null);
  const held = edits.addPath(EMPTY.layers.length ? EMPTY : edits.addLayer(EMPTY), 0, {
    points: [
      [0, 0],
      [0, 0],
      [0, 0],
      [1, 0],
    ],
  });
  const { times } = path(edits.setPointTime(held, 0, 0, 1, 0.5));
  assert.ok(
    times.every((time, k) => !k || time > times[k - 1]),
    String(times),
  );
});

test("start and end move each other, and stay apart", () => {
  const at = (document) => [layer(document).motion.start, layer(document).motion.end];
  assert.deepEqual(at(edits.changeMotion(scene(), 0, { start: 1 })), [0.99, 1]);
  assert.deepEqual(at(edits.changeMotion(scene(), 0, { end: 0 })), [0, 0.01]);
  const middle = edits.changeMotion(scene(), 0, { start: 0.4, end: 0.6 });
  assert.deepEqual(at(edits.changeMotion(middle, 0, { start: 0.8 })), [0.8, 0.81]);
  assert.deepEqual(at(edits.changeMotion(middle, 0, { end: 0.2 })), [0.19, 0.2]);
});

test("a copied motion is shifted to the other region", () => {
  let document = edits.addStroke(scene(), 1, {
    points: [
      [0.6, 0.6],
      [0.8, 0.8],
    ],
  });
  document = edits.copyMotion(document, 0, 1);
  assert.deepEqual(layer(document, 1).motion.paths[0].points[0], [0.6, 0.5]);
  document = edits.copyMotion(edits.changeRegion(document, 1, { everything: true }), 0, 1);
  assert.deepEqual(layer(document, 1).motion, layer(document).motion);
  assert.deepEqual(edits.changeMotion(document, 1, MOTION).layers[1].motion, MOTION);
});

test("keyframes are put between others as the camera is there, and the first view stays neutral", () => {
  let document = edits.addKeyframe(edits.changeKeyframe(scene(), 0, { dolly: 0.4, ease: "linear" }), 0.5);
  assert.deepEqual(
    document.camera.keyframes.map(({ time, dolly }) => [time, dolly]),
    [
      [0.5, 0.2],
      [1, 0.4],
    ],
  );
  assert.equal(edits.moveKeyframe(document, 0, 3).camera.keyframes[0].time, 0.999);
  assert.equal(edits.moveKeyframe(document, 0, -3).camera.keyframes[0].time, 0.001);
  assert.equal(edits.changeKeyframe(document, 0, { time: 0.7, pan: 5 }).camera.keyframes[0].time, 0.7);
  assert.equal(edits.removeKeyframe(document, 0).camera.keyframes.length, 1);
  document = parse('{"version": 2, "camera": {"keyframes": [{"time": 0}, {"time": 1, "pan": 4}]}}');
  assert.equal(edits.changeKeyframe(document, 0, { pan: 5 }), document);
  assert.equal(edits.moveKeyframe(document, 0, 0.5), document);
});

test("every camera preset is a valid document and keeps the lens", () => {
  const lens = edits.changeCamera(scene(), { field_of_view: 35 });
  for (const name of edits.CAMERA_PRESETS) {
    const document = edits.cameraPreset(lens, name);
    assert.equal(document.camera.field_of_view, 35);
    assert.deepEqual(parse(dump(document)), document);
    assert.equal(document.camera.keyframes.length > 0, name !== "none");
  }
});
