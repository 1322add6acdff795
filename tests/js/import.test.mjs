import assert from "node:assert/strict";
import { test } from "node:test";
import { dump, EMPTY, parse } from "../../js/editor/document/document.mjs";
import { addLayer } from "../../js/editor/document/edits.mjs";
import { importText } from "../../js/editor/document/import.mjs";
import { Curve } from "../../js/editor/geometry/curve.mjs";

const FRAME = { aspect: 1.5, width: 768, height: 512 };
const moving = Array.from({ length: 49 }, (_, i) => ({
  x: 100 + i * i * 0.2,
  y: 200 + 80 * Math.sin(i / 8),
}));
const still = Array.from({ length: 49 }, () => ({ x: 600, y: 300 }));

const added = ({ layers }) => layers.reduce((document, layer) => addLayer(document, layer), EMPTY);

/** Where a layer's path is in each frame, in pixels. */
function frames(layer, count) {
  const [path] = layer.motion.paths;
  const curve = new Curve(path.points, path.corners, path.times, FRAME.aspect);
  return Array.from({ length: count }, (_, t) => {
    const [x, y] = curve.position(t / (count - 1));
    return [x * FRAME.width, y * FRAME.height];
  });
}

test("moving tracks become layers that follow them in time, still ones a frozen layer", () => {
  const document = added(importText(JSON.stringify([moving, still]), FRAME));
  assert.deepEqual(parse(dump(document)), document);
  const [anchors, track] = document.layers;
  assert.equal(anchors.freeze, true);
  assert.deepEqual(anchors.region.strokes[0].points, [[0.7813, 0.5859, 1]]);
  assert.ok(track.motion.paths[0].points.length < 25);
  frames(track, 49).forEach(([x, y], t) => {
    const off = Math.hypot(x - moving[t].x, y - moving[t].y);
    assert.ok(off < 6, `frame ${t}: ${off} px`);
  });
});

test("a single list is a single track, and ATI's 121 samples are the clip", () => {
  const samples = Array.from({ length: 121 }, (_, i) => ({ x: 100 + i, y: 100 }));
  const { layers, about } = importText(JSON.stringify(samples), FRAME);
  assert.equal(about, "1 moving track, 0 still points.");
  assert.deepEqual(layers[0].motion.paths[0].points, [
    [0.1302, 0.1953],
    [0.2865, 0.1953],
  ]);
});

test("TRACKS are imported with gaps, and without tracks that begin hidden", () => {
  const path = Array.from({ length: 5 }, (_, t) => [
    [100 + 50 * t, 100],
    [t === 2 ? -999 : 100, 100 + 50 * t],
    [300, 300],
    [900, 10],
  ]);
  const seen = path.map((_, t) => [true, t !== 2, t !== 0, true]);
  const { layers, about } = importText(JSON.stringify({ track_path: path, track_visibility: seen }), FRAME);
  assert.equal(about, "2 moving tracks, 0 still points; 2 tracks left out.");
  const document = added({ layers });
  frames(document.layers[1], 5).forEach(([x, y], t) => assert.ok(Math.hypot(x - 100, y - 100 - 50 * t) < 1));
});

test("a motion document brings its layers", () => {
  const { layers, about } = importText('{"version": 1, "layers": [{"name": "a"}, {"name": "b"}]}', FRAME);
  assert.deepEqual([layers.map(({ name }) => name), about], [["a", "b"], "2 layers of a motion document."]);
});

test("at most 64 tracks come in as layers", () => {
  const many = Array.from({ length: 70 }, (_, n) => [
    { x: 10 * n, y: 10 },
    { x: 10 * n + 50, y: 90 },
  ]);
  const { layers, about } = importText(JSON.stringify(many), FRAME);
  assert.deepEqual([layers.length, about], [64, "64 moving tracks, 0 still points; 6 tracks left out."]);
});

test("anything else is refused with one sentence", () => {
  for (const [text, words] of [
    ["", /Expecting value/],
    ["[", /Expecting value/],
    ["[]", /list of lists/],
    ["3", /list of lists/],
    ["[[]]", /track 0 is not a list of points/],
    ['[{"x": 1, "y": "2"}]', /point 0 of track 0/],
    ['[{"x": 1, "y": NaN}]', /point 0 of track 0/],
    ['[[{"x": 1, "y": 2}], 3]', /track 1 is not/],
    ['[[{"x": -5, "y": 2}]]', /inside the picture/],
    ['{"track_path": []}', /track_path/],
    ['{"track_path": [[[1, 2]], []]}', /track_path/],
    ['{"track_path": [[[1, null]]]}', /point 0 of frame 0/],
    ['{"version": 2, "wings": 1}', /wings/],
  ]) {
    assert.throws(() => importText(text, FRAME), words, text);
  }
});
