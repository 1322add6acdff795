import assert from "node:assert/strict";
import { test } from "node:test";

import { REGION, STROKE } from "../../js/editor/document/document.mjs";
import { fillContour } from "../../js/editor/geometry/fill_contour.mjs";
import { loadMasks, RegionRaster } from "../../js/editor/geometry/raster.mjs";
import { random } from "./random.mjs";

await loadMasks();

const draw = random(11);
const walk = (count) => {
  let [x, y, turn] = [draw(), draw(), draw() * 6];
  return Array.from({ length: count }, () => {
    turn += draw() - 0.5;
    [x, y] = [x + Math.cos(turn) * 0.02, y + Math.sin(turn) * 0.02];
    return [x, y, 0.5 + draw() / 2];
  });
};
const strokes = (count) =>
  Array.from({ length: count }, () => ({ ...STROKE, radius: 0.06, points: walk(20) }));
const fresh = (region, mask) => new RegionRaster(120, 80, 1.5).update(region, mask);

test("drawing step by step equals drawing at once, and changes only the reported box", () => {
  for (const invert of [false, true]) {
    const raster = new RegionRaster(120, 80, 1.5);
    const region = { ...REGION, invert, strokes: strokes(2) };
    let before = raster.update(region).slice();
    const points = walk(30);
    for (let count = 1; count <= 30; count++) {
      const stroke = { ...STROKE, mode: "erase", hardness: 0.4, points: points.slice(0, count) };
      const grown = { ...region, strokes: [...region.strokes, stroke] };
      const after = raster.update(grown);
      assert.deepEqual(after, fresh(grown));
      const [left, top, right, bottom] = raster.changed;
      after.forEach((value, i) => {
        const [x, y] = [i % 120, Math.floor(i / 120)];
        assert.ok(value === before[i] || (x >= left && x < right && y >= top && y < bottom));
      });
      before = after.slice();
    }
    assert.deepEqual(raster.update(region), fresh(region));
    const other = { ...region, strokes: [...region.strokes, ...strokes(3)] };
    assert.deepEqual(raster.update(other), fresh(other));
    const wider = { ...other, feather: 0.1 };
    assert.deepEqual(raster.update(wider), fresh(wider));
    assert.deepEqual(raster.update(other), fresh(other));
  }
});

test("the last results are kept, and a gesture takes the place of one only", () => {
  const raster = new RegionRaster(120, 80, 1.5);
  const steps = [{ ...REGION }];
  for (let n = 0; n < 20; n++) steps.push({ ...REGION, strokes: [...steps[n].strokes, ...strokes(1)] });
  const results = steps.map((step) => raster.update(step));
  const last = steps[20];
  for (let n = 0; n < 100; n++)
    raster.update({ ...last, strokes: [...last.strokes, { ...STROKE, points: walk(2) }] });
  steps.forEach((step, n) => assert.equal(raster.update(step), results[n]));
});

test("a mask counts only where the region names it", () => {
  const mask = { width: 2, height: 1, data: Uint8ClampedArray.from([255, 0]) };
  assert.ok(fresh(REGION, mask).every((value) => value === 0));
  const cover = fresh({ ...REGION, mask: 0, feather: 0 }, mask);
  assert.deepEqual([cover[0], cover[119]], [255, 0]);
  assert.ok(fresh({ ...REGION, mask: 0 }).every((value) => value === 0));
});

test("painting keeps up with a pen, and undo takes no time", () => {
  const raster = new RegionRaster(768, 768, 1);
  const region = { ...REGION, strokes: strokes(300) };
  const timed = (next) => {
    const start = performance.now();
    raster.update(next);
    return performance.now() - start;
  };
  const all = timed(region);
  const points = walk(100);
  const segments = points.map((_, i) =>
    timed({
      ...region,
      strokes: [...region.strokes, { ...STROKE, radius: 0.06, points: points.slice(0, i + 1) }],
    }),
  );
  segments.sort((a, b) => a - b);
  const undo = timed(region);
  const times = `300 strokes ${all.toFixed(0)} ms, a segment ${segments[50].toFixed(2)} ms, undo ${undo.toFixed(3)} ms`;
  assert.ok(all < 3000 && segments[50] < 4 && undo < 1, times); // generous: this machine may be busy
});

/** By the even-odd rule. */
const isInside = ([x, y], polygon) =>
  polygon.filter(([bx, by], i) => {
    const [ax, ay] = polygon.at(i - 1);
    return ay > y !== by > y && x < ax + ((y - ay) / (by - ay)) * (bx - ax);
  }).length %
    2 ===
  1;

test("fill finds the area around a point and extends under its outline", () => {
  const ring = Array.from({ length: 41 }, (_, i) => {
    const turn = (i / 40) * 2 * Math.PI;
    return [0.5 + 0.2 * Math.cos(turn), 0.5 + 0.3 * Math.sin(turn), 1];
  });
  const raster = new RegionRaster(300, 200, 1.5);
  const region = { ...REGION, strokes: [{ ...STROKE, radius: 0.03, points: ring }] };
  const coverage = raster.update(region);
  const inner = fillContour(coverage, 300, 200, 0.5, 0.5);
  assert.ok(inner.length >= 8 && inner.length < 80);
  assert.ok(isInside([0.5, 0.5], inner) && isInside([0.35, 0.5], inner) && !isInside([0.29, 0.5], inner));
  const filled = raster.update({ ...region, polygons: [{ points: inner, mode: "paint" }] });
  const seam = filled.filter((value, i) => {
    const [x, y] = [((i % 300) + 0.5) / 300, (Math.floor(i / 300) + 0.5) / 200];
    return Math.hypot((x - 0.5) / 0.2, (y - 0.5) / 0.3) < 1 && value < 250;
  });
  assert.equal(seam.length, 0);
  assert.equal(fillContour(coverage, 300, 200, 0.3, 0.5), null);
  assert.equal(fillContour(coverage, 300, 200, 1.3, 0.5), null);
  const outer = fillContour(coverage, 300, 200, 0.01, 0.01);
  for (const corner of [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 1],
  ]) {
    assert.ok(
      outer.some((point) => point[0] === corner[0] && point[1] === corner[1]),
      String(outer),
    );
  }
});

test("a stroke of many points covers what its pieces cover, however wide the edge is", () => {
  for (const feather of [0, 0.05, 1]) {
    for (const hardness of [1, 0.3]) {
      const points = Array.from({ length: 60 }, () => [draw(), draw(), draw()]);
      const pieces = points.slice(1).map((point, k) => ({ ...STROKE, hardness, points: [points[k], point] }));
      const region = { ...REGION, feather };
      const raster = new RegionRaster(120, 80, 1.5);
      for (let count = 1; count <= pieces.length; count++)
        raster.update({ ...region, strokes: pieces.slice(0, count) });
      const expected = raster.update({ ...region, strokes: pieces }).slice();
      assert.ok(expected.some((value) => value > 0));
      assert.deepEqual(fresh({ ...region, strokes: [{ ...STROKE, hardness, points }] }), expected);
      assert.deepEqual(fresh({ ...region, strokes: pieces }), expected);
    }
  }
});
