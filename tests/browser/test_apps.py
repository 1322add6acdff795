"""The examples that open in ComfyUI's App mode: the picture, the editor and Run, without the canvas."""

import json

import pytest

from ..comfyui.server import ROOT
from .test_newcomer import BALL, PLACE, PULL, photo
from .test_pictures import drop

pytestmark = [pytest.mark.comfyui, pytest.mark.browser]

WORKFLOWS = sorted((ROOT / "workflows").glob("*.app.json"))
SMALL = {"width": 1280, "height": 720}
BRUSH = "app.rootGraph.nodes.find(({ type }) => type === 'FlowbrushMotionBrush')"
EDITOR = f"{BRUSH}?.widgets?.[0].flowbrush?.editor"
CONTROLS = "JSON.stringify(app.rootGraph.extra.linearData.inputs)"


@pytest.fixture
def shown_app(canvas):
    """Opens an app in a small window, as the template browser does; the page returns to the canvas at the end."""
    page = canvas.page
    page.set_viewport_size(SMALL)
    welcome = page.get_by_role("button", name="Skip", exact=True)
    page.add_locator_handler(welcome, lambda: welcome.click())

    def open_app(path):
        name = path.name.removesuffix(".json")
        canvas.run(
            "async ([workflow, name]) => { await app.loadGraphData(workflow, true, true, name, {openSource: 'template'}); }",
            [json.loads(path.read_text(encoding="utf-8")), name],
        )
        canvas.wait(f"() => {EDITOR}?.session.picture?.width > 0")
        controls = page.get_by_test_id("linear-widgets")
        page.wait_for_timeout(1500)  # the welcome comes a moment later
        controls.get_by_text("Motion painting", exact=True).hover()
        return controls

    yield open_app
    canvas.run("() => app.extensionManager.command.execute('Comfy.ToggleLinear')")
    page.remove_locator_handler(welcome)
    page.set_viewport_size({"width": 1600, "height": 1000})


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_an_app_shows_the_picture_the_editor_and_run(canvas, shown_app, path, tmp_path):
    controls = shown_app(path)
    canvas.shot(tmp_path / "app.png")
    assert controls.get_by_test_id("app-mode-widget-item").count() == 2
    assert controls.get_by_text("Picture", exact=True).is_visible()
    assert controls.get_by_test_id("widget-select-default-trigger").inner_text() == "balloon"
    run = canvas.page.get_by_test_id("linear-run-button").get_by_role("button", name="Run", exact=True)
    assert run.is_visible()
    stage = controls.locator(".flowbrush-stage").bounding_box()
    assert stage["width"] >= 240
    assert run.bounding_box()["y"] - stage["y"] >= 200  # px of the picture above Run
    # A stroke in the middle of what is seen of the picture is painted.
    before = canvas.run(
        f"() => {EDITOR}.session.document.layers.flatMap(({{ region }}) => region.strokes).length"
    )
    canvas.page.mouse.move(stage["x"] + 100, stage["y"] + 80)
    canvas.page.mouse.down()
    canvas.page.mouse.move(stage["x"] + 140, stage["y"] + 100, steps=5)
    canvas.page.mouse.up()
    canvas.wait(
        f"(n) => {EDITOR}.session.document.layers.flatMap(({{ region }}) => region.strokes).length === n + 1",
        before,
    )


def test_an_app_takes_an_own_photo_and_shows_the_video(canvas, shown_app, tmp_path):
    shown_app(ROOT / "workflows" / "start_here.app.json")
    node = canvas.run(f"() => {BRUSH}.id")
    drop(canvas, node, photo())
    canvas.wait(f"() => {CONTROLS}.includes('\"image\"') && !{CONTROLS}.includes('\"name\"')")
    canvas.wait(f"() => {EDITOR}?.session.picture?.width > 0 && !{EDITOR}.session.document.layers.length")
    controls = canvas.page.get_by_test_id("linear-widgets")
    controls.get_by_text("dropped", exact=False).first.wait_for()
    assert controls.get_by_text("Picture", exact=True).count() == 0
    canvas.shot(tmp_path / "photo.png")
    # Picture, editor and Run are there without scrolling.
    heights = controls.evaluate("(element) => [element.scrollHeight, element.clientHeight]")
    assert heights[0] <= heights[1]
    end = controls.bounding_box()["y"] + controls.bounding_box()["height"]
    for part in (".flowbrush-tools", ".flowbrush-stage", ".flowbrush-transport"):
        box = controls.locator(part).bounding_box()
        assert box["y"] >= controls.bounding_box()["y"] and box["y"] + box["height"] <= end
    assert controls.locator(".flowbrush-stage").bounding_box()["height"] >= 150
    canvas.run(f"() => {EDITOR}.focus()")
    canvas.press("c")
    canvas.page.mouse.click(*canvas.run(PLACE, [*BALL]))
    canvas.wait(f"() => {EDITOR}.session.document.layers[0]?.region.polygons.length === 1")
    canvas.press("a")
    canvas.page.mouse.move(*canvas.run(PLACE, [*BALL]))
    canvas.page.mouse.down()
    canvas.page.mouse.move(*canvas.run(PLACE, [BALL[0] + PULL, BALL[1]]), steps=6)
    canvas.page.mouse.up()
    canvas.wait(f"() => {EDITOR}.session.document.layers[0].motion.paths.length === 1")
    canvas.shot(tmp_path / "painted.png")
    canvas.shorten(5)
    canvas.page.get_by_test_id("linear-run-button").get_by_role("button", name="Run", exact=True).click()
    canvas.wait(
        "() => [...document.querySelectorAll('video')].some((each) => each.currentSrc.includes('start_here') && each.videoWidth)",
        seconds=300,
    )
    canvas.shot(tmp_path / "video.png")
