"""Play shows what is behind the moving layers, and asks the server for it only when it differs."""

import pytest

from .panels import written

pytestmark = pytest.mark.browser

BALLOON = {
    "name": "balloon",
    "region": {"strokes": [{"points": [[0.5, 0.39]], "radius": 0.29}], "snap": True},
    "motion": {"horizontal": 0.25},
}
ASKED = "() => harness.host.posted.filter(({ path }) => path === '/flowbrush/plate').length"
# The page gets the answers about plates once `harness.answerPlates()` has been called.
HOLD = """() => {
    const { host } = harness;
    const { post } = host;
    const gate = new Promise((go) => { harness.answerPlates = go; });
    host.post = async (path, ...rest) => {
        const answer = await post.call(host, path, ...rest);
        if (path === '/flowbrush/plate') await gate;
        return answer;
    };
}"""
# The colour in the middle of the picture on the player's canvas.
MIDDLE = """() => {
    const { canvas } = harness.editor.player;
    const [a, d, e, f] = harness.editor.stage.view.matrix;
    const ratio = canvas.width / harness.editor.stage.element.offsetWidth;
    const at = [(0.47 * a + e) * ratio, (0.39 * d + f) * ratio];
    const [x, y] = at.map(Math.round);
    const pixel = Object.assign(document.createElement('canvas'), { width: 1, height: 1 });
    const context = pixel.getContext('2d', { willReadFrequently: true });
    context.drawImage(canvas, -x, -y);
    return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
}"""
# The mean difference between neighbouring pixels where the balloon was, above the horizon.
DETAIL = """() => {
    const { canvas } = harness.editor.player;
    const [a, d, e, f] = harness.editor.stage.view.matrix;
    const ratio = canvas.width / harness.editor.stage.element.offsetWidth;
    const [x, y] = [(0.42 * a + e) * ratio, (0.22 * d + f) * ratio].map(Math.round);
    const block = Object.assign(document.createElement('canvas'), { width: 100, height: 100 });
    const context = block.getContext('2d', { willReadFrequently: true });
    context.drawImage(canvas, -x, -y);
    const { data } = context.getImageData(0, 0, 100, 100);
    let sum = 0;
    for (let at = 4; at < data.length; at += 4) if (at % 400) sum += Math.abs(data[at] - data[at - 4]);
    return sum / 9900;
}"""


def at_rest(panels):
    """DETAIL once a third of a second has not changed it."""
    before, now = None, panels.page.evaluate(DETAIL)
    while now != before:
        panels.page.wait_for_timeout(333)
        before, now = now, panels.page.evaluate(DETAIL)
    return now


def test_what_is_behind_is_asked_for_once_and_not_for_another_arrow(show, tmp_path):
    panels = show(document=written(BALLOON))
    panels.until("() => harness.editor.client?.field")
    assert panels.page.evaluate(ASKED) == 0  # nothing has been uncovered yet
    panels.until(f"() => ({DETAIL})() > 0")
    balloon = panels.page.evaluate(DETAIL)
    panels.page.evaluate(HOLD)
    panels.page.evaluate("() => harness.session.setTime(1)")
    panels.until(f"() => ({ASKED})() === 1")
    panels.until(f"() => ({DETAIL})() < {balloon} / 2")
    smooth = at_rest(panels)  # the fill until the plate is there
    panels.page.evaluate("() => harness.answerPlates()")
    assert smooth < balloon / 10
    panels.until(f"() => ({DETAIL})() > {2 * smooth} + 0.3")
    panels.page.screenshot(path=str(tmp_path / "behind.png"))
    panels.type("Horizontal", 30)
    panels.page.wait_for_timeout(400)
    assert panels.page.evaluate(ASKED) == 1
    panels.button("Gaps").click()
    panels.until(
        f"() => {{ const [red, , blue] = ({MIDDLE})(); return Math.abs(red - blue) < 4 && red < 100; }}"
    )
    panels.button("Gaps").click()
    panels.tab("Region")
    panels.type("Grow", 2)
    panels.until(f"() => ({ASKED})() >= 2")
