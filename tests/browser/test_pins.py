"""Pins on the picture: held, pulled, turned, scaled, moved, nudged and deleted; and the anchor of a sway."""

import pytest

from .panels import layer, place, written
from .test_selection import drag

pytestmark = pytest.mark.browser


def pins(panels):
    return panels.layers[0]["motion"]["pins"]


@pytest.fixture
def panels(show):
    """The editor with one layer, the pin tool, and regions that are drawn."""
    panels = show((1280, 720), large=1, document=written(layer("one")))
    panels.press("i")
    panels.until("() => harness.editor.stage.regions.layer(0)?.box")
    return panels


def test_a_click_holds_a_point_and_a_drag_pulls_one(panels, tmp_path):
    panels.page.mouse.click(*place(panels, (0.48, 0.5)))
    drag(panels, (0.54, 0.5), (0.64, 0.4))
    held, pulled = pins(panels)
    assert held["at"] == pytest.approx([0.48, 0.5], abs=0.003) and held["move"] == [0, 0]
    assert pulled["move"] == pytest.approx([0.1, -0.1], abs=0.003)
    panels.page.screenshot(path=str(tmp_path / "pins.png"))
    panels.press("ArrowRight")
    assert pins(panels)[1]["move"][0] == pytest.approx(pulled["move"][0] + 1 / 640, abs=1e-4)
    drag(panels, (0.54, 0.5), (0.52, 0.5))
    moved = pins(panels)[1]
    assert moved["at"][0] == pytest.approx(0.52, abs=0.003)
    assert moved["at"][0] + moved["move"][0] == pytest.approx(0.64 + 1 / 640, abs=0.003), (
        "it goes to the same place"
    )
    panels.press("Delete")
    assert pins(panels) == [held]
    panels.undo()
    assert len(pins(panels)) == 2


def test_the_ring_turns_and_scales_what_is_around_a_pin(panels):
    panels.page.mouse.click(*place(panels, (0.5, 0.5)))
    x, y = place(panels, (0.5, 0.5))
    mouse = panels.window.mouse
    mouse.move(x, y - 34)
    mouse.down()
    mouse.move(x + 40, y - 20, steps=3)
    mouse.move(x + 68, y, steps=3)  # to the right, twice as far
    mouse.up()
    (pin,) = pins(panels)
    assert pin["rotation"] == pytest.approx(90, abs=3) and pin["scale"] == pytest.approx(2, abs=0.06)


def test_the_anchor_of_a_sway_is_dragged_and_returns_with_a_double_click(show, tmp_path):
    panels = show((1280, 720), large=1, document=written(layer("one", motion={"sway": {"amount": 0.05}})))
    panels.press("v")
    panels.until("() => harness.editor.stage.regions.layer(0)?.box")
    panels.page.screenshot(path=str(tmp_path / "anchor.png"))
    drag(panels, (0.5, 0.6), (0.4, 0.7))
    assert panels.layers[0]["motion"]["sway"]["anchor"] == pytest.approx([0.4, 0.7], abs=0.01)
    panels.page.mouse.dblclick(*place(panels, (0.4, 0.7)))
    assert panels.layers[0]["motion"]["sway"]["anchor"] is None
