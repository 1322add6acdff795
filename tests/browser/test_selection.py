"""Several layers, paths and points at once: selected, moved, scaled, turned, aligned, nudged, deleted, copied."""

import json

import pytest

from .panels import layer, place, written

pytestmark = pytest.mark.browser

ARROW = {"paths": [{"points": [[0.2, 0.3], [0.3, 0.3]]}]}
TWO = written(layer("left", at=(0.2, 0.3), motion=ARROW), layer("right", at=(0.7, 0.6)))


@pytest.fixture
def panels(show):
    """The editor with two layers, the select tool, and regions that are drawn."""
    panels = show((1280, 720), large=1, document=TWO)
    panels.press("v")
    panels.until("() => harness.editor.stage.regions.layer(1)?.box")
    return panels


def drag(panels, start, end, by=(0, 0)):
    """Drag from one place of the picture to another, both shifted by pixels."""
    (x, y), (to_x, to_y) = place(panels, start), place(panels, end)
    mouse = panels.window.mouse
    mouse.move(x + by[0], y + by[1])
    mouse.down()
    mouse.move((x + to_x) / 2 + by[0], (y + to_y) / 2 + by[1], steps=3)
    mouse.move(to_x + by[0], to_y + by[1], steps=3)
    mouse.up()


def dabs(panels):
    return [tuple(each["region"]["strokes"][0]["points"][0][:2]) for each in panels.layers]


def test_a_frame_selects_what_lies_in_it_and_a_drag_moves_all_of_it(panels, tmp_path):
    drag(panels, (0.03, 0.05), (0.95, 0.95))
    assert panels.page.evaluate("() => harness.session.several") == 2
    panels.page.screenshot(path=str(tmp_path / "group.png"))
    drag(panels, (0.7, 0.62), (0.8, 0.62))
    assert dabs(panels) == [pytest.approx((0.3, 0.3), abs=0.002), pytest.approx((0.8, 0.6), abs=0.002)]
    (path,) = panels.layers[0]["motion"]["paths"]
    assert path["points"][0][0] == pytest.approx(0.3, abs=0.002), "the path goes with its region"
    panels.undo()
    assert dabs(panels) == [(0.2, 0.3), (0.7, 0.6)]


def test_all_layers_are_nudged_aligned_and_deleted_together(panels):
    panels.press("Control+a")
    panels.press("ArrowRight")
    assert dabs(panels)[0][0] == pytest.approx(0.2 + 1 / 640, abs=1e-4)
    assert dabs(panels)[1][0] == pytest.approx(0.7 + 1 / 640, abs=1e-4)
    panels.button("Align top edges").click()
    assert dabs(panels)[0][1] == dabs(panels)[1][1] == pytest.approx(0.3)
    panels.button("Align left edges").click()
    assert dabs(panels)[0] == dabs(panels)[1]
    panels.press("Delete")
    assert panels.layers == []
    panels.undo()
    assert len(panels.layers) == 2


def test_shift_and_a_click_add_a_thing_and_take_it_away(panels):
    panels.page.mouse.click(*place(panels, (0.2, 0.36)))
    panels.page.keyboard.down("Shift")
    panels.page.mouse.click(*place(panels, (0.7, 0.6)))
    assert panels.page.evaluate("() => harness.session.several") == 2
    panels.page.mouse.click(*place(panels, (0.7, 0.6)))
    panels.page.keyboard.up("Shift")
    assert panels.page.evaluate("() => harness.session.several") == 0
    assert panels.page.evaluate("() => harness.session.selection.layer") == 0


def test_points_of_a_path_are_moved_together(show):
    motion = {"paths": [{"points": [[0.3, 0.5], [0.45, 0.4], [0.6, 0.5]]}]}
    panels = show((1280, 720), large=1, document=written(layer("one", at=(0.15, 0.5), motion=motion)))
    panels.press("v")
    panels.page.mouse.click(*place(panels, (0.45, 0.4)))
    panels.page.keyboard.down("Shift")
    panels.page.mouse.click(*place(panels, (0.6, 0.5)))
    panels.page.keyboard.up("Shift")
    panels.press("Shift+ArrowDown")
    first, second, third = panels.layers[0]["motion"]["paths"][0]["points"]
    assert first == [0.3, 0.5]
    assert second[1] == pytest.approx(0.4 + 10 / 360, abs=1e-3)
    assert third[1] == pytest.approx(0.5 + 10 / 360, abs=1e-3)


