"""The keyboard alone chooses a tool, adds a layer, moves and scales a region, plays and runs; the pointer is not needed."""

import json

import pytest

pytestmark = [pytest.mark.comfyui, pytest.mark.browser]

DAB = json.dumps(
    {
        "flowbrush": "motion",
        "version": 2,
        "layers": [
            {
                "name": "Dab",
                "region": {"strokes": [{"points": [[0.4, 0.5, 1], [0.6, 0.5, 1]], "radius": 0.1}]},
                "motion": {"horizontal": 0.1},
            }
        ],
    }
)


def stroke(canvas, node):
    return canvas.document(node)["layers"][0]["region"]["strokes"][0]


@pytest.fixture
def focused(canvas):
    """A Motion Brush with one painted layer, whose stage has the focus; its id."""
    node = canvas.brush(text=DAB)
    canvas.element(node, ".flowbrush-stage").focus()
    return node


def test_a_region_is_moved_and_scaled(canvas, focused):
    for key in ("v", "Shift+ArrowRight", "ArrowDown", "+", "+", "-", "+"):
        canvas.page.keyboard.press(key)
        canvas.settle()
    painted = stroke(canvas, focused)
    (left, top, _), (right, _, _) = painted["points"]
    # Without a picture, a step is 1/500 of the side; + scales by 1.05 about the middle.
    assert (left + right) / 2 == pytest.approx(0.5 + 10 / 500, abs=1e-3)
    assert top == pytest.approx(0.5 + 1 / 500, abs=1e-3)
    assert right - left == pytest.approx(0.2 * 1.05**2, abs=1e-3)
    assert painted["radius"] == pytest.approx(0.1 * 1.05**2, abs=1e-3)
    for _ in range(10):
        canvas.page.keyboard.press("Control+z")
        canvas.settle()
    assert canvas.text(focused) == DAB


def test_a_tool_a_layer_play_and_a_run(canvas, focused):
    pressed = canvas.element(focused, '.flowbrush-tools [aria-pressed="true"]')
    canvas.press("e")
    assert pressed.get_attribute("aria-label") == "Eraser"
    canvas.press("n")
    assert len(canvas.document(focused)["layers"]) == 2
    play = canvas.element(focused, ".flowbrush-play")
    canvas.press(" ")
    assert play.get_attribute("aria-label") == "Pause"
    canvas.press(" ")
    assert play.get_attribute("aria-label") == "Play"
    shown = canvas.add("FlowbrushPreviewMotion", (940, 40))
    canvas.link(focused, 0, shown, "motion")
    canvas.element(focused, ".flowbrush-stage").focus()
    with canvas.page.expect_request("**/prompt", timeout=10_000) as asked:
        canvas.page.keyboard.press("Control+Enter")
    document = asked.value.post_data_json["prompt"][str(focused)]["inputs"]["document"]
    assert document == canvas.text(focused)
