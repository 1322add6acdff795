import assert from "node:assert/strict";
import { test } from "node:test";

import {
  completeDocument,
  DocumentError,
  dump,
  EMPTY,
  isEmpty,
  LAYER,
  PATH,
  parse,
  regionIsEmpty,
  STROKE,
} from "../../js/editor/document/document.mjs";
import { addLayer, addStroke, changeLayer } from "../../js/editor/document/edits.mjs";
import { addPath } from "../../js/editor/document/path_edits.mjs";
import { random } from "./random.mjs";

const draw = random();

function painted(strokes, points = 20) {
  let document = addLayer(EMPTY);
  for (let i = 0; i < strokes; i++) {
    document = addStroke(document, 0, {
      points: Array.from({ length: points }, () => [draw(), draw(), draw()]),
    });
  }
  return document;
}

function frozen(value) {
  return (
    typeof value !== "object" ||
    value === null ||
    (Object.isFrozen(value) && Object.values(value).every(frozen))
  );
}

test("a blank text is the empty document, which is written as one", () => {
  for (const text of ["", " \n\t", "\u00a0"]) assert.equal(parse(text), EMPTY);
  assert.equal(dump(EMPTY), "");
  assert.equal(isEmpty(EMPTY), true);
});

test("documents have every member and are frozen to the last point", () => {
  const document = addPath(painted(2), 0, {
    points: [
      [0, 0],
      [1, 1],
    ],
  });
  for (const each of [document, parse(dump(document)), EMPTY]) assert.ok(frozen(each));
  const [layer] = parse('{"version": 2, "layers": [{}]}').layers;
  assert.deepEqual(layer, LAYER);
  assert.deepEqual(Object.keys(layer), [
    "name",
    "visible",
    "locked",
    "color",
    "region",
    "motion",
    "freeze",
    "strength",
    "order",
  ]);
  assert.equal(regionIsEmpty(layer.region), true);
  assert.deepEqual({ ...STROKE, points: 0 }, { points: 0, radius: 0.05, hardness: 1, mode: "paint" });
  assert.deepEqual(PATH, { points: [], corners: [], times: null });
});

test("what was written reads as the same document", () => {
  const document = addPath(painted(12), 0, {
    points: [
      [0, 0],
      [0.3, 0.3],
      [1, 1],
    ],
    times: [0, 0.2, 1],
    corners: [1],
  });
  assert.deepEqual(parse(dump(document)), document);
  assert.equal(dump(parse(dump(document))), dump(document));
});

test("a refusal names the place and says a sentence", () => {
  const wrong = '{"version": 2, "layers": [{}, {"motion": {"horizontal": NaN}}]}';
  assert.throws(
    () => parse(wrong),
    (error) => {
      assert.ok(error instanceof DocumentError);
      assert.equal(error.place, "layers[1].motion.horizontal");
      assert.equal(error.sentence, "NaN is not a finite number");
      return error.message === "layers[1].motion.horizontal: NaN is not a finite number";
    },
  );
  assert.throws(() => parse('{"version": 99}'), /newer than 2/);
});

test("checking a document again costs nothing and changes nothing", () => {
  const document = painted(3);
  assert.equal(completeDocument(document), document);
  const again = completeDocument({ ...document });
  assert.deepEqual(again, document);
  assert.equal(again.layers[0], document.layers[0]);
});

test("a text of an object that changed elsewhere is not remembered", () => {
  const document = painted(3);
  dump(document);
  assert.match(dump(changeLayer(document, 0, { name: "other" })), /"name": "other"/);
});

test("300 strokes are read and written in milliseconds", () => {
  const document = painted(300);
  const text = dump(document);
  assert.ok(text.length < 200_000, `${text.length} bytes`);
  const best = (work) =>
    Math.min(
      ...Array.from({ length: 9 }, () => {
        const start = performance.now();
        work();
        return performance.now() - start;
      }),
    );
  const times = {
    parse: best(() => parse(text)),
    dump: best(() => dump(addStroke(document, 0, { points: [[0, 0]] }))),
  };
  assert.ok(times.parse < 60 && times.dump < 20, JSON.stringify(times));
});
