"""Under a moved camera, at every time of the clip, the stage acts on the place that the artist points at.

The expected places are computed by the pack's own camera (motion/field/camera.py), not by the editor.
"""

import functools
import itertools

import numpy as np
import pytest
import torch
from flowbrush.motion.document.document import parse
from flowbrush.motion.field.camera import CameraMotion
from flowbrush.motion.field.region import Grid

from .panels import layer, written

pytestmark = pytest.mark.browser

WIDTH, HEIGHT = 640, 360  # of the harness's picture
LAST = {"time": 1, "pan": 6, "tilt": -3, "zoom": 1.4, "roll": 18}
CAMERA = {"keyframes": [{"time": 0.5, "zoom": 1.2, "roll": -8, "ease": "ease_in_out"}, LAST]}
POINTS = [[0.45, 0.42], [0.55, 0.3], [0.62, 0.5]]
BALLOON = layer("balloon", at=(0.45, 0.42), motion={"paths": [{"points": POINTS}]}, color="#3fa7ff")
UNDER_CAMERA = written(BALLOON, camera=CAMERA)
PIXELS = """([which, x, y, reach]) => {
    const canvas = document.querySelectorAll('.flowbrush-stage canvas')[which];
    const { left, top, width } = canvas.getBoundingClientRect(), ratio = canvas.width / width;
    const copy = new OffscreenCanvas(2 * reach, 2 * reach).getContext('2d', { willReadFrequently: true });
    copy.drawImage(canvas, (x - left - reach) * ratio, (y - top - reach) * ratio, 2 * reach * ratio, 2 * reach * ratio,
        0, 0, 2 * reach, 2 * reach);
    return [...copy.getImageData(0, 0, 2 * reach, 2 * reach).data];
}"""
REGIONS, SCENE, TOP = 1, 2, 3


class Stage:
    """The stage of an editor, as an artist meets it who looks at the frame of a time."""

    def __init__(self, panels, text, time):
        self.panels, self.text, self.time = panels, text, time
        panels.page.evaluate("(time) => harness.session.setTime(time)", time)
        panels.select(0)

    @functools.cached_property
    def homography(self):
        """From document coordinates to the window [3,3], by the pack's camera."""
        corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], float)
        grid = Grid(HEIGHT, WIDTH, WIDTH / HEIGHT)
        x, y = (torch.tensor(corners[:, axis] * grid.extent[axis])[None] for axis in (0, 1))
        seen = CameraMotion(parse(self.text).camera).view(np.array([self.time]), x, y, grid, None)
        left, top, a, d = self.panels.page.evaluate(
            """() => {
                const { element, view } = harness.editor.stage, { left, top } = element.getBoundingClientRect();
                const [a, d, e, f] = view.matrix;
                return [left + e, top + f, a, d];
            }"""
        )
        u, v = (seen[axis][0].numpy() / grid.extent[axis] for axis in (0, 1))
        rows = []
        for (x, y), i, j in zip(corners, left + a * u, top + d * v, strict=True):
            rows += [[x, y, 1, 0, 0, 0, -i * x, -i * y, -i], [0, 0, 0, x, y, 1, -j * x, -j * y, -j]]
        return np.linalg.svd(np.array(rows))[2][-1].reshape(3, 3)

    def window(self, *place):
        """Where a place of the document is seen."""
        x, y, w = self.homography @ [*place[:2], 1]
        return x / w, y / w

    def place(self, *at):
        """The place of the document that is seen there."""
        x, y, w = np.linalg.solve(self.homography, [*at, 1])
        return x / w, y / w

    def tool(self, name):
        self.panels.page.evaluate("(name) => harness.session.setTool(name)", name)

    def drag(self, *way, steps=4):
        """Press at the first place of the window, move along the others, and release."""
        mouse = self.panels.page.mouse
        mouse.move(*way[0])
        mouse.down()
        for (x, y), (to_x, to_y) in itertools.pairwise(way):
            for k in range(1, steps + 1):
                mouse.move(x + (to_x - x) * k / steps, y + (to_y - y) * k / steps)
        mouse.up()

    def pixels(self, canvas, at, reach):
        """What one of the stage's canvases shows within `reach` px of a place of the window, RGBA [2 reach, 2 reach, 4]."""
        data = self.panels.page.evaluate(PIXELS, [canvas, *at, reach])
        return np.array(data).reshape(2 * reach, 2 * reach, 4)

    def drawn(self, canvas, at, reach):
        """Middle (from that place) and size of what is drawn near a place of the window, in px."""
        rows, columns = np.nonzero(self.pixels(canvas, at, reach)[..., 3] > 100)
        if not len(rows):
            return None, (0, 0)
        (left, top), (right, bottom) = (columns.min(), rows.min()), (columns.max() + 1, rows.max() + 1)
        return ((left + right) / 2 - reach, (top + bottom) / 2 - reach), (right - left, bottom - top)

    def ring(self, at, radius):
        """The middle (from a place of the window) of the circle near it that is drawn in the purest white."""
        light = self.pixels(SCENE, at, 20)[..., :3].min(-1)
        angles = np.arange(32) * np.pi / 16
        circle = 20 + radius * np.stack([np.cos(angles), np.sin(angles)])

        def white(offset):
            columns, rows = np.floor(circle + np.array(offset)[:, None]).astype(int)
            return light[rows, columns].mean()

        offsets = np.arange(-5, 5.1, 0.5)
        return max(itertools.product(offsets, offsets), key=white)

    @property
    def now(self):
        return self.panels.page.evaluate("() => harness.session.time")

    @property
    def cursor(self):
        return self.panels.page.evaluate("() => document.querySelector('.flowbrush-stage').style.cursor")

    @property
    def points(self):
        return self.panels.layers[0]["motion"]["paths"][0]["points"]

    @property
    def strokes(self):
        return self.panels.layers[0]["region"]["strokes"]


