"""A newcomer's first minutes: the template, a run, a photo of one's own, a click, a pull, and the saved video."""

import io
import itertools

import av
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from .test_first_look import SHOWN, apart, inside
from .test_pictures import drop

pytestmark = [pytest.mark.comfyui, pytest.mark.browser, pytest.mark.slow]

SIZES = {"1280x720": (1280, 720), "1600x1000": (1600, 1000)}
MOST_ACTIONS = 25
SMALLEST_TEXT = 11  # px on the screen
BRUSH = 3  # the id of the Motion Brush in start_here
BALL = (0.35, 0.65)
PULL = 0.3  # of the width, to the right
EDITOR = f"app.graph.getNodeById({BRUSH})?.widgets?.[0].flowbrush?.editor"
# The window position of a place of the picture, on an editor that the canvas may have scaled.
PLACE = f"""(at) => {{
    const {{ element, view }} = {EDITOR}.editor.stage;
    const box = element.getBoundingClientRect();
    const [x, y] = view.toStage(at);
    return [box.left + x * box.width / view.width, box.top + y * box.height / view.height];
}}"""


def photo() -> bytes:
    """A PNG with an orange ball in front of a smooth background."""
    y, x = np.mgrid[0:360, 0:360]
    waves = [
        90 + 40 * np.sin(x / 31) + y / 9,
        110 + 30 * np.sin((x + y) / 43),
        150 - y / 8 + 20 * np.sin(y / 17),
    ]
    picture = Image.fromarray(np.stack(waves, -1).clip(0, 255).astype("uint8"))
    draw = ImageDraw.Draw(picture)
    center = [360 * each for each in BALL]
    draw.ellipse([each - 50 for each in center] + [each + 50 for each in center], fill=(235, 95, 25))
    file = io.BytesIO()
    picture.filter(ImageFilter.GaussianBlur(1)).save(file, "PNG")
    return file.getvalue()


def ball_center(frame: np.ndarray) -> np.ndarray:
    """The mean (x, y) of the orange pixels, as a share of the sides."""
    red, green, blue = frame.astype(int).transpose(2, 0, 1)
    rows, columns = np.nonzero((red > 180) & (green < 150) & (blue < 90))
    return np.array([columns.mean() / frame.shape[1], rows.mean() / frame.shape[0]])


class Newcomer:
    """Somebody with a mouse and a keyboard, whose actions are counted and whose steps are looked at."""

    def __init__(self, canvas, folder):
        self.canvas, self.page, self.folder = canvas, canvas.page, folder
        self.actions = 0
        self.steps = itertools.count()

    def click(self, locator):
        locator.click()
        self.actions += 1

    def click_picture(self, at):
        self.page.mouse.click(*self.place(at))
        self.actions += 1

    def pull(self, start, end):
        self.page.mouse.move(*self.place(start))
        self.page.mouse.down()
        self.page.mouse.move(*self.place(end), steps=8)
        self.page.mouse.up()
        self.actions += 1

    def key(self, keys):
        self.page.keyboard.press(keys)
        self.actions += 1

    def drop(self, data):
        drop(self.canvas, BRUSH, data)
        self.actions += 1

    def place(self, at):
        return self.canvas.run(PLACE, list(at))

    def layers(self) -> list[dict]:
        return self.canvas.document(BRUSH).get("layers", [])

    def look(self, name):
        """Keep a screenshot; every text of the editor must be readable, and no node may cover another or leave its group."""
        self.page.wait_for_timeout(800)
        self.canvas.shot(self.folder / f"{next(self.steps)}_{name}.png")
        shown = self.canvas.run(SHOWN)
        assert [text for size, text in shown["texts"] if size < SMALLEST_TEXT] == []
        for (one, a), (other, b) in itertools.combinations(shown["nodes"], 2):
            assert apart(a, b), f"{one} overlaps {other}"
        for title, box in shown["nodes"]:
            for group, frame in shown["groups"]:
                assert apart(box, frame) or inside(box, frame), f"{title} leaves {group}"


