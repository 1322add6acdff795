"""The panels around the stage in a real Chromium, without ComfyUI: every control does what it says."""

import json

import pytest

from .panels import layer, written

pytestmark = pytest.mark.browser

THREE = written(
    layer("back", at=(0.2, 0.5), color="#ff0000"),
    layer("middle", at=(0.5, 0.5)),
    layer("front", at=(0.8, 0.5)),
)


# ------------------------------------------------------------------------------------------------------------ layers


def test_layers_are_added_renamed_and_taken_back(show):
    panels = show()
    panels.button("New layer", ".flowbrush-layers").click()
    panels.press("n")
    assert panels.names == ["Layer 1", "Layer 2"]
    first, second = (each["color"] for each in panels.layers)
    assert first != second
    panels.row("Layer 1").dblclick()
    rename = panels.page.get_by_role("textbox", name="Layer name").locator("visible=true")
    assert rename.input_value() == "Layer 1"
    rename.fill("Balloon")
    rename.press("Enter")
    assert panels.names == ["Balloon", "Layer 2"]
    panels.row("Balloon").locator(".flowbrush-layer-name").press("F2")
    rename.fill("Never")
    rename.press("Escape")
    assert panels.names == ["Balloon", "Layer 2"]
    panels.undo()
    assert panels.names == ["Layer 1", "Layer 2"]
    panels.undo()
    panels.undo()
    assert panels.text() == ""


def test_a_layer_without_a_colour_has_one_of_the_palette(show):
    panels = show(document=THREE)
    swatches = panels.page.get_by_label("Layer colour")
    colors = [swatches.nth(index).input_value() for index in range(3)]
    assert colors[2] == "#ff0000"
    assert len(set(colors)) == 3 and "#000000" not in colors
    swatches.nth(0).fill("#123456")
    assert panels.layers[2]["color"] == "#123456"


def test_a_hidden_or_locked_layer_is_not_painted_on_and_says_why(show):
    panels = show(document=THREE)
    panels.select(2)
    panels.button("Hide layer", ".flowbrush-layer:nth-child(1)").click()
    assert [each["visible"] for each in panels.layers] == [True, True, False]
    stage = panels.page.locator(".flowbrush-stage")
    panels.drag(stage, (60, 30), by=True)
    panels.until("() => /hidden/.test(document.querySelector('.flowbrush-notice').textContent)")
    assert len(panels.layers[2]["region"]["strokes"]) == 1
    panels.button("Show layer", ".flowbrush-layer:nth-child(1)").click()
    panels.button("Lock layer", ".flowbrush-layer:nth-child(1)").click()
    panels.drag(stage, (60, 30), by=True)
    panels.until("() => /locked/.test(document.querySelector('.flowbrush-notice').textContent)")
    assert len(panels.layers[2]["region"]["strokes"]) == 1
    panels.button("Unlock layer", ".flowbrush-layer:nth-child(1)").click()
    panels.drag(stage, (60, 30), by=True)
    assert len(panels.layers[2]["region"]["strokes"]) == 2


def test_layers_are_reordered_by_dragging_and_by_keys(show):
    panels = show(document=THREE)
    assert panels.shown_rows() == ["front", "middle", "back"]
    below = panels.row("back").bounding_box()
    panels.drag(panels.row("front"), (below["x"] + 90, below["y"] + below["height"] - 2), share=(0.4, 0.5))
    assert panels.names == ["front", "back", "middle"]
    panels.until("() => document.querySelector('.flowbrush-layer-name').textContent === 'middle'")
    assert panels.shown_rows() == ["middle", "back", "front"]
    panels.undo()
    assert panels.names == ["back", "middle", "front"]
    panels.row("back").locator(".flowbrush-layer-name").click()
    panels.page.keyboard.press("Alt+ArrowUp")
    assert panels.names == ["middle", "back", "front"]


def test_layers_are_duplicated_and_frozen_and_a_notice_says_how_to_bring_a_deleted_one_back(show):
    panels = show(document=THREE)
    panels.select(1)
    panels.press("Control+d")
    assert len(panels.layers) == 4 and panels.layers[2]["region"] == panels.layers[1]["region"]
    panels.press("f")
    assert [each["freeze"] for each in panels.layers] == [False, False, True, False]
    panels.button("Delete layer", ".flowbrush-layers").click()
    assert panels.names == ["back", "middle", "front"]
    panels.until("() => /deleted.*Ctrl.Z/.test(document.querySelector('.flowbrush-notice').textContent)")
    panels.undo()
    assert len(panels.layers) == 4


# ------------------------------------------------------------------------------------------------------------ motion


@pytest.mark.parametrize(
    ("name", "typed", "member", "value"),
    [
        ("Horizontal", 25, "horizontal", 0.25),
        ("Vertical", "-12,5", "vertical", 0.125),
        ("Proximity", 50, "proximity", 0.5),
        ("Rotation", 720, "rotation", 720),
    ],
)
def test_a_typed_value_is_the_motion_and_one_step_of_undo(show, name, typed, member, value):
    panels = show(document=THREE)
    panels.select(0)
    panels.type(name, typed)
    assert panels.layers[0]["motion"][member] == pytest.approx(value)
    panels.undo()
    assert panels.layers[0]["motion"][member] == 0


