// @ts-check
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import * as layerEdits from "../../js/editor/document/edits.mjs";
import { FieldClient } from "../../js/editor/player/field_client.mjs";
import "../../js/editor/player/field_format.mjs";
import * as motionEdits from "../../js/editor/document/motion_edits.mjs";
import { Session } from "../../js/editor/document/session.mjs";
import { answer } from "./field_answer.mjs";

const edits = { ...layerEdits, ...motionEdits };

const PAINTED = JSON.stringify({
  flowbrush: "motion",
  version: 1,
  layers: [{ region: { everything: true }, motion: { horizontal: 0.1 } }],
});

beforeEach(() => mock.timers.enable({ apis: ["setTimeout"] }));
afterEach(() => mock.timers.reset());

/** A client of a host whose answers the test gives. @param {string} [text] */
function asking(text = PAINTED) {
  const session = new Session(text);
  const requests = /** @type {any[]} */ ([]);
  const host = {
    id: "7",
    masks: () => [],
    depth: () => null,
    /** @param {string} path @param {any} body @param {AbortSignal} signal */
    post: (path, body, signal) =>
      new Promise((resolve, reject) => {
        signal.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
        requests.push({ path, body, signal, resolve, reject });
      }),
  };
  const client = new FieldClient(session, host);
  client.start();
  return { session, client, requests };
}

