"""Regions that snap to the object of the picture: what the editor shows of them."""

import json

import numpy as np
import pytest
import torch
from flowbrush.motion.preview.field_preview import even_grid
from flowbrush.motion.preview.snapping import seen_picture
from flowbrush.rendering.matte import snapped_matte
from flowbrush.synthetic.pictures.render import render_example

from .panels import written

pytestmark = pytest.mark.browser

WIDTH, HEIGHT = 640, 360
# A disc around the envelope of the large balloon, too large everywhere.
ROUGH = {"name": "balloon", "region": {"strokes": [{"points": [[0.5, 0.39]], "radius": 0.29}]}}
COVERED = """() => {
    const { coverage } = harness.editor.stage.regions.layer(0);
    return coverage.reduce((sum, value) => sum + value / 255, 0) / coverage.length;
}"""


def snapped_share() -> tuple[float, float]:
    """The share of the picture that the disc covers as painted, and after it has snapped."""
    aspect = WIDTH / HEIGHT
    grid = even_grid(640, aspect)
    y, x = np.meshgrid(grid.y, grid.x, indexing="ij")
    disc = np.hypot(x - 0.5 * grid.extent[0], y - 0.39 * grid.extent[1]) < 0.29
    seen = seen_picture(render_example("balloon", HEIGHT, WIDTH)[0], grid)
    matte = snapped_matte(seen.pixels, torch.from_numpy(disc).float())
    return float(disc.mean()), float(matte.mean())


def test_a_region_snaps_at_one_key_and_back_and_is_shown_as_it_snapped(show, tmp_path):
    panels = show(document=written(ROUGH))
    painted, snapped = snapped_share()
    assert snapped < 0.9 * painted
    panels.until(f"() => Math.abs(({COVERED})() - {painted}) < 0.003")
    panels.press("m")
    assert panels.layers[0]["region"]["snap"] is True
    panels.until(f"() => Math.abs(({COVERED})() - {snapped}) < 0.003")
    panels.page.screenshot(path=str(tmp_path / "snapped.png"))
    panels.tab("Region")
    control = panels.button("Keep what is painted", ".flowbrush-panel.flowbrush-region")
    assert control.get_attribute("aria-pressed") == "true"
    control.click()
    panels.until(f"() => Math.abs(({COVERED})() - {painted}) < 0.003")
    assert "snap" not in panels.text()


def test_a_stroke_on_a_region_that_snaps_makes_it_snap_anew(show):
    panels = show(document=written({**ROUGH, "region": {**ROUGH["region"], "snap": True}}))
    _, snapped = snapped_share()
    panels.until(f"() => Math.abs(({COVERED})() - {snapped}) < 0.003")
    posted = "() => harness.host.posted.filter(({ path }) => path === '/flowbrush/field').length"
    before = panels.page.evaluate(posted)
    box = panels.page.locator(".flowbrush-stage").bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.42
    panels.page.mouse.move(*middle)
    panels.page.mouse.down()
    panels.page.mouse.move(middle[0] + 20, middle[1], steps=3)
    panels.page.mouse.up()
    panels.until(f"() => ({posted})() > {before}")
    # The stroke lies inside the balloon, so that the object is the same.
    panels.until(f"() => Math.abs(({COVERED})() - {snapped}) < 0.006")


def test_where_there_is_no_object_the_editor_says_so(show):
    sky = {"name": "sky", "region": {"everything": True, "snap": True}}
    panels = show(document=json.dumps({"flowbrush": "motion", "version": 2, "layers": [sky]}))
    panels.until("() => harness.editor.client?.sentence.includes('keeps what was painted')")
    assert panels.notice.startswith("“sky” keeps what was painted")
