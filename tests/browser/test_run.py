"""A run from the full window: it is queued, followed and stopped there, and its video plays there."""

import re

import pytest

from .test_overlay import enlarge, paint
from .test_widget import PAINTED

pytestmark = [pytest.mark.comfyui, pytest.mark.browser]

PLAYS = "() => document.querySelector('.flowbrush-result[data-ready] video')?.currentTime > 0"
STATUS = "() => document.querySelector('.flowbrush-overlay .flowbrush-status').textContent"


def video_graph(canvas, frames=5):
    """An example picture, a Motion Brush, Animate Picture and Save Video; the brush's id."""
    example = canvas.add("FlowbrushExampleImage", (20, 40), width=128, height=96)
    brush = canvas.brush(text=PAINTED)
    animated = canvas.add("FlowbrushAnimatePicture", (940, 40), length=frames)
    saved = canvas.add("SaveVideo", (940, 340))
    canvas.link(example, 0, brush, "image")
    canvas.link(example, 0, animated, "image")
    canvas.link(brush, 0, animated, "motion")
    canvas.link(animated, 0, saved, "video")
    return brush


def shown(canvas):
    return canvas.page.locator(".flowbrush-result:visible").count()


def test_the_video_plays_in_the_window_and_the_next_stroke_paints(canvas, tmp_path):
    brush = video_graph(canvas)
    enlarge(canvas, brush)
    paint(canvas)
    canvas.page.keyboard.press("Control+Enter")
    canvas.wait(PLAYS, seconds=60)
    canvas.shot(tmp_path / "result.png")
    strokes = canvas.strokes(brush)
    paint(canvas)
    assert canvas.strokes(brush) == strokes + 1
    assert shown(canvas) == 0
    canvas.press("q")
    canvas.wait(PLAYS)
    canvas.press("Escape")
    assert shown(canvas) == 0
    assert canvas.page.locator("dialog.flowbrush-overlay").count() == 1
    canvas.press("q")
    canvas.press("e")  # a key of a tool returns to painting, and chooses the tool
    assert shown(canvas) == 0
    pressed = canvas.page.locator('.flowbrush-overlay .flowbrush-tools [aria-pressed="true"]')
    assert pressed.get_attribute("aria-label") == "Eraser"


def test_who_paints_during_the_run_is_not_interrupted_by_its_result(canvas):
    brush = video_graph(canvas, frames=240)
    enlarge(canvas, brush)
    canvas.page.get_by_role("button", name="Run", exact=True).last.click()
    paint(canvas)
    canvas.wait(
        "() => /The result is there/.test(document.querySelector('.flowbrush-overlay').textContent)",
        seconds=60,
    )
    assert shown(canvas) == 0
    canvas.page.get_by_role("button", name="Result of the run").click()
    canvas.wait(PLAYS)


def test_a_run_is_followed_and_cancelled_from_the_window(canvas):
    brush = video_graph(canvas, frames=900)
    enlarge(canvas, brush)
    canvas.run(
        "() => { window.stopped = 0; app.api.addEventListener('execution_interrupted', () => stopped++); }"
    )
    canvas.page.get_by_role("button", name="Run", exact=True).last.click()
    canvas.wait("() => document.querySelector('.flowbrush-run-progress').ariaValueNow > 0", seconds=60)
    assert re.search(r"Animate Picture: \d+ %", canvas.run(STATUS))
    canvas.page.get_by_role("button", name="Cancel the run").click()
    canvas.wait("() => stopped === 1", seconds=60)
    canvas.wait("() => document.querySelector('.flowbrush-run-progress').hidden")
    assert shown(canvas) == 0
