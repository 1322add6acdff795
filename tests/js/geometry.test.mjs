import assert from "node:assert/strict";
import { test } from "node:test";
import { cameraPreset } from "../../js/editor/commands/camera_presets.mjs";
import { EMPTY } from "../../js/editor/document/document.mjs";
import { cameraAt, framePolygon, projection } from "../../js/editor/geometry/camera.mjs";
import { Curve } from "../../js/editor/geometry/curve.mjs";
import { distanceToPolyline, fitSpline } from "../../js/editor/geometry/fitting.mjs";
import { distance, simplify, simplifyStroke } from "../../js/editor/geometry/geometry.mjs";
import { extent } from "../../js/editor/geometry/units.mjs";
import { View } from "../../js/editor/stage/view.mjs";
import { random } from "./random.mjs";

const near = (a, b, within = 1e-9) =>
  a.forEach((value, i) => assert.ok(Math.abs(value - b[i]) <= within, `${a} ${b}`));
const units = ([x, y], aspect) => [x * extent(aspect)[0], y * extent(aspect)[1]];

test("the short side is one unit", () => {
  assert.deepEqual(
    [extent(2), extent(0.5), extent(1)],
    [
      [2, 1],
      [1, 2],
      [1, 1],
    ],
  );
});

test("a simplified line stays within its tolerance, and keeps the pen's pressure", () => {
  const draw = random(3);
  let at = [0.2, 0.5, 0.5];
  const points = Array.from({ length: 400 }, (_, i) => {
    at = [at[0] + 0.001 + draw() * 0.001, at[1] + Math.sin(i / 30) * 0.002, i > 200 && i < 220 ? 1 : 0.5];
    return at;
  });
  const thinned = simplify(points, 0.002);
  assert.ok(thinned.length < 30, String(thinned.length));
  for (const point of points) assert.ok(distanceToPolyline(point, thinned) <= 0.002 + 1e-9);
  assert.ok(thinned.some(([, , pressure]) => pressure === 1));
  assert.deepEqual([thinned[0], thinned.at(-1)], [points[0], points.at(-1)]);
  assert.deepEqual(simplify([[1, 2, 1]], 0.1), [[1, 2, 1]]);
  assert.ok(simplifyStroke(points, 0.06, 1.5).length < 40);
  assert.deepEqual(simplifyStroke([[0.5, 0.25]], 0.06, 2), [[0.5, 0.25, 1]]);
});

test("a spline of few points follows a drawn track", () => {
  const draw = random(5);
  for (const aspect of [1, 1.7]) {
    const track = Array.from({ length: 300 }, (_, i) => [
      0.1 + i / 400 + draw() * 0.001,
      0.5 + 0.3 * Math.sin(i / 45) + draw() * 0.001,
    ]);
    const fitted = fitSpline(track, aspect);
    assert.ok(fitted.length >= 4 && fitted.length <= 14, String(fitted.length));
    const line = new Curve(fitted, [], null, aspect).polyline(400).map((point) => units(point, aspect));
    for (const point of track) assert.ok(distanceToPolyline(units(point, aspect), line) < 0.014);
    near(fitted[0], track[0], 1e-6);
    near(fitted.at(-1), track.at(-1), 1e-6);
  }
  assert.equal(
    fitSpline(
      [
        [0, 0],
        [1, 1],
      ],
      1,
    ).length,
    2,
  );
  assert.equal(
    fitSpline(
      Array.from({ length: 50 }, (_, i) => [i / 50, i / 100]),
      1,
    ).length,
    2,
  );
  for (const short of [
    [[0, 0]],
    [
      [0.5, 0.5],
      [0.5, 0.5],
    ],
    [
      [0.5, 0.5],
      [0.501, 0.5],
    ],
  ]) {
    assert.ok(fitSpline(short, 1).length <= 2);
  }
});

test("the nearest place of a curve is where it passes", () => {
  const points = [
    [0.1, 0.1],
    [0.1, 0.1],
    [0.4, 0.7],
    [0.9, 0.2],
  ];
  for (const times of [null, [0, 0.2, 0.9, 1]]) {
    const curve = new Curve(points, [2], times, 1.5);
    for (const progress of [0.05, 0.3, 0.5, 0.92]) {
      const at = curve.position(progress);
      const found = curve.nearest(at);
      assert.ok(found.distance < 1e-6);
      near(curve.position(found.progress), at, 1e-6);
    }
    assert.equal(curve.nearest([0.2, 0.3]).segment, 1);
    assert.equal(curve.nearest([0.8, 0.35]).segment, 2);
    near([curve.nearest([0.1, -0.4]).distance], [0.5]);
  }
  const still = new Curve([
    [0.3, 0.3],
    [0.3, 0.3],
  ]);
  assert.deepEqual(
    [still.length, still.nearest([0.3, 0.4]).progress, still.position(0.7)],
    [0, 0, [0.3, 0.3]],
  );
  assert.equal(still.polyline(5).length, 1);
});

