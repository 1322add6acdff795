"""The presets beside the picture: applied to the picture or to a layer, kept, exported, imported, deleted."""

import json

import pytest

from .panels import layer, written

pytestmark = pytest.mark.browser


@pytest.fixture
def opened(show, harness):
    """A function that opens the editor with its list of presets, in which the artist has none."""
    from .harness import Handler

    Handler.user_files.clear()

    def open_list(size=(1280, 720), **options):
        panels = show(size, **({"large": 1} if size == (1280, 720) else {}), **options)
        panels.button("More").click()
        panels.page.get_by_role("menuitem", name="Presets…").click()
        panels.page.locator(".flowbrush-preset").first.wait_for()
        return panels

    return open_list


def thumbnail(panels, name):
    return panels.page.locator(".flowbrush-preset").filter(has=panels.window.get_by_text(name, exact=True))


def test_a_click_applies_a_preset_to_the_whole_picture_behind_what_is_painted(opened, tmp_path):
    panels = opened(document=written(layer("mine", motion={"horizontal": 0.1})))
    assert panels.page.locator(".flowbrush-preset").count() == 20
    panels.page.screenshot(path=str(tmp_path / "presets.png"))
    thumbnail(panels, "Clouds and sea").click()
    assert panels.names == ["clouds", "mine"], "the example picture shows a sky and no sea"
    assert panels.document["loop"] == "seamless"
    thumbnail(panels, "Drift").click()
    assert panels.names == ["mine"], "the layers of the other preset go, and those of the artist stay"
    assert panels.document["camera"]["keyframes"][0]["truck"] == 0.05
    panels.undo()
    panels.undo()
    assert panels.names == ["mine"] and panels.document["loop"] == "none"


def test_a_click_gives_the_motion_to_the_selected_layer(opened):
    panels = opened(document=written(layer("mine", at=(0.25, 0.25))))
    assert thumbnail(panels, "Drift").is_enabled()
    panels.button("Selected layer").click()
    assert not thumbnail(panels, "Drift").is_enabled(), "a camera move is not for a layer"
    thumbnail(panels, "Flag").click()
    (mine,) = panels.layers
    assert mine["name"] == "mine" and len(mine["region"]["strokes"]) == 1
    assert mine["motion"]["sway"]["amount"] > 0
    assert panels.document["loop"] == "seamless"


def test_a_preset_is_dropped_on_the_layer_that_it_is_to_move(opened):
    panels = opened(document=written(layer("left", at=(0.6, 0.5)), layer("right", at=(0.85, 0.5))))
    place = panels.page.evaluate(
        """() => {
            const { stage } = harness.editor;
            const box = stage.element.getBoundingClientRect();
            const [x, y] = stage.view.toStage([0.85, 0.5]);
            return [box.left + x, box.top + y];
        }"""
    )
    panels.page.wait_for_timeout(300)  # the regions are drawn
    thumbnail(panels, "Jelly").scroll_into_view_if_needed()
    source = thumbnail(panels, "Jelly").bounding_box()
    mouse = panels.page.mouse
    mouse.move(source["x"] + 20, source["y"] + 20)
    mouse.down()
    mouse.move(place[0] - 10, place[1], steps=5)
    mouse.move(*place, steps=3)
    mouse.up()
    left, right = panels.layers
    assert right["motion"]["sway"]["kind"] == "jelly" and left["motion"]["sway"]["amount"] == 0


def test_own_presets_are_kept_exported_imported_and_deleted(opened, tmp_path):
    panels = opened(document=written(layer("mine", motion={"rotation": 40})))
    field = panels.page.get_by_role("textbox", name="Name of a new preset")
    field.fill("Spin")
    panels.button("Keep this motion as a preset").click()
    thumbnail(panels, "Spin").wait_for()
    with panels.page.expect_download() as download:
        panels.button("Export your presets as a file").click()
    file = tmp_path / "mine.json"
    download.value.save_as(file)
    content = json.loads(file.read_text())
    assert [each["name"] for each in content["presets"]] == ["Spin"]
    thumbnail(panels, "Spin").hover()
    panels.button("Delete the preset Spin").click()
    thumbnail(panels, "Spin").wait_for(state="detached")
    content["presets"].append({"name": "Another", "document": content["presets"][0]["document"]})
    file.write_text(json.dumps(content))
    with panels.page.expect_file_chooser() as chooser:
        panels.button("Import presets from a file").click()
    chooser.value.set_files(file)
    thumbnail(panels, "Another").wait_for()
    again = opened()
    assert thumbnail(again, "Spin").is_visible() and thumbnail(again, "Another").is_visible()
    thumbnail(again, "Spin").click()
    assert again.layers[0]["motion"]["rotation"] == 40


def test_a_file_that_holds_no_presets_is_refused_with_a_reason(opened, tmp_path):
    panels = opened()
    file = tmp_path / "wrong.json"
    file.write_text('{"flowbrush": "presets", "presets": [{"name": "x", "document": {"layers": 3}}]}')
    with panels.page.expect_file_chooser() as chooser:
        panels.button("Import presets from a file").click()
    chooser.value.set_files(file)
    panels.until(
        "() => document.querySelector('.flowbrush-presets').innerText.includes('layers: 3 is not a list')"
    )


def test_a_thumbnail_plays_under_the_pointer(opened):
    panels = opened()
    canvas = thumbnail(panels, "Bobbing").locator("canvas")
    still = canvas.evaluate("(canvas) => canvas.toDataURL()")
    canvas.hover(force=True)
    panels.until("([canvas, still]) => canvas.toDataURL() !== still", [canvas.element_handle(), still])
    moving = canvas.evaluate("(canvas) => canvas.toDataURL()")
    panels.until("([canvas, before]) => canvas.toDataURL() !== before", [canvas.element_handle(), moving])
    panels.window.mouse.move(900, 600)
    panels.until("([canvas, still]) => canvas.toDataURL() === still", [canvas.element_handle(), still])


def test_the_list_fits_into_the_node_and_escape_closes_it(opened, tmp_path):
    panels = opened(size=(420, 720), width=400, height=680)
    panels.page.screenshot(path=str(tmp_path / "compact.png"))
    box = panels.page.locator(".flowbrush-presets").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 420
    panels.window.keyboard.press("Escape")
    assert panels.page.locator(".flowbrush-presets").is_hidden()
    assert panels.page.evaluate("() => document.activeElement.className") == "flowbrush-stage"


@pytest.mark.comfyui
def test_comfyui_gives_the_presets_and_keeps_the_artists_own(canvas, comfyui):
    node = canvas.brush(text=written(layer("mine", motion={"horizontal": 0.2})))
    canvas.element(node, "[aria-label=More]").first.click()
    canvas.element(node, "[role=menuitem]").filter(has_text="Presets…").click()
    canvas.element(node, ".flowbrush-preset").nth(19).wait_for()
    canvas.element(node, ".flowbrush-preset-name").fill("Mine")
    canvas.element(node, "[aria-label='Keep this motion as a preset']").click()
    canvas.element(node, ".flowbrush-own-preset").wait_for()
    kept = comfyui.get("/userdata/flowbrush_presets.json")
    assert [each["name"] for each in kept["presets"]] == ["Mine"]
    canvas.element(node, ".flowbrush-preset").first.click()
    assert canvas.document(node)["camera"]["keyframes"]
    canvas.element(node, "[aria-label='Delete the preset Mine']").click()
    canvas.element(node, ".flowbrush-own-preset").wait_for(state="detached")
