import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "../../js/editor/document/document.mjs";
import { drawOrder } from "../../js/editor/document/draw_order.mjs";
import { layerColor } from "../../js/editor/document/layers.mjs";
import { traceContour } from "../../js/editor/geometry/contour.mjs";
import { curveOf, hitPath, hitPoint, hitRegion, snapTo45 } from "../../js/editor/stage/hit.mjs";
import { hint } from "../../js/editor/stage/overlay.mjs";
import { View } from "../../js/editor/stage/view.mjs";

const view = new View();
view.aspect = 2;
view.resize(848, 448); // 24 px of margin: the picture is 800 x 400 at (24, 24)

const document = (layers, camera) =>
  parse(JSON.stringify({ flowbrush: "motion", version: 2, layers, camera }));
const arrow = (from, to) => ({ motion: { paths: [{ points: [from, to] }] } });
const plain = () => view;
const nothing = { layer: -1, path: null, point: null };

test("the view of these tests has the expected scale and place", () => {
  assert.deepEqual(view.toStage([0.5, 0.5]), [424, 224]);
});

test("layers are drawn by their order, and the later of equals in front", () => {
  assert.deepEqual(drawOrder(document([{ order: 1 }, {}, { order: -1 }, {}])), [2, 1, 3, 0]);
});

