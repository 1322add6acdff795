import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "../../js/editor/document/document.mjs";
import { backProjection, projection } from "../../js/editor/geometry/camera.mjs";
import { cameraView } from "../../js/editor/geometry/camera_view.mjs";
import { hitPath, hitPoint, layerAt } from "../../js/editor/stage/hit.mjs";
import { View } from "../../js/editor/stage/view.mjs";

const view = new View();
view.aspect = 2;
view.resize(848, 448); // 24 px of margin: the picture is 800 x 400 at (24, 24)

const cameraOf = (...keyframes) => parse(JSON.stringify({ version: 2, camera: { keyframes } })).camera;
const MOVED = { time: 1, pan: 9, tilt: -6, truck: 0.1, pedestal: -0.05, dolly: 0.25, zoom: 1.4, roll: 25 };
const camera = cameraOf({ time: 0.4, pan: -5, roll: -10, ease: "ease_in" }, MOVED);
const TIMES = [0.2, 0.4, 0.73, 1];
const PLACES = [
  [0.5, 0.5],
  [0, 0],
  [1, 0.2],
  [0.13, 0.94],
  [-0.3, 1.2],
];
const distance = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);

test("a place is found again at the point where the camera shows it", () => {
  for (const aspect of [0.6, 1, 2]) {
    for (const time of TIMES) {
      const seen = projection(camera, time, aspect);
      const place = backProjection(camera, time, aspect);
      for (const point of PLACES) assert.ok(distance(place(seen(point)), point) < 1e-9);
    }
  }
});

test("a point past the picture's plane has no place", () => {
  const aside = cameraOf({ time: 1, pan: 70 });
  const place = backProjection(aside, 1, 1);
  const seen = projection(aside, 1, 1);
  let none = 0;
  for (let x = -3; x <= 4; x += 0.05) {
    const found = place([x, 0.4]);
    if (found) assert.ok(distance(seen(found), [x, 0.4]) < 1e-6);
    else none += 1;
    assert.equal(
      found === null,
      x >
        0.5 + (0.5 / Math.tan((aside.field_of_view * Math.PI) / 360)) * Math.tan((20 * Math.PI) / 180) - 1e-3,
    );
  }
  assert.ok(none > 20);
  const bounced = cameraOf({ time: 1, dolly: 0.9, ease: [0.2, 1.8, 0.4, 1.6] });
  const ahead = [0.1, 0.3, 0.5, 0.7, 1].map((time) => backProjection(bounced, time, 1)([0.5, 0.5]));
  assert.ok(
    ahead.some((found) => found === null),
    "the ease takes the camera through the picture",
  );
});

test("a view through the camera goes to the stage and back, and is as large", () => {
  for (const time of TIMES) {
    const through = cameraView(view, camera, time, 2);
    for (const point of PLACES) assert.ok(distance(through.toDocument(through.toStage(point)), point) < 1e-9);
  }
  const nearer = cameraView(view, cameraOf({ time: 1, zoom: 1.5, dolly: 0.5, roll: 40 }), 1, 2);
  assert.ok(Math.abs(nearer.scale - 3 * view.scale) < 1e-9);
  for (const corner of nearer.ring([0.5, 0.5], 0.1))
    assert.ok(Math.abs(distance(corner, [424, 224]) - 0.3 * view.scale) < 1e-9);
});

test("the view is the same as long as nothing has moved", () => {
  const before = cameraView(view, camera, 1, 2);
  assert.equal(cameraView(view, camera, 1, 2), before);
  assert.notEqual(cameraView(view, camera, 0.9, 2), before);
  assert.notEqual(cameraView(view, cameraOf(MOVED), 1, 2), before);
});

test("places far outside the picture are left out where a tool does not reach them", () => {
  const through = cameraView(view, camera, 1, 2);
  for (const [place, outside] of [
    [[-0.05, 0.5], 0.1],
    [[0.5, 1.3], 0.3],
    [[1.2, 0.5], 0.4],
  ]) {
    const stage = through.toStage(place);
    assert.ok(distance(through.toDocument(stage, outside + 1e-6), place) < 1e-9);
    assert.equal(through.toDocument(stage, outside - 1e-6), null);
  }
  assert.ok(through.toDocument(through.toStage([0.5, 0.5]), 0));
});

test("outlines are seen where their points are", () => {
  const through = cameraView(view, camera, 0.73, 2);
  const [line] = through.lines([[0, 0, 512, 100, 900.5, 512]], 1024, 512);
  [
    [0, 0],
    [0.5, 100 / 512],
    [900.5 / 1024, 1],
  ].forEach((place, k) => {
    const seen = view.toStage([line[2 * k] / 1024, line[2 * k + 1] / 512]);
    assert.ok(distance(seen, through.toStage(place)) < 1e-9);
  });
});

test("paths are hit where the camera shows them, and frozen ones where they stay", () => {
  const path = {
    points: [
      [0.2, 0.3],
      [0.5, 0.7],
      [0.8, 0.4],
    ],
  };
  const { layers, ...rest } = parse(
    JSON.stringify({
      version: 2,
      layers: [
        { motion: { paths: [path] } },
        {
          freeze: true,
          motion: {
            paths: [
              {
                points: [
                  [0.1, 0.1],
                  [0.3, 0.1],
                ],
              },
            ],
          },
        },
      ],
    }),
  );
  const through = cameraView(view, camera, 1, 2);
  const viewOf = (layer) => (layer.freeze ? view : through);
  const document = { ...rest, layers };
  const selection = { layer: 0, path: null, point: null, keyframe: null };
  path.points.forEach((point, k) => {
    const [x, y] = through.toStage(point);
    assert.deepEqual(hitPath(document, selection, viewOf, [x + 6, y - 6], 10), {
      layer: 0,
      path: 0,
      point: k,
      segment: k,
    });
    assert.equal(hitPath(document, selection, viewOf, view.toStage(point), 10), null);
    assert.equal(hitPoint(path.points, through, [x, y + 11], 10), -1);
  });
  assert.equal(hitPath(document, selection, viewOf, view.toStage([0.2, 0.1]), 10)?.layer, 1);
  assert.equal(hitPath(document, selection, viewOf, through.toStage([0.2, 0.1]), 10), null);
});

test("regions are hit where the camera shows them, and frozen ones where they stay", () => {
  const document = parse('{"version": 2, "layers": [{}, {"freeze": true}]}');
  const through = cameraView(view, camera, 1, 2);
  const left = Uint8ClampedArray.from({ length: 200 }, (_, k) => (k % 20 < 10 ? 255 : 0));
  const coverage = [left, left.map((value) => 255 - value)];
  const stage = {
    session: { document },
    regions: { width: 20, height: 10, layer: (layer) => ({ coverage: coverage[layer] }) },
    pointer: { viewOf: (layer) => (layer.freeze ? view : through) },
  };
  const within = ([x, y], low, high) => x >= low && x < high && y >= 0 && y < 1;
  const hits = new Set();
  for (let x = 5; x < 848; x += 60) {
    for (let y = 5; y < 448; y += 60) {
      const frozen = within(view.toDocument([x, y]), 0.5, 1);
      const moved = within(through.toDocument([x, y]), 0, 0.5);
      const hit = layerAt(stage, [x, y]);
      assert.equal(hit, frozen ? 1 : moved ? 0 : -1);
      assert.equal(layerAt(stage, [x, y], 0), moved ? 0 : frozen ? 1 : -1);
      hits.add(hit);
    }
  }
  assert.equal(hits.size, 3);
});
