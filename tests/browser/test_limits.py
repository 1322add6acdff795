"""Large input: pens with pressure, pictures of 4K, hundreds of strokes, documents ten times larger than usual."""

import io
import json
import math

import pytest
from PIL import Image

from .test_pictures import load_image

pytestmark = [pytest.mark.comfyui, pytest.mark.browser]


def many_strokes(count: int, points: int) -> str:
    """A document of one layer with that many strokes, all over the picture."""
    strokes = [
        {
            "radius": 0.02,
            "points": [
                [round((n * 0.618 + 0.004 * k) % 1, 4), round((n * 0.383) % 1 + 0.01 * math.sin(n + k), 4)]
                for k in range(points)
            ],
        }
        for n in range(count)
    ]
    layers = [{"name": "many", "region": {"strokes": strokes}, "motion": {"horizontal": 0.1}}]
    return json.dumps({"flowbrush": "motion", "version": 1, "layers": layers})


def pen(canvas, points, force):
    """A pen through window places; `force(share of the way)` is 0..1."""
    session = canvas.page.context.new_cdp_session(canvas.page)
    last = len(points) - 1
    for k, (x, y) in enumerate(points):
        kind = "mousePressed" if k == 0 else "mouseReleased" if k == last else "mouseMoved"
        session.send(
            "Input.dispatchMouseEvent",
            {
                "type": kind,
                "x": x,
                "y": y,
                "button": "left",
                "buttons": 0 if k == last else 1,
                "clickCount": 1,
                "pointerType": "pen",
                "force": force(k / last),
            },
        )
    canvas.page.wait_for_timeout(250)
    session.detach()


def pressures(canvas, node) -> list[float]:
    """Pressures of the last stroke."""
    stroke = canvas.document(node)["layers"][0]["region"]["strokes"][-1]
    return [point[2] if len(point) > 2 else 1.0 for point in stroke["points"]]


def test_a_pen_paints_as_wide_as_it_presses_and_a_mouse_does_not(canvas):
    node = canvas.brush()
    way = [canvas.point(node, 0.2 + 0.03 * k, 0.5) for k in range(20)]
    pen(canvas, way, lambda share: 0.2 + 0.7 * share)
    pressed = pressures(canvas, node)
    assert min(pressed) < 0.4 and max(pressed) > 0.75 and pressed == sorted(pressed)
    canvas.stroke(node, (0.3, 0.3), (0.7, 0.3))
    assert set(pressures(canvas, node)) == {1.0}


def test_a_picture_of_4k_is_shown_and_painted_on(canvas, comfyui):
    content = io.BytesIO()
    Image.radial_gradient("L").resize((3840, 2160)).convert("RGB").save(content, "JPEG")
    (comfyui.directory / "input" / "large.jpg").write_bytes(content.getvalue())
    node, source = canvas.brush(), load_image(canvas, "large.jpg")
    canvas.link(source, 0, node, "image")
    canvas.element(
        node,
        ".flowbrush-status",
    ).get_by_text("×").wait_for(state="visible")
    canvas.stroke(node, (0.45, 0.5), (0.55, 0.5))
    (stroke,) = canvas.document(node)["layers"][0]["region"]["strokes"]
    # 16:9 in a stage as high as wide: the picture spans the width less its margins
    assert 0.4 < stroke["points"][0][0] < 0.47 and abs(stroke["points"][0][1] - 0.5) < 0.02


def test_three_hundred_strokes_are_painted_on_fluently(canvas):
    node = canvas.brush(text=many_strokes(300, 12))
    canvas.stroke(node, (0.3, 0.3), (0.7, 0.6))
    assert canvas.strokes(node) == 301
    assert len(canvas.text(node)) < 200_000
    canvas.press("Control+z")
    assert canvas.strokes(node) == 300


def test_a_document_ten_times_larger_than_sane_is_kept_and_named_as_too_large(canvas):
    text = many_strokes(2000, 90)
    assert len(text) > 2_500_000
    node = canvas.brush(text=text)
    status = canvas.element(node, ".flowbrush-status")
    canvas.wait(
        "() => [...document.querySelectorAll('.flowbrush-status')].some((e) => /too large/.test(e.textContent))"
    )
    assert "more than 4 MB" in status.inner_text()
    assert canvas.text(node) == text
    canvas.element(node, ".flowbrush-stage").focus()
    canvas.press("n")
    layers = canvas.document(node)["layers"]
    assert len(layers) == 2 and len(layers[0]["region"]["strokes"]) == 2000
    canvas.press("Control+z")
    assert canvas.text(node) == text


def test_a_document_with_more_strokes_than_allowed_is_refused_with_the_limit_and_kept(canvas):
    text = many_strokes(2001, 2)
    node = canvas.brush(text=text)
    problem = canvas.element(node, ".flowbrush-problem")
    problem.get_by_text("holds 2001 entries; at most 2000 are allowed").wait_for()
    assert canvas.text(node) == text
