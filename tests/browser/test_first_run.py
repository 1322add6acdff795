"""A picture from a node that has not run: the editor says what to do, one run shows it, and nothing fails."""

import io
from itertools import count

import pytest
from PIL import Image

from .conftest import SPY

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


def upscale(canvas, _number):
    """Load Image, scaled by a stock node."""
    loaded = canvas.add("LoadImage", (-300, 40), image="first_run.png")
    scaled = canvas.add("ImageScale", (-300, 420), width=96, height=64)
    canvas.link(loaded, 0, scaled, "image")
    return scaled


def decoded_latent(canvas, number):
    """An empty latent, decoded by the stock VAE Decode with the bundled VAE."""
    model = canvas.add("FlowbrushLoadModel", (-700, 40))
    latent = canvas.add("FlowbrushLatentNoise", (-700, 300), width=96, height=64, length=1, seed=number)
    decoded = canvas.add("VAEDecode", (-300, 40))
    canvas.link(latent, 1, decoded, "samples")
    canvas.link(model, 2, decoded, "vae")
    return decoded


def generator(canvas, number):
    """A stock node that makes a picture of nothing."""
    return canvas.add("EmptyImage", (-300, 40), width=96, height=64, color=number)


UPSTREAM = {"Upscale": upscale, "VAE Decode": decoded_latent, "generator": generator}


@pytest.fixture(params=UPSTREAM)
def computed(request, canvas, comfyui):
    """A picture that a node has to compute, painted on by a Motion Brush and shown by Preview Motion; both ids."""
    number = next(
        COUNTER
    )  # another picture each time, because ComfyUI runs nothing again that it has run already
    file = io.BytesIO()
    Image.new("RGB", (40, 30), (200, 90, number)).save(file, "PNG")
    (comfyui.directory / "input" / "first_run.png").write_bytes(file.getvalue())
    canvas.run(SPY)
    picture = UPSTREAM[request.param](canvas, number)
    brush = canvas.brush()
    canvas.link(picture, 0, brush, "image")
    shown = canvas.add("FlowbrushPreviewMotion", (940, 40))
    canvas.link(brush, 0, shown, "motion")
    canvas.link(picture, 0, shown, "image")
    return picture, brush


def test_a_picture_that_has_to_be_computed_is_there_after_one_run(canvas, computed, tmp_path):
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
    (message,) = set(canvas.run("() => said.errors.map((error) => error.exception_message)"))
    assert message.startswith("Execution Blocked: Motion Brush has no motion yet")
    canvas.wait("() => shown.session.message.startsWith('Motion Brush has no motion yet')")
    assert canvas.run(HINT) == "Paint (B) or click (C) what should move"
    canvas.press("Escape")
    canvas.shot(tmp_path / "after.png")
    # After the first stroke, which is frozen here, the same graph runs to its end.
    canvas.stroke(computed[1])
    canvas.press("f")
    canvas.run("() => { said.errors.length = 0; said.ended = false; return app.queuePrompt(0); }")
    canvas.wait("() => said.ended", seconds=60)
    assert canvas.run("() => said.errors") == []


def test_the_preview_of_the_same_picture_is_painted_on_without_a_further_run(canvas, computed):
    picture, brush = computed
    preview = canvas.add("PreviewImage", (-300, 700))
    canvas.link(picture, 0, preview, "images")
    canvas.wait("() => shown.session?.waiting === 'run'")
    canvas.run(LISTEN)
    canvas.run("() => app.queuePrompt(0)")
    canvas.wait("() => shown.session.picture?.width === 96", seconds=60)
    canvas.stroke(brush)
    canvas.wait("() => shown.session.document.layers.length === 1")
