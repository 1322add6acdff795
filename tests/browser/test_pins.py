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


HELD = {"at": [0.45, 0.5]}
PULLED = {"at": [0.55, 0.5], "move": [0.1, 0.2], "rotation": 30, "scale": 2}


@pytest.fixture
def two_pins(show):
    """The editor with its panels, and a layer with two pins; no pointer is used from now on."""
    pins = [HELD, PULLED, {"at": [0.5, 0.6]}]
    motion = {"pins": pins, "bones": [[0, 1], [0, 2]]}
    panels = show((1280, 800), document=written(layer("one", motion=motion)))
    panels.button("Pin 1").focus()
    return panels


def values(panels):
    names = ("Sideways", "Up, down", "Turn", "Scale", "Around", "Stiffness")
    return {name: float(panels.field(name).input_value().replace("−", "-")) for name in names}


def test_the_panel_shows_what_the_selected_pin_does_and_changes_it_by_keys(two_pins, tmp_path):
    panels = two_pins
    assert panels.field("Stiffness").count() == 0, "no pin is selected"
    panels.page.keyboard.press("Tab")
    panels.page.keyboard.press("Enter")
    assert values(panels) == {
        "Sideways": 10,
        "Up, down": -20,
        "Turn": 30,
        "Scale": 200,
        "Around": 5,
        "Stiffness": 1,
    }
    panels.page.screenshot(path=str(tmp_path / "pin_panel.png"))
    for name, typed in (("Sideways", -5), ("Up, down", 10), ("Turn", 90), ("Scale", 50), ("Stiffness", 3)):
        panels.field(name).focus()
        panels.page.keyboard.press("Control+a")
        panels.page.keyboard.type(str(typed))
        panels.page.keyboard.press("Enter")
    panels.page.get_by_role("slider", name="Around").focus()
    panels.page.keyboard.press("ArrowRight")
    first, changed, third = pins(panels)
    assert changed["move"] == pytest.approx([-0.05, -0.1])
    numbers = {name: changed[name] for name in ("rotation", "scale", "stiffness", "reach")}
    assert numbers == pytest.approx({"rotation": 90, "scale": 0.5, "stiffness": 3, "reach": 0.055})
    assert (first["move"], third["move"]) == ([0, 0], [0, 0])
    panels.button("Hold still").focus()
    panels.page.keyboard.press("Space")
    assert pins(panels)[1] | {"reach": 0.05} == pins(panels)[0] | {"at": [0.55, 0.5], "stiffness": 3}
    assert panels.button("Hold still").get_attribute("aria-pressed") == "true"


def test_several_pins_are_changed_together_and_deleted_with_their_bones(two_pins):
    panels = two_pins
    panels.button("Pin 2").click()
    panels.button("Pin 3").click(modifiers=["Shift"])
    panels.type("Turn", 45)
    assert [pin["rotation"] for pin in pins(panels)] == [0, 45, 45]
    panels.button("Pin 3").click(modifiers=["Shift"])
    panels.button("Delete pins").click()
    assert [pin["at"] for pin in pins(panels)] == [[0.45, 0.5], [0.5, 0.6]]
    assert panels.layers[0]["motion"]["bones"] == [[0, 1]]
    panels.undo()
    assert len(pins(panels)) == 3


def test_a_pin_that_is_selected_on_the_picture_is_shown_in_the_panel(show):
    panels = show((1280, 800), document=written(layer("one", motion={"pins": [HELD, PULLED]})))
    panels.press("i")
    panels.until("() => harness.editor.stage.regions.layer(0)?.box")
    panels.page.mouse.click(*place(panels, PULLED["at"]))
    assert panels.button("Pin 2").get_attribute("aria-pressed") == "true"
    panels.window.keyboard.down("Shift")
    panels.page.mouse.click(*place(panels, HELD["at"]))
    panels.window.keyboard.up("Shift")
    panels.press("ArrowRight")
    by = 1 / 640
    assert [pin["move"][0] for pin in pins(panels)] == pytest.approx([by, 0.1 + by], abs=1e-4)


def test_the_anchor_of_a_sway_is_dragged_and_returns_with_a_double_click(show, tmp_path):
    panels = show((1280, 720), large=1, document=written(layer("one", motion={"sway": {"amount": 0.05}})))
    panels.press("v")
    panels.until("() => harness.editor.stage.regions.layer(0)?.box")
    panels.page.screenshot(path=str(tmp_path / "anchor.png"))
    drag(panels, (0.5, 0.6), (0.4, 0.7))
    assert panels.layers[0]["motion"]["sway"]["anchor"] == pytest.approx([0.4, 0.7], abs=0.01)
    panels.page.mouse.dblclick(*place(panels, (0.4, 0.7)))
    assert panels.layers[0]["motion"]["sway"]["anchor"] is None