test("a polyline of a curve has even steps and its ends", () => {
  const curve = new Curve(
    [
      [0, 0],
      [0.3, 0.6],
      [1, 0.2],
    ],
    [],
    null,
    2,
  );
  const line = curve.polyline(33);
  near(line[0], [0, 0]);
  near(line[32], [1, 0.2]);
  const steps = line.slice(1).map((point, i) => distance(units(point, 2), units(line[i], 2)));
  assert.ok(Math.max(...steps) / Math.min(...steps) < 1.05);
});

test("the camera's frame is the picture at rest, and shows how it moves", () => {
  near(framePolygon(EMPTY.camera, 0.7, 1.5).flat(), [0, 0, 1, 0, 1, 1, 0, 1]);
  const [topLeft, , bottomRight] = framePolygon(cameraPreset(EMPTY, "zoom_in").camera, 1, 1.5);
  near([...topLeft, ...bottomRight], [0.5 - 0.5 / 1.3, 0.5 - 0.5 / 1.3, 0.5 + 0.5 / 1.3, 0.5 + 0.5 / 1.3]);
  near(framePolygon(cameraPreset(EMPTY, "truck_right").camera, 1, 0.6)[0], [0.15, 0]);
  assert.ok(framePolygon(cameraPreset(EMPTY, "tilt_up").camera, 1, 1)[0][1] < -0.05);
  for (const point of framePolygon(
    { keyframes: [{ ...cameraAt(EMPTY.camera, 0), time: 1, ease: "linear", pan: 80 }], field_of_view: 120 },
    1,
    1,
  )) {
    assert.ok(point.every(Number.isFinite));
  }
});

test("the camera's frame is seen at the corners of its picture", () => {
  const pose = {
    time: 0.8,
    ease: "linear",
    pan: 7,
    tilt: -5,
    truck: 0.1,
    pedestal: -0.07,
    dolly: 0.3,
    zoom: 1.2,
    roll: 12,
  };
  const camera = { keyframes: [pose], field_of_view: 65 };
  for (const [time, aspect] of [
    [0.3, 1.6],
    [0.8, 0.7],
    [1, 1],
  ]) {
    const seen = framePolygon(camera, time, aspect).map(projection(camera, time, aspect));
    near(seen.flat(), [0, 0, 1, 0, 1, 1, 0, 1]);
  }
  near(projection(EMPTY.camera, 1, 2)([0.2, 0.9]), [0.2, 0.9]);
});

test("the view fits, zooms about the pointer, pans and goes back", () => {
  const view = new View();
  view.resize(800, 600);
  view.aspect = 2;
  near(view.toStage([0.5, 0.5]), [400, 300]);
  near(view.toStage([0, 0.5]), [24, 300]);
  assert.equal(view.zoom, 1);
  near(view.toDocument(view.toStage([0.3, 0.9])), [0.3, 0.9]);
  const under = view.toDocument([100, 250]);
  view.zoomAt(100, 250, 3);
  near(view.toStage(under), [100, 250]);
  near([view.zoom, view.scale], [3, 3 * 376]);
  view.panBy(10, -20);
  near(view.toStage(under), [110, 230]);
  const [a, d, e, f] = view.matrix;
  near(view.toStage([0.25, 0.75]), [a * 0.25 + e, d * 0.75 + f]);
  view.zoomAt(0, 0, 1e9);
  near([view.zoom], [64]);
  view.zoomAt(0, 0, 1e-9);
  near([view.zoom], [0.1]);
  view.panBy(1e6, 1e6);
  assert.ok(view.left < 800 && view.top < 600);
  view.fit(0);
  near(view.toStage([0, 0]), [0, 100]);
  view.resize(400, 300);
  near(view.toStage([0, 0]), [0, 50]);
});

test("one to one shows a pixel of the picture as a pixel, and keeps the middle", () => {
  const view = new View();
  view.resize(500, 500);
  view.aspect = 1.5;
  view.oneToOne({ width: 3000, height: 2000 });
  near([view.matrix[0], view.matrix[1]], [3000, 2000]);
  near(view.toStage([0.5, 0.5]), [250, 250]);
  const middle = view.toDocument([250, 250]);
  view.resize(700, 400);
  near(view.toDocument([350, 200]), middle);
  view.resize(0, 0);
  near([view.width], [700]);
});