def test_dragging_a_slider_is_one_step_and_a_double_click_resets_it(show):
    panels = show(document=THREE)
    panels.select(0)
    track = panels.page.get_by_role("slider", name="Horizontal", exact=True)
    panels.drag(track, (30, 0), by=True)
    pulled = panels.layers[0]["motion"]["horizontal"]
    assert 0.3 < pulled < 1
    assert panels.field("Horizontal").input_value() == f"{pulled * 100:g}"
    panels.undo()
    assert panels.text() == THREE
    panels.type("Horizontal", 40)
    panels.page.locator(".flowbrush-motion .flowbrush-label", has_text="Horizontal").dblclick()
    assert panels.layers[0]["motion"]["horizontal"] == 0


def test_start_end_and_speed_are_frames_of_the_clip(show):
    panels = show(document=THREE, length=17)
    panels.select(0)
    panels.type("Start", 5)
    panels.type("End", 13)
    motion = panels.layers[0]["motion"]
    assert (motion["start"], motion["end"]) == (0.25, 0.75)
    assert panels.field("Speed").input_value() == "2"
    panels.type("Speed", 4)
    motion = panels.layers[0]["motion"]
    assert motion["end"] - motion["start"] == pytest.approx(0.25)


def test_ease_presets_and_the_curves_handles(show):
    panels = show(document=THREE)
    panels.select(0)
    ease = panels.page.locator(".flowbrush-motion .flowbrush-ease")
    ease.get_by_role("button", name="Ease in and out").click()
    assert panels.layers[0]["motion"]["ease"] == "ease_in_out"
    handle = ease.get_by_role("slider", name="Curve point 1")
    panels.drag(handle, (40, -20), by=True)
    x1, y1, *last = panels.layers[0]["motion"]["ease"]
    assert x1 > 0.4 and y1 > 0.1 and last == pytest.approx([2 / 3, 1], abs=1e-3)
    panels.undo()
    assert panels.layers[0]["motion"]["ease"] == "ease_in_out"
    ease.get_by_role("button", name="Curve with points").click()
    assert len(panels.layers[0]["motion"]["ease"]) == 5
    ease.get_by_role("slider", name="Curve point 3").press("Delete")
    assert len(panels.layers[0]["motion"]["ease"]) == 4
    panels.button("To and fro").click()
    assert panels.layers[0]["motion"]["loop"] == "pingpong"


def test_a_motion_is_copied_to_another_layer(show):
    panels = show(document=THREE)
    panels.select(0)
    panels.type("Rotation", 45)
    panels.button("Copy motion").click()
    panels.select(2)
    panels.button("Paste motion").click()
    panels.until("() => harness.session.document.layers[2].motion.rotation")  # edits load when they are used
    assert [each["motion"]["rotation"] for each in panels.layers] == [45, 0, 45]


# ---------------------------------------------------------------------------------------------------------- timeline


def test_the_bar_of_a_layer_is_its_timing(show):
    panels = show(document=THREE, length=17)
    bar = panels.page.get_by_role("slider", name="front, timing")
    whole = bar.bounding_box()["width"]
    panels.drag(bar.locator("[data-grip=end]"), (-whole / 2, 0), by=True)
    motion = panels.layers[2]["motion"]
    assert motion["start"] == 0 and motion["end"] == pytest.approx(0.5, abs=0.07)
    end = motion["end"]
    panels.drag(bar, (whole / 4, 0), by=True)
    motion = panels.layers[2]["motion"]
    assert motion["start"] == pytest.approx(0.25, abs=0.07)
    assert motion["end"] - motion["start"] == pytest.approx(end)
    bar.press("ArrowRight")
    assert panels.layers[2]["motion"]["start"] == pytest.approx(motion["start"] + 1 / 16)
    panels.undo()
    panels.undo()
    assert panels.layers[2]["motion"]["start"] == 0
    panels.undo()
    assert panels.text() == THREE


def test_the_stage_stays_where_it_is_when_the_first_layer_comes(show):
    panels = show()
    panels.until("() => document.querySelector('.flowbrush-timeline')?.offsetHeight > 40")
    stage = panels.page.locator(".flowbrush-stage")
    before = stage.bounding_box()
    panels.drag(stage, (80, 20), by=True)
    panels.until("() => document.querySelectorAll('.flowbrush-timeline .flowbrush-bar').length === 1")
    assert stage.bounding_box() == before


# ------------------------------------------------------------------------------------------------------------ camera