/** Let promises settle, and a module arrive. */
async function settle() {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** @param {any} request @param {any[]} [layers] */
async function give(request, layers = [{}]) {
  request.resolve(new Response(answer({ layers })));
  await settle();
}

/** @param {any} request @param {number} status @param {any} body */
async function refuse(request, status, body) {
  request.resolve(new Response(JSON.stringify(body), { status }));
  await settle();
}

/** @param {number} x */
const shift = (x) => (/** @type {any} */ document) => edits.changeMotion(document, 0, { horizontal: x });

test("several changes at once are one request, with all that the route needs", async () => {
  const { session, client, requests } = asking();
  session.setLength(33);
  session.apply(shift(0.2), "shift");
  mock.timers.tick(59);
  assert.equal(requests.length, 0);
  mock.timers.tick(1);
  assert.equal(requests.length, 1);
  const { path, body } = requests[0];
  assert.equal(path, "/flowbrush/field");
  assert.equal(body.length, 33);
  assert.match(body.document, /"horizontal": 0.2/);
  assert.deepEqual([body.editor, body.have, body.flow, body.masks, body.depth], ["7", [], false, [], null]);
  assert.equal(client.status, "waiting");
  await give(requests[0]);
  assert.equal(client.status, "idle");
  assert.equal(client.field?.frames, 2);
});

test("a newer change cancels the request before it", async () => {
  const { session, client, requests } = asking();
  mock.timers.tick(60);
  session.apply(shift(0.2), "shift");
  mock.timers.tick(60);
  assert.ok(requests[0].signal.aborted);
  assert.ok(requests[1].body.serial > requests[0].body.serial);
  await give(requests[1]);
  assert.equal(client.status, "idle");
});

test("a gesture is answered while it goes on, and its end too", async () => {
  const { session, requests } = asking();
  mock.timers.tick(60);
  await give(requests[0]);
  session.begin();
  for (let step = 1; step < 10; step += 1) {
    session.change(shift(step / 10));
    mock.timers.tick(40);
  }
  assert.equal(requests.length, 2); // the second is under way, and is not taken back
  assert.ok(!requests[1].signal.aborted);
  await give(requests[1]);
  mock.timers.tick(150);
  assert.equal(requests.length, 3);
  assert.match(requests[2].body.document, /"horizontal": 0.9/);
  session.end("shift");
  mock.timers.tick(60);
  assert.equal(requests.length, 4);
});

test("masks that are known are not asked for again", async () => {
  const { session, client, requests } = asking();
  mock.timers.tick(60);
  await give(requests[0], [{ hash: "a" }]);
  session.apply(shift(0.2), "shift");
  mock.timers.tick(60);
  assert.deepEqual(requests[1].body.have, ["a"]);
  await give(requests[1], [{ hash: "a", leftOut: true }]);
  assert.equal(client.field?.layers[0].mask.hash, "a");
});

test("a document without motion has no field and no request", async () => {
  const { session, client, requests } = asking();
  mock.timers.tick(60);
  await give(requests[0]);
  assert.ok(client.field);
  session.apply((document) => edits.removeLayer(document, 0), "remove");
  mock.timers.tick(60);
  assert.equal(requests.length, 1);
  assert.equal(client.field, null);
  assert.equal(asking("{broken").client.field, null);
});

test("a refusal of the route is shown, and the last field stays", async () => {
  const { session, client, requests } = asking();
  mock.timers.tick(60);
  await give(requests[0]);
  session.apply(shift(0.2), "shift");
  mock.timers.tick(60);
  await refuse(requests[1], 400, { error: { place: "layers[0]", sentence: "is wrong" } });
  assert.equal(client.status, "error");
  assert.equal(client.sentence, "layers[0]: is wrong");
  assert.ok(client.field);
  session.apply(shift(0.3), "shift");
  mock.timers.tick(60);
  requests[2].reject(new TypeError("Failed to fetch"));
  await settle();
  assert.match(client.sentence, /Failed to fetch/);
});

test("a busy server is asked again a few times", async () => {
  const { client, requests } = asking();
  mock.timers.tick(60);
  for (let turn = 0; turn < 9; turn += 1) {
    await refuse(requests.at(-1), 503, { error: "Busy." });
    mock.timers.tick(10_000);
  }
  assert.equal(requests.length, 6);
  assert.deepEqual([client.status, client.sentence], ["error", "Busy."]);
});

test("a picture of another aspect makes a request, one of the same aspect does not; flow is requested when it is shown", async () => {
  const { session, requests } = asking();
  mock.timers.tick(60);
  await give(requests[0]);
  const picture = /** @type {any} */ ({ image: null, width: 300, height: 200, label: "a" });
  session.setPicture(picture);
  mock.timers.tick(60);
  assert.equal(requests.length, 2);
  assert.equal(requests[1].body.aspect, 1.5);
  await give(requests[1]);
  session.setPicture({ ...picture, width: 600, height: 400 });
  mock.timers.tick(60);
  assert.equal(requests.length, 2);
  session.setOption("flow", "wheel");
  mock.timers.tick(60);
  assert.equal(requests[2].body.flow, true);
  session.setOption("radius", 0.1);
  mock.timers.tick(60);
  assert.equal(requests.length, 3);
});

test("how a flow is mixed over the picture is requested once the field is there, and not while a gesture goes on", async () => {
  const flow = PAINTED.replace('"horizontal":0.1', '"horizontal":0.1,"flow":{"speed":1}').replace(
    ":1,",
    ":2,",
  );
  const { session, requests } = asking(flow);
  const request = { source: { kind: "example" }, fit: null };
  session.setPicture(/** @type {any} */ ({ image: null, width: 300, height: 300, label: "a", request }));
  mock.timers.tick(60);
  assert.deepEqual([requests.length, requests[0].body.picture], [1, null]);
  await give(requests[0]);
  mock.timers.tick(1);
  assert.deepEqual([requests.length, requests[1].body.picture], [2, request]);
  await give(requests[1]);
  mock.timers.tick(1000);
  assert.equal(requests.length, 2);
  session.begin();
  session.change(shift(0.3));
  mock.timers.tick(1000);
  await give(requests[2]);
  mock.timers.tick(1000);
  assert.deepEqual([requests.length, requests[2].body.picture], [3, null]);
  session.end();
  mock.timers.tick(60);
  await give(requests[3]);
  mock.timers.tick(1);
  assert.deepEqual([requests[3].body.picture, requests[4].body.picture], [null, request]);
});

test("a disposed client neither requests nor reports anything", async () => {
  const { session, client, requests } = asking();
  mock.timers.tick(60);
  let said = 0;
  client.on(() => (said += 1));
  client.dispose();
  assert.ok(requests[0].signal.aborted);
  await settle();
  session.apply(shift(0.2), "shift");
  mock.timers.tick(1000);
  assert.deepEqual([said, requests.length], [0, 1]);
});