@pytest.fixture(params=SIZES)
def newcomer(request, canvas, tmp_path):
    """A newcomer before an empty canvas; a message of the pack in the console fails the test."""
    width, height = SIZES[request.param]
    canvas.page.set_viewport_size({"width": width, "height": height})
    messages = []

    def listen(line):
        if "flowbrush" in (line.text + line.location["url"]).lower():
            messages.append(line.text)

    canvas.page.on("console", listen)
    yield Newcomer(canvas, tmp_path)
    canvas.page.remove_listener("console", listen)
    canvas.page.set_viewport_size({"width": 1600, "height": 1000})
    assert messages == []


def open_template(newcomer):
    page = newcomer.page
    newcomer.click(page.get_by_role("button", name="Templates"))
    browser = page.get_by_role("dialog")
    newcomer.click(browser.get_by_text("flowbrush", exact=True))
    newcomer.look("templates")
    newcomer.click(browser.get_by_text("start_here", exact=True))
    newcomer.canvas.wait(f"() => {EDITOR}?.session.picture?.width === 256")
    newcomer.look("start_here")


def run(newcomer, comfyui):
    """Press ComfyUI's Run; returns the file of the new video."""
    before = set((comfyui.directory / "output").rglob("start_here*"))
    newcomer.click(newcomer.page.get_by_role("button", name="Run", exact=True).first)
    newcomer.canvas.wait(f"() => ['waiting', 'running'].includes({EDITOR}.session.run?.state)", seconds=30)
    newcomer.look("running")
    newcomer.canvas.wait(f"() => ['done', 'failed'].includes({EDITOR}.session.run?.state)", seconds=300)
    assert newcomer.canvas.run(f"() => {EDITOR}.session.run.state") == "done"
    newcomer.look("result")
    (made,) = set((comfyui.directory / "output").rglob("start_here*")) - before
    return made


def bring_photo(newcomer):
    example = newcomer.canvas.run(f"() => {EDITOR}.session.picture.label")
    newcomer.drop(photo())
    newcomer.canvas.wait("() => app.graph.nodes.some((node) => node.type === 'LoadImage')")
    newcomer.canvas.wait(f"(old) => (({EDITOR}.session.picture?.label) ?? old) !== old", example, seconds=30)
    assert newcomer.layers() == []  # what was painted on the example picture
    newcomer.look("photo")


def move_the_ball(newcomer):
    newcomer.key("c")
    newcomer.click_picture(BALL)
    newcomer.canvas.wait(f"() => {EDITOR}.session.document.layers.length === 1")
    newcomer.look("object")
    newcomer.key("a")
    newcomer.pull(BALL, (BALL[0] + PULL, BALL[1]))
    newcomer.look("arrow")
    (layer,) = newcomer.layers()
    (path,) = layer["motion"]["paths"]
    assert np.allclose(path["points"], [BALL, (BALL[0] + PULL, BALL[1])], atol=0.01)
    newcomer.key(" ")
    newcomer.canvas.wait(f"() => {EDITOR}.session.playing && {EDITOR}.editor.stage.field")
    newcomer.look("playing")


def test_a_newcomer_moves_a_thing_of_an_own_photo(newcomer, comfyui):
    nodes2 = newcomer.canvas.run("() => LiteGraph.vueNodesMode")
    whole = nodes2 and newcomer.page.viewport_size["width"] == 1280
    open_template(newcomer)
    if whole:
        newcomer.canvas.shorten(5)
        run(newcomer, comfyui)
    bring_photo(newcomer)
    move_the_ball(newcomer)
    if whole:
        newcomer.canvas.shorten(9)
        with av.open(str(run(newcomer, comfyui))) as video:
            frames = [frame.to_ndarray(format="rgb24") for frame in video.decode(video=0)]
        assert len(frames) == 9
        first, last = ball_center(frames[0]), ball_center(frames[-1])
        assert np.allclose(first, BALL, atol=0.03)
        assert np.allclose(last - first, (PULL, 0), atol=0.05)
    assert newcomer.actions <= MOST_ACTIONS