@pytest.fixture
def stage(show):
    """Opens a document at a time of the clip."""

    def opened(text=UNDER_CAMERA, time=1.0, **asked):
        panels = show(document=text, length=17, **asked)
        panels.until("() => harness.editor.stage.player.kind")  # the picture moves from now on
        return Stage(panels, text, time)

    return opened


@pytest.mark.parametrize("time", [0, 0.25, 1])
def test_a_point_is_dragged_where_the_camera_shows_it_and_stays_under_the_pointer(stage, time):
    at = stage(time=time)
    at.tool("select")
    x, y = at.window(*POINTS[1])
    at.panels.page.mouse.move(x, y)
    assert at.cursor == "grab"
    at.drag((x, y), (x + 40, y))
    assert at.now == time
    before, pulled, after = at.points
    assert (before, after) == (POINTS[0], POINTS[2])
    assert pulled == pytest.approx(at.place(x + 40, y), abs=1e-4)
    assert at.window(*pulled) == pytest.approx((x + 40, y), abs=0.2)
    assert at.ring((x + 40, y), radius=6) == pytest.approx((0, 0), abs=1)  # the handle's white ring
    selected = at.panels.page.evaluate("() => harness.session.selection")
    assert (selected["path"], selected["point"]) == (0, 1)
    if time == 0:
        a = at.panels.page.evaluate("() => harness.editor.stage.view.matrix[0]")
        assert pulled == pytest.approx([POINTS[1][0] + 40 / a, POINTS[1][1]], abs=1e-4)
    at.panels.undo()
    assert at.panels.text() == UNDER_CAMERA


