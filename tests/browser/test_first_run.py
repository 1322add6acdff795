"""A picture from a node that has not run: the editor says what to do, one run shows it, and nothing fails."""

import io
from itertools import count

import pytest
from PIL import Image

from .test_pictures import SPY

pytestmark = [pytest.mark.comfyui, pytest.mark.browser]

COUNTER = count(40)
HINT = """async () => {
    const { hint } = await import('/extensions/flowbrush/editor/stage/overlay.mjs');
    return hint(shown.session, false);
}"""
# What the server says of the next run: its errors, and that it has ended.
LISTEN = """() => {
    window.said = { errors: [], ended: false };
    const { api } = window.comfyAPI.api;
    api.addEventListener('execution_error', ({ detail }) => said.errors.push(detail));
    for (const end of ['execution_success', 'execution_interrupted'])
        api.addEventListener(end, () => (said.ended = true));
}"""


@pytest.fixture
def upscaled(canvas, comfyui):
    """Load Image, scaled by a stock node, painted on by a Motion Brush and shown by Preview Motion; the brush's id."""
    file = io.BytesIO()
    # Another picture each time, because ComfyUI runs nothing again that it has run already.
    Image.new("RGB", (40, 30), (200, 90, next(COUNTER))).save(file, "PNG")
    (comfyui.directory / "input" / "first_run.png").write_bytes(file.getvalue())
    canvas.run(SPY)
    loaded = canvas.add("LoadImage", (-300, 40), image="first_run.png")
    scaled = canvas.add("ImageScale", (-300, 420), width=96, height=64)
    canvas.link(loaded, 0, scaled, "image")
    brush = canvas.brush()
    canvas.link(scaled, 0, brush, "image")
    shown = canvas.add("FlowbrushPreviewMotion", (940, 40))
    canvas.link(brush, 0, shown, "motion")
    return brush


def test_a_picture_that_has_to_be_computed_is_there_after_one_run(canvas, upscaled, tmp_path):
    canvas.wait("() => shown.session?.waiting === 'run'")
    assert canvas.run(HINT).startswith("Run once")
    canvas.shot(tmp_path / "before.png")
    canvas.run(LISTEN)
    canvas.run("() => app.queuePrompt(0)")
    canvas.wait(
        "() => shown.session.picture?.width === 96 && shown.session.picture.height === 64", seconds=60
    )
    canvas.wait("() => said.errors.length > 0", seconds=30)
    # What comes after is blocked with one sentence, which the editor shows too.
    (error,) = canvas.run("() => said.errors")
    assert error["exception_message"].startswith("Execution Blocked: Motion Brush has no motion yet")
    canvas.wait("() => shown.session.message.startsWith('Motion Brush has no motion yet')")
    assert canvas.run(HINT) == "Paint (B) or click (C) what should move"
    canvas.press("Escape")
    canvas.shot(tmp_path / "after.png")