def test_a_ready_made_camera_move_takes_a_further_keyframe(show):
    panels = show(document=THREE, length=17)
    panels.tab("Camera")
    panels.page.get_by_role("combobox", name="Ready-made move").select_option("push_in")
    (last,) = panels.document["camera"]["keyframes"]
    assert last["time"] == 1 and last["dolly"] > 0
    panels.page.evaluate("() => harness.session.setTime(0.5)")
    panels.press("k")
    panels.until("() => harness.session.document.camera.keyframes.length === 2")
    between = panels.document["camera"]["keyframes"][0]
    assert between["time"] == 0.5 and 0 < between["dolly"] < last["dolly"]
    panels.type("Pan", 10)
    assert [key["pan"] for key in panels.document["camera"]["keyframes"]] == [10, 0]
    diamond = panels.page.get_by_role("button", name="Keyframe 1, frame 9")
    track = panels.page.locator(".flowbrush-ruler").bounding_box()
    panels.drag(diamond, (-track["width"] / 4, 0), by=True)
    assert panels.document["camera"]["keyframes"][0]["time"] == pytest.approx(0.25)
    panels.press("Delete")
    panels.until("() => harness.session.document.camera.keyframes.length === 1")
    assert panels.document["camera"]["keyframes"] == [last]


# ------------------------------------------------------------------------------------------------------------ region


def test_a_region_is_grown_feathered_inverted_and_filled(show):
    panels = show(document=THREE, masks="disc,left")
    panels.select(1)
    panels.tab("Region")
    panels.type("Grow", 4)
    panels.type("Feather", 12)
    panels.button("Invert").click()
    region = panels.layers[1]["region"]
    assert (region["grow"], region["feather"], region["invert"]) == (0.04, 0.12, True)
    assert panels.button("Invert").get_attribute("aria-pressed") == "true"
    panels.button("Invert").click()
    panels.button("Fill all").click()
    region = panels.layers[1]["region"]
    assert region["everything"] and not region["invert"]
    panels.button("Clear region").click()
    region = panels.layers[1]["region"]
    assert not region["everything"] and region["strokes"] == []
    panels.undo()
    assert panels.layers[1]["region"]["everything"] and len(panels.layers[1]["region"]["strokes"]) == 1


# ------------------------------------------------------------------------------------------------------- file and help


def test_what_is_exported_can_be_imported(show, tmp_path):
    panels = show(document=THREE)
    panels.button("More").click()
    with panels.page.expect_download() as download:
        panels.page.get_by_role("menuitem", name="Export motion").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert file.read_text() == THREE
    panels.select(0)
    panels.button("Delete layer", ".flowbrush-layers").click()
    panels.button("More").click()
    with panels.page.expect_file_chooser() as chooser:
        panels.page.get_by_role("menuitem", name="Import motion").click()
    chooser.value.set_files(file)
    panels.until("() => harness.session.document.layers.length === 3")
    assert panels.names == ["back", "middle", "front"]
    panels.undo()
    assert panels.names == ["middle", "front"]


def test_tracks_are_imported_as_layers_and_other_text_is_refused(show, tmp_path):
    panels = show(document=THREE)
    tracks, nonsense = tmp_path / "points.json", tmp_path / "nonsense.json"
    tracks.write_text(json.dumps([[{"x": 100 + 10 * n, "y": 80} for n in range(17)]]))
    nonsense.write_text("[1, 2, ")
    for file, wait in (
        (tracks, "() => harness.session.document.layers.length === 4"),
        (
            nonsense,
            "() => /nonsense.json cannot be read/.test(document.querySelector('.flowbrush-notice').textContent)",
        ),
    ):
        panels.button("More").click()
        with panels.page.expect_file_chooser() as chooser:
            panels.page.get_by_role("menuitem", name="Import motion").click()
        chooser.value.set_files(file)
        panels.until(wait)
    (path,) = panels.layers[3]["motion"]["paths"]
    assert path["points"][0] == pytest.approx([100 / 640, 80 / 360], abs=0.01)
    assert path["points"][-1] == pytest.approx([260 / 640, 80 / 360], abs=0.01)


def test_a_question_mark_opens_the_help_and_escape_closes_it(show):
    panels = show(document=THREE)
    panels.press("?")
    dialog = panels.page.get_by_role("dialog", name="Shortcuts")
    dialog.wait_for(state="visible")
    assert "drag an arrow" in dialog.inner_text()
    panels.page.keyboard.press("b")
    panels.page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    assert panels.page.evaluate("() => document.activeElement.className") == "flowbrush-stage"
    assert panels.text() == THREE


def test_control_z_takes_the_last_point_of_an_unfinished_spline_back(show):
    panels = show(document=THREE)
    panels.press("s")
    box = panels.page.locator(".flowbrush-stage").bounding_box()
    for share in (0.35, 0.5, 0.65):
        panels.page.mouse.click(box["x"] + box["width"] * share, box["y"] + box["height"] * 0.5, delay=30)
        panels.page.wait_for_timeout(450)  # else it would be a double-click
    panels.page.keyboard.press("Control+z")
    panels.page.keyboard.press("Enter")
    paths = [path for each in panels.layers for path in each["motion"]["paths"]]
    assert len(paths) == 1 and len(paths[0]["points"]) == 2
    assert len(panels.layers) == 3