test("a layer without a colour of its own has one from the palette", () => {
  const two = document([{ color: "#123456" }, {}]);
  assert.equal(layerColor(two, 0), "#123456");
  for (const color of ["", "red", "#12"]) {
    const odd = { layers: [{ ...two.layers[0] }, { ...two.layers[1], color }] };
    assert.match(layerColor(odd, 1), /^#[0-9a-f]{6}$/);
    assert.notEqual(layerColor(odd, 1), layerColor({ layers: [odd.layers[1]] }, 0));
  }
});

test("a point is hit within the radius of the stage, whatever the zoom", () => {
  assert.equal(hitPoint([[0.5, 0.5]], view, [433, 224], 10), 0);
  assert.equal(hitPoint([[0.5, 0.5]], view, [435, 224], 10), -1);
});

test("of two points at one place the later is hit", () => {
  assert.equal(
    hitPoint(
      [
        [0.5, 0.5],
        [0.5, 0.5],
      ],
      view,
      [424, 224],
      10,
    ),
    1,
  );
});

test("a point of the selected layer goes before a line of another in front of it", () => {
  const both = document([arrow([0.2, 0.5], [0.8, 0.5]), arrow([0.2, 0.5], [0.8, 0.5])]);
  const selection = { layer: 0, path: null, point: null };
  assert.deepEqual(hitPath(both, selection, plain, [664, 226], 10), {
    layer: 0,
    path: 0,
    point: 1,
    segment: 1,
  });
});

test("the points of other layers are no handles, their lines are", () => {
  const found = hitPath(document([arrow([0.2, 0.5], [0.8, 0.5])]), nothing, plain, [664, 224], 10);
  assert.equal(found?.point, null);
  assert.equal(found?.path, 0);
});

test("a hidden layer's paths are not hit", () => {
  const hidden = document([{ ...arrow([0.2, 0.5], [0.8, 0.5]), visible: false }]);
  assert.equal(hitPath(hidden, nothing, plain, [424, 224], 10), null);
});

test("a line is hit where the curve runs, and names the segment", () => {
  const bent = document([
    {
      motion: {
        paths: [
          {
            points: [
              [0.1, 0.5],
              [0.5, 0.9],
              [0.9, 0.5],
            ],
          },
        ],
      },
    },
  ]);
  const selected = { layer: 0, path: 0, point: null };
  const on = curveOf(bent.layers[0].motion.paths[0], 2).position(0.7);
  assert.equal(hitPath(bent, selected, plain, view.toStage(on), 10)?.segment, 1);
  assert.equal(hitPath(bent, selected, plain, view.toStage([0.5, 0.5]), 18), null);
});

test("the front layer that covers a place is hit, the preferred one first", () => {
  const three = document([{}, {}, { visible: false }]);
  const everywhere = () => 1;
  assert.equal(hitRegion(three, everywhere), 1);
  assert.equal(hitRegion(three, everywhere, 0), 0);
  assert.equal(hitRegion(three, everywhere, 2), 1);
  assert.equal(
    hitRegion(three, () => 0.4),
    -1,
  );
});

test("a snapTo45 arrow keeps to multiples of 45 degrees on a wide picture", () => {
  const [x, y] = snapTo45([0.5, 0.5], [0.7, 0.88], 2);
  assert.ok(Math.abs((x - 0.5) * 2 - (y - 0.5)) < 1e-9);
});

test("the hints lead from an empty document to play", () => {
  const session = (layers, picture = {}) => ({ document: document(layers), problem: null, picture });
  const region = { strokes: [{ points: [[0.5, 0.5]] }] };
  assert.match(hint(session([], null), false), /Drop a picture/);
  assert.match(hint({ ...session([], null), waiting: "run" }, false), /^Run once .* picture/);
  assert.match(hint({ ...session([], null), waiting: "loading" }, false), /^Loading the picture/);
  assert.equal(hint(session([]), false), "Paint (B) or click (C) what should move");
  assert.equal(hint(session([{ region }]), false), "Drag an arrow (A) from it");
  const moved = [{ region, ...arrow([0.5, 0.5], [0.6, 0.5]) }];
  assert.equal(hint(session(moved), false), "Press play (Space)");
  assert.equal(hint(session(moved), true), "");
  assert.equal(hint(session([{ region, freeze: true }]), false), "");
});

/** Coverage of a disc with a soft edge of one cell. */
function disc(width, height, x, y, radius) {
  return Uint8ClampedArray.from(
    { length: width * height },
    (_, k) => 255 * (0.5 - (Math.hypot((k % width) + 0.5 - x, Math.floor(k / width) + 0.5 - y) - radius)),
  );
}

test("the outline of a disc is a closed line within a fifth of a cell of the circle", () => {
  const lines = traceContour(disc(40, 30, 19, 15, 9), 40, 30, [-1, -1, 40, 30]);
  assert.equal(lines.length, 1);
  const [line] = lines;
  assert.deepEqual(line.slice(0, 2), line.slice(-2));
  assert.ok(line.length > 20);
  for (let k = 0; k + 3 < line.length; k += 2) {
    for (const t of [0, 0.5]) {
      const x = line[k] + (line[k + 2] - line[k]) * t;
      const y = line[k + 1] + (line[k + 3] - line[k + 1]) * t;
      assert.ok(Math.abs(Math.hypot(x - 19, y - 15) - 9) < 0.2);
    }
  }
});

test("pieces of an outline meet where the tiles do", () => {
  const coverage = disc(40, 30, 19, 15, 9);
  const [left] = traceContour(coverage, 40, 30, [-1, -1, 19, 30]);
  const [right] = traceContour(coverage, 40, 30, [19, -1, 40, 30]);
  assert.deepEqual([left.slice(0, 2), left.slice(-2)].sort(), [right.slice(0, 2), right.slice(-2)].sort());
});

test("a region that covers everything is closed along the border of the picture", () => {
  const [line] = traceContour(new Uint8ClampedArray(12).fill(255), 4, 3, [-1, -1, 4, 3]);
  assert.equal(Math.min(...line.filter((_, k) => k % 2 === 0)), 0);
  assert.equal(Math.max(...line.filter((_, k) => k % 2 === 0)), 4);
  assert.equal(Math.max(...line.filter((_, k) => k % 2 === 1)), 3);
});

test("nothing covered has no outline", () => {
  assert.deepEqual(traceContour(new Uint8ClampedArray(12), 4, 3, [-1, -1, 4, 3]), []);
});
