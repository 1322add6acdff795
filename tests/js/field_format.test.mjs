// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { coveredCells, decodeField } from "../../js/editor/player/field_format.mjs";
import { answer, meshOf, WHOLE } from "./field_answer.mjs";

/** A point of a decoded layer's mesh. @param {any} layer @param {number} frame @param {number} row @param {number} column */
const vertex = ({ mesh, rows, columns }, frame, row, column) => {
  const at = 2 * ((frame * (rows + 1) + row) * (columns + 1) + column);
  return [mesh[at], mesh[at + 1]];
};

test("an answer's layers, masks and flow are read where the header says", () => {
  const flow = { rows: 1, columns: 2, data: [0, 0, 0, 0, 0.5, 0, 0.25, 0] };
  const field = decodeField(
    answer({ layers: [{}, { layer: 0, slide: 0.25, mask: [0, 255, 0, 0] }], flow, warnings: ["w"] }),
  );
  assert.equal(field.frames, 2);
  assert.deepEqual(
    field.layers.map((layer) => [layer.layer, layer.moves]),
    [
      [-1, false],
      [0, true],
    ],
  );
  assert.deepEqual([...field.layers[1].mask.data], [0, 255, 0, 0]);
  assert.deepEqual([...(field.flow?.data ?? [])], flow.data);
  assert.deepEqual(field.warnings, ["w"]);
});

test("an affine layer's mesh is made anew over what the layer covers", () => {
  const [, layer] = decodeField(
    answer({ layers: [{}, { layer: 0, slide: 0.25, mask: [0, 255, 0, 0] }] }),
  ).layers;
  assert.deepEqual(layer.across, [0, 0.25, 0.5, 0.75, 1]); // half a texel around a quarter of a 2 x 2 mask
  const wide = { width: 10, height: 10, mask: Array.from({ length: 100 }, (_, at) => (at === 44 ? 255 : 0)) };
  const [, small] = decodeField(
    answer({ layers: [{}, { layer: 0, slide: 0.25, ...wide, box: [0.4, 0.4, 0.5, 0.5] }] }),
  ).layers;
  for (const lines of [small.across, small.down])
    assert.ok(Math.abs(lines[0] - 0.3) < 1e-9 && Math.abs(lines[4] - 0.6) < 1e-9);
  const [x, y] = vertex(small, 1, small.rows, small.columns);
  assert.ok(Math.abs(x - 0.85) < 1e-6 && Math.abs(y - 0.6) < 1e-6);
  assert.ok(coveredCells(small).length > 0 && coveredCells(small).length <= 16);
});

test("only cells that the mask touches are covered, with half a texel around", () => {
  const mask = Array.from({ length: 100 }, (_, at) => (at === 99 ? 1 : 0));
  const [layer] = decodeField(
    answer({
      layers: [{ layer: 0, rows: 5, columns: 5, width: 10, height: 10, mask, box: [0.9, 0.9, 1, 1] }],
    }),
  ).layers;
  assert.deepEqual(coveredCells(layer), [24]); // reaches back to 0.85, still in the last fifth
});

test("a texel covers all cells of a mesh that are finer than it is", () => {
  const mask = Array.from({ length: 100 }, (_, at) => (at === 44 ? 1 : 0));
  const lines = { across: [0.2, 0.41, 0.42, 0.44, 0.48, 0.7], down: [0.3, 0.5, 0.54, 0.6] };
  const [given] = decodeField(
    answer({ layers: [{ layer: 0, ...lines, width: 10, height: 10, mask, box: [0.4, 0.4, 0.5, 0.5] }] }),
  ).layers;
  assert.deepEqual([given.rows, given.columns], [3, 5]);
  // 0.35 to 0.55 with half a texel around: all columns, and the first two rows of cells and the third
  assert.deepEqual(
    coveredCells(given),
    Array.from({ length: 15 }, (_, cell) => cell),
  );
  const apart = { ...given, across: [0.2, 0.3, 0.36, 0.42, 0.58, 0.7], down: [0.1, 0.3, 0.58, 0.6] };
  assert.deepEqual(coveredCells(apart), [6, 7, 8]);
});

test("layers that stay with the unpainted picture lend their colours to holes, moving ones do not", () => {
  const { layers } = decodeField(answer({ layers: [{}, { layer: 0 }, { layer: 1, slide: 0.25 }] }));
  assert.deepEqual(
    layers.map((layer) => layer.lends),
    [true, true, false],
  );
  assert.equal(decodeField(answer({ layers: [{ layer: 0, slide: 0.25 }] })).layers[0].lends, true);
});

test("a mask that was left out is the one known by its hash", () => {
  const known = new Map();
  decodeField(answer({ layers: [{ hash: "a" }] }), known);
  const field = decodeField(answer({ layers: [{ hash: "a", leftOut: true }] }), known);
  assert.deepEqual([...field.layers[0].mask.data], WHOLE);
  assert.throws(() => decodeField(answer({ layers: [{ hash: "b", leftOut: true }] }), known), /never sent/);
});

test("an answer that is not a field, or is cut off, is refused", () => {
  const whole = answer({ layers: [{}] });
  assert.throws(() => decodeField(new ArrayBuffer(0)), /not a motion field/);
  assert.throws(() => decodeField(new TextEncoder().encode("<html></html>").buffer), /not a motion field/);
  for (const length of [8, 40, whole.byteLength - 4]) {
    assert.throws(() => decodeField(whole.slice(0, length)));
  }
});

test("a mesh of the tests is a grid of its lines", () => {
  assert.deepEqual(meshOf(1, [0, 1], [0, 1], 0), [0, 0, 1, 0, 0, 1, 1, 1]);
});