def test_the_handles_scale_and_turn_about_the_box(panels):
    panels.page.mouse.click(*place(panels, (0.7, 0.6)))
    width, height = 1 / (640 / 360), 1  # the short side, as a share of both sides
    corner = (0.7 + 0.1 * width, 0.6 + 0.1 * height)
    opposite = (0.7 - 0.1 * width, 0.6 - 0.1 * height)
    drag(panels, corner, (corner[0] + 0.1 * width, corner[1] + 0.1 * height), by=(8, 8))
    stroke = panels.layers[1]["region"]["strokes"][0]
    assert stroke["radius"] == pytest.approx(0.15, abs=0.006)
    centre = stroke["points"][0]
    assert centre[0] - 0.15 * width == pytest.approx(opposite[0], abs=0.01), "the opposite corner stays"
    panels.undo()
    panels.press("Control+a")
    box = panels.page.evaluate(
        "() => import('/js/editor/stage/tools/selection_box.mjs').then(({ shownBox }) => shownBox(harness.editor.stage).box)"
    )
    knob = ((box[0] + box[2]) / 2, box[1] - 24)
    edge = panels.page.locator(".flowbrush-stage").bounding_box()
    middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    mouse = panels.window.mouse
    mouse.move(edge["x"] + knob[0], edge["y"] + knob[1])
    mouse.down()
    mouse.move(edge["x"] + middle[0] + 150, edge["y"] + middle[1], steps=6)  # a quarter turn, clockwise
    mouse.up()
    (ax, ay), (bx, by) = dabs(panels)
    assert (ax + bx) / 2 == pytest.approx(0.45, abs=0.02) and (ay + by) / 2 == pytest.approx(0.45, abs=0.02)
    assert (ax - bx) * 640 == pytest.approx((0.6 - 0.3) * 360, abs=4), "what was above is on the right"
    assert (by - ay) * 360 == pytest.approx((0.7 - 0.2) * 640, abs=4), "and what was on the right is below"


PASTE = """(text) => {
    const data = new DataTransfer();
    data.setData('text/plain', text);
    harness.editor.stage.element.dispatchEvent(
        new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
}"""
COPY = """() => {
    const data = new DataTransfer();
    harness.editor.stage.element.dispatchEvent(
        new ClipboardEvent('copy', { clipboardData: data, bubbles: true, cancelable: true }));
    return data.getData('text/plain');
}"""


def test_what_is_copied_in_one_editor_is_added_in_another(panels, show):
    panels.press("Control+a")
    panels.until("() => harness.session.several === 2")
    text = panels.page.evaluate(COPY)
    assert [each["name"] for each in json.loads(text)["layers"]] == ["left", "right"]
    other = show((1280, 720), large=1, document=written(layer("mine", at=(0.5, 0.2))))
    other.press("v")
    other.page.evaluate(PASTE, text)
    other.until("() => harness.session.document.layers.length === 3")
    assert other.names == ["mine", "left", "right"]
    assert other.page.evaluate("() => harness.session.several") == 2
    panels.page.evaluate(PASTE, text)
    panels.until("() => harness.session.document.layers.length === 4")
    assert dabs(panels)[2] == pytest.approx((0.23, 0.33), abs=1e-3), "a copy lies beside its source"


def test_a_path_sets_out_later_and_arrives_earlier_than_the_motion(show):
    motion = {"paths": [{"points": [[0.3, 0.4], [0.6, 0.4]]}, {"points": [[0.3, 0.6], [0.6, 0.6]]}]}
    panels = show((1280, 720), large=1, document=written(layer("one", motion=motion)))
    panels.button("Arrow 2").click()
    panels.type("Sets out", 25)
    panels.type("Arrives", 75)
    first, second = panels.layers[0]["motion"]["paths"]
    assert first["times"] is None
    assert second["points"] == [[0.3, 0.6], [0.3, 0.6], [0.6, 0.6]] and second["times"] == [0, 0.25, 0.75]
    panels.type("Sets out", 0)
    panels.type("Arrives", 100)
    assert panels.layers[0]["motion"]["paths"][1]["points"] == [[0.3, 0.6], [0.6, 0.6]]


def test_alt_and_a_click_with_the_arrow_hold_a_point(show):
    panels = show(
        (1280, 720),
        large=1,
        document=written(layer("one", motion={"paths": [{"points": [[0.5, 0.5], [0.7, 0.5]]}]})),
    )
    panels.press("a")
    panels.until("() => harness.editor.stage.regions.layer(0)?.box")
    panels.page.keyboard.down("Alt")
    panels.page.mouse.click(*place(panels, (0.46, 0.5)))
    panels.page.keyboard.up("Alt")
    still = panels.layers[0]["motion"]["paths"][1]["points"]
    assert still[0] == still[1] == pytest.approx([0.46, 0.5], abs=0.003)
    assert panels.button("Still point 2").is_visible()
