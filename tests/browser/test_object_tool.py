"""The tool that selects the thing under a click."""

import pytest

from .panels import place

pytestmark = pytest.mark.browser

COVERED = """(layer) => {
    const { coverage } = harness.editor.stage.regions.layer(layer);
    return coverage.reduce((sum, value) => sum + value / 255, 0) / coverage.length;
}"""


POSTED = "harness.host.posted.filter(({ path }) => path === '/flowbrush/select')"
SHAPE = "JSON.stringify(harness.session.document.layers[0].region.polygons.map(({ points }) => points))"


@pytest.fixture
def panels(show):
    """The editor with a balloon, and the tool chosen by its key."""
    panels = show()
    panels.press("c")
    panels.page.wait_for_function("() => harness.session.picture?.request")
    return panels


def click(panels, at, **options):
    panels.page.mouse.click(*place(panels, at), **options)


def outlines(panels):
    return [each["points"] for each in panels.layers[0]["region"]["polygons"]]


def test_a_click_makes_a_layer_of_the_balloon(panels, tmp_path):
    click(panels, (0.5, 0.35))
    panels.until("() => harness.session.document.layers.length === 1")
    assert panels.layers[0]["region"]["snap"] is True
    (outline,) = outlines(panels)
    assert min(x for x, _ in outline) < 0.42 and max(x for x, _ in outline) > 0.58
    assert min(y for _, y in outline) < 0.2 and 0.5 < max(y for _, y in outline) < 0.8
    panels.until(f"() => ({COVERED})(0) > 0.08 && ({COVERED})(0) < 0.3")
    panels.page.screenshot(path=str(tmp_path / "selected.png"))
    panels.undo()
    assert panels.layers == []


def test_another_click_adds_to_it_in_the_same_layer(panels):
    click(panels, (0.5, 0.35))
    panels.until("() => harness.session.document.layers.length === 1")
    first, shape = outlines(panels), panels.page.evaluate(f"() => {SHAPE}")
    click(panels, (0.5, 0.9))
    panels.until(f"(before) => {SHAPE} !== before", shape)
    lowest = [max(y for outline in each for _, y in outline) for each in (first, outlines(panels))]
    assert len(panels.layers) == 1 and lowest[0] < 0.8 < lowest[1]
    panels.undo()
    assert outlines(panels) == first


def test_a_click_with_alt_leaves_out(panels):
    click(panels, (0.5, 0.35))
    panels.until("() => harness.session.document.layers.length === 1")
    panels.page.keyboard.down("Alt")
    click(panels, (0.1, 0.1))
    panels.page.keyboard.up("Alt")
    panels.until(f"() => {POSTED}.length === 2")
    asked = panels.page.evaluate(
        f"() => {POSTED}.map(({{ body }}) => [body.added.length, body.removed.length])"
    )
    assert asked == [[1, 0], [1, 1]]
    panels.until("() => !document.querySelector('.flowbrush-notice').textContent")
    assert len(panels.layers) == 1 and not any(x < 0.2 for outline in outlines(panels) for x, _ in outline)


def test_leaving_out_needs_a_thing_first(panels):
    panels.page.keyboard.down("Alt")
    click(panels, (0.5, 0.5))
    panels.page.keyboard.up("Alt")
    panels.until(
        "() => document.querySelector('.flowbrush-notice').textContent.startsWith('Click the thing first')"
    )
    assert panels.layers == []


def test_what_is_beside_the_picture_or_without_a_picture_says_so(show):
    panels = show(picture="none")
    panels.press("c")
    click(panels, (0.5, 0.5))
    panels.until(
        "() => document.querySelector('.flowbrush-notice').textContent.includes('Connect a picture first')"
    )
    assert panels.layers == []
