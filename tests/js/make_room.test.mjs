// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeRoom } from "../../js/editor/comfyui/make_room.mjs";

test("a larger node moves those below it down, lengthens its group, and moves what is below the group", () => {
  const node = { pos: [10, 70], size: [225, 350] };
  const next = { pos: [10, 290], size: [225, 230] };
  const beside = { pos: [300, 290], size: [200, 100] };
  const inLower = { pos: [10, 700], size: [100, 50] };
  const alone = { pos: [100, 900], size: [50, 50] };
  const group = { pos: [0, 0], size: [250, 600] };
  const lower = { pos: [0, 620], size: [250, 200] };
  const graph = { nodes: [node, next, beside, inLower, alone], groups: [group, lower] };
  makeRoom(/** @type {any} */ (Object.assign(node, { graph })));
  assert.deepEqual(next.pos, [10, 500]); // below the bottom edge at 420, with a title of 30 and a gap of 50
  assert.deepEqual(beside.pos, [300, 290]);
  assert.deepEqual(group.size, [250, 780]);
  assert.deepEqual(lower.pos, [0, 800]);
  assert.deepEqual(inLower.pos, [10, 880]);
  assert.deepEqual(alone.pos, [100, 1080]);
});

test("where there is room, nothing moves", () => {
  const node = { pos: [10, 70], size: [225, 100] };
  const next = { pos: [10, 290], size: [225, 230] };
  const group = { pos: [0, 0], size: [250, 600] };
  makeRoom(/** @type {any} */ (Object.assign(node, { graph: { nodes: [node, next], groups: [group] } })));
  assert.deepEqual(
    [next.pos, group.size],
    [
      [10, 290],
      [250, 600],
    ],
  );
});
