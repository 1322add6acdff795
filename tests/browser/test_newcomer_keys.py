"""A newcomer's first minutes by keys alone: the full window, an own photo, the object, a pull, play, and the run."""

import av
import numpy as np
import pytest

from .test_newcomer import BALL, BRUSH, EDITOR, PULL, SIZES, ball_center, photo

pytestmark = [pytest.mark.comfyui, pytest.mark.browser, pytest.mark.slow]

# What has the focus is called so; the page itself has no name.
FOCUSED = """() => {
    const { activeElement: element } = document;
    return element?.getAttribute('aria-label') ?? (element?.role === 'menuitem' ? element.textContent : '');
}"""


@pytest.fixture
def start_here(canvas):
    """The template in a small window; nothing is clicked from now on."""
    width, height = SIZES["1280x720"]
    canvas.page.set_viewport_size({"width": width, "height": height})
    # The cards of ComfyUI's template browser cannot be reached by keys; the pack's own command opens the example.
    canvas.page.keyboard.press("Alt+Shift+h")
    canvas.wait(f"() => {EDITOR}?.session.picture?.width === 256")
    yield canvas
    canvas.page.set_viewport_size({"width": 1600, "height": 1000})


def keys(canvas, *pressed):
    for each in pressed:
        canvas.page.keyboard.press(each)


def walk_to(canvas, label, key, most=80):
    """Press a key until what has the focus is called so."""
    for _ in range(most):
        if canvas.run(FOCUSED).startswith(label):
            return
        canvas.page.keyboard.press(key)
    raise AssertionError(f"{key} does not lead to {label}")


def move_cross(canvas, by):
    """Move the cross by a share of the picture's sides, which are equal here."""
    for share, back, forth in zip(by, ("ArrowLeft", "ArrowUp"), ("ArrowRight", "ArrowDown"), strict=True):
        steps = round(abs(share) * 100)  # an arrow key moves it by 1 %, with Shift by 10 %
        key = forth if share > 0 else back
        keys(canvas, *[f"Shift+{key}"] * (steps // 10), *[key] * (steps % 10))


def test_keys_alone_move_a_thing_of_an_own_photo(start_here, comfyui, tmp_path):
    canvas = start_here
    example = canvas.run(f"() => {EDITOR}.session.picture.label")
    picture = tmp_path / "photo.png"
    picture.write_bytes(photo())
    keys(canvas, "Alt+Shift+e")
    canvas.wait(
        "() => document.querySelector('dialog.flowbrush-overlay .flowbrush-stage')?.offsetWidth > 400"
    )
    walk_to(canvas, "More", "Tab")
    keys(canvas, "Enter")
    walk_to(canvas, "Open picture", "ArrowDown")
    with canvas.page.expect_file_chooser() as chooser:
        keys(canvas, "Enter")
    chooser.value.set_files(picture)
    canvas.wait(f"(old) => (({EDITOR}.session.picture?.label) ?? old) !== old", example)
    canvas.shot(tmp_path / "photo_by_keys.png")
    walk_to(canvas, "Picture", "Tab")
    keys(canvas, "c")
    canvas.wait(
        f"() => {EDITOR}.editor.stage.tool.name === 'object' && {EDITOR}.session.picture.request && !{EDITOR}.session.waiting"
    )
    keys(canvas, "Enter")
    canvas.wait(f"() => {EDITOR}.editor.stage.keyPointer", seconds=20)
    move_cross(canvas, (BALL[0] - 0.5, BALL[1] - 0.5))
    keys(canvas, "Enter")
    canvas.wait(f"() => {EDITOR}.session.document.layers.length === 1")
    keys(canvas, "a")
    canvas.wait(f"() => {EDITOR}.editor.stage.tool.name === 'arrow'", seconds=20)
    keys(canvas, "Enter")
    canvas.wait(f"() => {EDITOR}.editor.stage.keyPointer", seconds=20)
    move_cross(canvas, (BALL[0] - 0.5, BALL[1] - 0.5))
    keys(canvas, "Enter")
    move_cross(canvas, (PULL, 0))
    keys(canvas, "Enter", "Escape")
    canvas.wait(f"() => {EDITOR}.session.document.layers[0].motion.paths.length === 1")
    canvas.shot(tmp_path / "pulled_by_keys.png")
    (path,) = canvas.document(BRUSH)["layers"][0]["motion"]["paths"]
    assert np.allclose(path["points"], [BALL, (BALL[0] + PULL, BALL[1])], atol=0.015)
    keys(canvas, "Space")
    canvas.wait(f"() => {EDITOR}.session.playing && {EDITOR}.editor.stage.field")
    if not canvas.run("() => LiteGraph.vueNodesMode"):
        return
    canvas.shorten(9)
    before = set((comfyui.directory / "output").rglob("start_here*"))
    keys(canvas, "Control+Enter")
    canvas.wait(f"() => ['waiting', 'running'].includes({EDITOR}.session.run?.state)", seconds=30)
    canvas.wait(f"() => ['done', 'failed'].includes({EDITOR}.session.run?.state)", seconds=300)
    (made,) = set((comfyui.directory / "output").rglob("start_here*")) - before
    with av.open(str(made)) as video:
        frames = [frame.to_ndarray(format="rgb24") for frame in video.decode(video=0)]
    moved = ball_center(frames[-1]) - ball_center(frames[0])
    assert np.allclose(moved, (PULL, 0), atol=0.05)