@pytest.mark.parametrize("time", [0, 1])
def test_a_stroke_is_drawn_under_the_pointer_and_is_as_wide_as_the_brush(stage, time):
    at = stage(written(layer("small", at=(0.05, 0.05)), camera=CAMERA), time)
    at.tool("brush")
    x, y = at.window(0.6, 0.55)
    at.panels.page.mouse.move(x, y)
    assert at.cursor == "none"
    ring = at.drawn(TOP, (x, y), 80)
    assert ring[0] == pytest.approx((0, 0), abs=1)
    at.drag((x, y), (x, y))
    assert at.now == time
    assert at.strokes[1]["points"][0][:2] == pytest.approx((0.6, 0.55), abs=2e-3)
    at.panels.page.mouse.move(x + 300, y)
    middle, size = at.drawn(REGIONS, (x, y), 80)
    assert middle == pytest.approx((0, 0), abs=1)
    assert size == pytest.approx(ring[1], abs=2.5)  # as wide, but for the lines' own widths
    a = at.panels.page.evaluate("() => harness.editor.stage.view.scale")
    assert size[0] == pytest.approx(2 * 0.06 * a * (1 if time == 0 else 1.4), rel=0.08)
    way = [at.window(*place) for place in ((0.3, 0.6), (0.5, 0.7), (0.7, 0.6))]
    at.drag(*way)
    stroke = at.strokes[2]["points"]
    for corner, point in zip(way, (stroke[0], stroke[len(stroke) // 2], stroke[-1]), strict=True):
        assert at.window(*point) == pytest.approx(corner, abs=1)


def test_lasso_and_arrow_begin_and_end_under_the_pointer(stage):
    at = stage(written(layer("one", at=(0.3, 0.5)), layer("two", at=(0.65, 0.4)), camera=CAMERA))
    at.tool("arrow")
    places = ((0.66, 0.42), (0.72, 0.6))
    at.panels.until("() => harness.editor.stage.tool.constructor.name === 'Arrow'")
    at.drag(*(at.window(*place) for place in places))
    (path,) = at.panels.layers[1]["motion"]["paths"]
    np.testing.assert_allclose(path["points"], places, atol=2e-3)
    at.panels.select(0)
    at.tool("lasso")
    at.panels.until("() => harness.editor.stage.tool.constructor.name === 'Outline'")
    corners = ((0.3, 0.3), (0.5, 0.35), (0.4, 0.6))
    at.drag(*(at.window(*place) for place in corners))
    (polygon,) = at.panels.layers[0]["region"]["polygons"]
    for corner in corners:
        assert min(np.abs(np.subtract(point, corner)).max() for point in polygon["points"]) < 3e-3
    assert at.now == 1


def test_regions_and_lines_are_selected_where_the_camera_shows_them(stage):
    at = stage(written(BALLOON, layer("other", at=(0.8, 0.55)), camera=CAMERA))
    at.tool("select")
    at.panels.until("() => harness.editor.stage.tool.constructor.name === 'Select'")
    chosen = "() => { const { layer, path } = harness.session.selection; return [layer, path]; }"
    for place, expected in (((0.8, 0.55), [1, None]), ((0.5, 0.353), [0, 0]), ((0.6, 0.75), [0, None])):
        at.panels.page.mouse.click(*at.window(*place))
        assert at.panels.page.evaluate(chosen) == expected, place


def test_the_tick_of_a_frame_is_named_where_the_camera_shows_it(stage):
    at = stage(written(layer("one", motion={"paths": [{"points": [[0.4, 0.5], [0.6, 0.5]]}]}), camera=CAMERA))
    at.tool("hand")
    x, y = at.window(0.45, 0.5)  # frame 5 of 17
    at.panels.page.mouse.move(x, y + 2)
    assert at.drawn(TOP, (x, y), 8)[0] == pytest.approx((0, 0), abs=1)
    at.panels.page.mouse.move(x, y + 30)
    assert at.drawn(TOP, (x, y), 8)[0] is None


def test_a_frozen_layer_is_painted_where_it_stays(stage):
    at = stage(written(layer("frozen", at=(0.2, 0.2), freeze=True), camera=CAMERA))
    at.tool("brush")
    left, top, a, d = at.panels.page.evaluate(
        """() => {
            const { element, view } = harness.editor.stage, { left, top } = element.getBoundingClientRect();
            return [left + view.matrix[2], top + view.matrix[3], view.matrix[0], view.matrix[1]];
        }"""
    )
    at.drag((left + 0.6 * a, top + 0.6 * d), (left + 0.6 * a, top + 0.6 * d))
    assert at.strokes[1]["points"][0][:2] == pytest.approx((0.6, 0.6), abs=1e-3)


def test_nothing_is_painted_where_the_camera_sees_no_place_and_the_cursor_says_so(stage):
    text = written(BALLOON, camera={"keyframes": [{"time": 1, "pan": 60}]})
    at = stage(text)
    box = at.panels.page.locator(".flowbrush-stage").bounding_box()
    left, middle, right = box["x"] + 30, box["y"] + box["height"] / 2, box["x"] + box["width"] - 6
    for tool in ("brush", "lasso", "arrow", "fill"):
        at.tool(tool)
        at.panels.page.mouse.move(right, middle)
        assert at.cursor == "not-allowed", tool
        at.drag((right, middle), (right, middle + 40))
        assert at.panels.text() == text, tool
    at.tool("select")
    at.panels.page.mouse.move(right, middle)
    assert at.cursor == "default"
    at.tool("brush")
    at.panels.page.mouse.move(left, middle)  # it sees the plane there, right of the picture
    assert at.place(left, middle)[0] > 1.2
    assert at.cursor == "not-allowed"
    at.panels.page.evaluate("() => harness.session.setTime(0)")
    assert at.cursor == "none", "what is seen has moved under a pointer that rests"


def test_a_stroke_that_leaves_the_visible_plane_continues_where_it_returns(stage):
    text = written(layer("one"), camera={"keyframes": [{"time": 1, "pan": 40}]})
    at = stage(text)
    at.tool("brush")
    inside, outside = at.window(0.9, 0.5), at.window(2.5, 0.5)
    at.drag(inside, outside, at.window(0.9, 0.3))
    points = np.array(at.strokes[1]["points"])[:, :2]
    assert points[0] == pytest.approx((0.9, 0.5), abs=2e-3)
    assert points[-1] == pytest.approx((0.9, 0.3), abs=2e-3)
    assert points.max() < 2


@pytest.mark.parametrize("camera", [{}, CAMERA])
def test_a_press_while_the_clip_plays_goes_to_the_first_frame(stage, camera):
    at = stage(written(BALLOON, **({"camera": camera} if camera else {})), 0)
    at.tool("brush")
    x, y = at.window(0.7, 0.7)
    at.panels.page.evaluate("() => { harness.session.setTime(0.6); harness.session.setPlaying(true); }")
    at.panels.until("() => harness.session.time > 0.62 || harness.session.time < 0.6")
    at.drag((x, y), (x + 30, y))
    assert (at.now, at.panels.page.evaluate("() => harness.session.playing")) == (0, False)
    assert at.strokes[1]["points"][0][:2] == pytest.approx((0.7, 0.7), abs=2e-3)


def test_without_a_camera_a_stroke_at_a_later_frame_shows_the_first(stage):
    at = stage(written(BALLOON))
    at.tool("brush")
    x, y = at.window(0.7, 0.7)
    at.drag((x, y), (x + 30, y))
    assert at.now == 0
    assert at.strokes[1]["points"][0][:2] == pytest.approx((0.7, 0.7), abs=2e-3)
