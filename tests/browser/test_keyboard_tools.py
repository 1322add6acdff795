"""The tools by keys alone: a cross that the arrow keys move, and Enter as its button."""

import pytest

from .panels import layer, written

pytestmark = pytest.mark.browser


def press(panels, *keys):
    for key in keys:
        panels.window.keyboard.press(key)


def begin(panels, tool):
    panels.press(tool)
    panels.page.wait_for_function("() => harness.session.picture?.request")
    press(panels, "Enter")
    panels.until("() => harness.editor.stage.keyPointer")


def test_an_object_is_selected_and_pulled_with_keys_alone(show, tmp_path):
    panels = show((1280, 720), large=1)
    begin(panels, "c")
    press(panels, "Shift+ArrowUp", "Enter")
    panels.until("() => harness.session.document.layers.length === 1")
    assert panels.layers[0]["region"]["polygons"]
    begin(panels, "a")
    press(panels, "ArrowUp", "Enter", "Shift+ArrowRight", "Shift+ArrowRight")
    panels.page.screenshot(path=str(tmp_path / "keys.png"))
    press(panels, "Enter")
    (path,) = panels.layers[0]["motion"]["paths"]
    (x, y), (to_x, to_y) = path["points"]
    assert (to_x - x) * 640 == pytest.approx(0.2 * 360, abs=1) and to_y == pytest.approx(y, abs=1e-3)
    assert (x, y) == pytest.approx((0.5, 0.49), abs=0.005)
    press(panels, "Escape", "ArrowDown")
    assert panels.layers[0]["motion"]["paths"][0]["points"][0][1] > y, "afterwards the keys nudge the path"
    panels.undo()
    panels.undo()
    assert panels.layers[0]["motion"]["paths"] == []


def test_escape_discards_what_was_begun_and_another_tool_ends_it(show):
    panels = show((1280, 720), large=1, document=written(layer("one")))
    begin(panels, "a")
    press(panels, "Enter", "Shift+ArrowRight", "Escape")
    assert panels.layers[0]["motion"]["paths"] == []
    panels.press("b")
    press(panels, "ArrowRight")
    assert panels.page.evaluate("() => harness.editor.stage.keyPointer") is None
    begin(panels, "b")
    press(panels, "Enter", "Shift+ArrowRight", "Enter")
    panels.until("() => harness.session.document.layers[0].region.strokes.length === 2")
