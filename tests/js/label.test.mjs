// Labels on the stage stay inside it, in scripts with and without spaces.
import assert from "node:assert/strict";
import test from "node:test";
import { drawLabel } from "../../js/editor/stage/draw.mjs";

const SIGN = 8; // px of each sign

function drawn(sentence, widest) {
  const lines = [];
  const plates = [];
  const context = {
    globalAlpha: 1,
    save() {},
    restore() {},
    beginPath() {},
    fill() {},
    measureText: (text) => ({ width: text.length * SIGN }),
    roundRect: (...box) => plates.push(box),
    fillText: (text, x, y) => lines.push({ text, x, y }),
  };
  drawLabel(context, sentence, 100, 180, 1, 14, widest);
  return { lines, plate: plates[0] };
}

for (const sentence of [
  "Run once (Ctrl+Enter) to see the picture here",
  "执行一次（Ctrl+Enter）就能在这里看到图片。画面会显示",
])
  test(`a label is not wider than its room: ${sentence}`, () => {
    const { lines, plate } = drawn(sentence, 200);
    assert.ok(lines.length > 1);
    const [left, top, width, height] = plate;
    assert.ok(left >= 0 && left + width <= 200);
    assert.ok(top + height === 194);
    for (const { text, y } of lines) {
      assert.ok(text.length * SIGN <= 200 - 14 * 1.4, text);
      assert.ok(y > top + 7 && y < top + height - 7, `${text} at ${y} in ${top} to ${top + height}`);
      assert.ok(!/^[。，）)]/u.test(text), text);
    }
    assert.equal(
      lines
        .map(({ text }) => text)
        .reverse()
        .join("")
        .replaceAll(" ", ""),
      sentence.replaceAll(" ", ""),
    );
  });

test("a label with room has one line where it was asked for", () => {
  const { lines, plate } = drawn("frame 17");
  assert.deepEqual(lines, [{ text: "frame 17", x: 100, y: 180.5 }]);
  assert.equal(plate[1] + plate[3] / 2, 180);
});
