// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { Session } from "../../js/editor/document/session.mjs";
import { Clock } from "../../js/editor/player/clock.mjs";

/** A session of 17 frames (a second) with a clock whose frames the test draws. */
function playing(options = {}) {
  const session = new Session();
  session.setLength(17);
  for (const [name, value] of Object.entries(options))
    session.setOption(/** @type {any} */ (name), /** @type {any} */ (value));
  let step = /** @type {((now: number) => void) | null} */ (null);
  const clock = new Clock(session, {
    request: (next) => {
      step = next;
      return 1;
    },
    cancel: () => (step = null),
  });
  /** @param {...number} times in ms */
  const draw = (...times) => {
    for (const now of times) {
      const next = step;
      step = null;
      next?.(now);
    }
    return session.time;
  };
  return { session, clock, draw, waits: () => step !== null };
}

/** @param {number} a @param {number} b */
const near = (a, b) => assert.ok(Math.abs(a - b) < 1e-9, `${a} is not ${b}`);

test("one round of playback takes the time of its frames", () => {
  const { session, draw } = playing();
  session.setPlaying(true);
  near(draw(5000, 5050, 5100), 0.1);
  session.setOption("fps", 8);
  near(draw(5180), 0.14);
});

test("play repeats, or stops at the end and starts again from the beginning", () => {
  const round = playing({ loop: true });
  round.session.setTime(0.95);
  round.session.setPlaying(true);
  near(round.draw(0, 100), 0.05);
  assert.ok(round.session.playing);

  const once = playing({ loop: false });
  once.session.setTime(0.95);
  once.session.setPlaying(true);
  near(once.draw(0, 100), 1);
  assert.ok(!once.session.playing && !once.waits());
  once.session.setPlaying(true);
  near(once.draw(200, 250), 0.05);
});

test("after a pause of the page play goes on from where it was", () => {
  const { session, draw } = playing();
  session.setPlaying(true);
  near(draw(0, 60_000), 0.1);
});

test("one frame does not play, and a clock that was disposed does not tick", () => {
  const still = playing();
  still.session.setLength(1);
  still.session.setPlaying(true);
  still.draw(0, 16);
  assert.ok(!still.session.playing);

  const { session, clock, waits } = playing();
  session.setPlaying(true);
  assert.ok(waits());
  clock.dispose();
  assert.ok(!waits());
  session.setPlaying(false);
  session.setPlaying(true);
  assert.ok(!waits());
});
