"""The panels in every layout, theme and size: nothing is cut off, and modules load when they are needed."""

import pytest

from ..comfyui.server import ROOT
from .panels import COMPACT, LARGE, layer, written

pytestmark = pytest.mark.browser

THREE = written(
    layer("back", at=(0.2, 0.5), color="#ff0000"),
    layer("middle", at=(0.5, 0.5)),
    layer("front", at=(0.8, 0.5)),
)
# Finds elements that cut off their content or reach beyond the editor, unless they scroll.
CUT_OFF = """() => {
    const editor = document.querySelector('.flowbrush-editor'), edge = editor.getBoundingClientRect();
    const shown = [...editor.querySelectorAll('button, span, h3, input, select, .flowbrush-segments, .flowbrush-line')]
        .filter((each) => each.offsetParent && !each.closest('.flowbrush-chip-list, .flowbrush-timeline'));
    return shown.filter((each) => {
        const { overflowX, textOverflow, display } = getComputedStyle(each), box = each.getBoundingClientRect();
        const cut = each.scrollWidth > each.clientWidth + 1 && each.clientWidth > 0;
        const said = textOverflow === 'ellipsis' || /auto|scroll/.test(overflowX) || display === 'inline';
        const inside = box.left >= edge.left - 1 && box.right <= edge.right + 1;
        return (cut && !said && each.localName !== 'input') || !inside;
    }).map((each) => each.className + ' ' + each.textContent.slice(0, 40));
}"""


# ----------------------------------------------------------------------------------------------------------- layouts

FULL = written(
    layer(
        "a layer with quite a long name",
        motion={
            "paths": [
                {"points": [[0.5, 0.5], [0.6, 0.4], [0.8, 0.4]], "times": [0, 0.3, 1]},
                {"points": [[0.4, 0.4], [0.6, 0.2]]},
            ],
            "sway": {"kind": "breathe", "amount": 0.05},
            "ambient": {"amount": 0.02},
            "loop": "pingpong",
        },
    ),
    camera={"keyframes": [{"time": 0.5, "pan": 2}, {"time": 1, "dolly": 0.1}]},
)


@pytest.mark.parametrize("width", [320, 420, 640, LARGE[0]])
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_nothing_is_cut_off(show, width, theme):
    large = width == LARGE[0]
    panels = show(LARGE if large else (width + 40, 760), document=FULL, width=width, height=720, theme=theme)
    if not large:
        assert panels.page.locator(".flowbrush-side").count() == 1
        panels.button("Motion, region, camera, layers and timeline").click()
    panels.page.get_by_role("tab", name="Motion").wait_for()
    panels.page.evaluate("() => harness.session.select({ layer: 0, path: 0, point: 1 })")
    for tab in ["Motion", "Region", "Camera"] + ([] if large else ["Layers", "Timeline"]):
        panels.tab(tab)
        panels.page.wait_for_timeout(100)
        assert panels.page.evaluate(CUT_OFF) == [], tab


def contrast(page, selector):
    """WCAG's contrast of a text against what lies behind it."""
    return page.evaluate(
        """(selector) => {
            const probe = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
            const light = (color) => {
                probe.fillStyle = color;
                probe.fillRect(0, 0, 1, 1);
                const [r, g, b] = [...probe.getImageData(0, 0, 1, 1).data].slice(0, 3)
                    .map((each) => each / 255).map((each) => (each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4));
                return 0.2126 * r + 0.7152 * g + 0.0722 * b;
            };
            const element = document.querySelector(selector);
            const editor = document.querySelector('.flowbrush-editor');
            const [a, b] = [light(getComputedStyle(element).color), light(getComputedStyle(editor).backgroundColor)];
            return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        }""",
        selector,
    )


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_texts_are_read_easily_in_every_theme(show, theme):
    panels = show(document=FULL, theme=theme)
    panels.page.get_by_role("tab", name="Motion").wait_for()
    panels.select(0)
    assert contrast(panels.page, ".flowbrush-motion .flowbrush-label") > 7
    assert contrast(panels.page, ".flowbrush-tab[aria-selected=false]") > 4.5 or theme == "dark"
    assert contrast(panels.page, ".flowbrush-tab[aria-selected=false]") > 3


def test_on_a_screen_of_twice_the_pixels_the_stage_is_drawn_at_all_of_them(show):
    panels = show(scale=2, document=THREE)
    canvas, shown = panels.page.evaluate(
        """() => {
            const stage = document.querySelector('.flowbrush-stage'), canvas = stage.querySelector('canvas');
            return [canvas.width, stage.offsetWidth];
        }"""
    )
    assert canvas == pytest.approx(2 * shown, abs=2)
    box = panels.page.locator(".flowbrush-stage").bounding_box()
    panels.select(0)
    panels.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    x, y, _ = panels.layers[0]["region"]["strokes"][-1]["points"][0]
    assert (x, y) == pytest.approx((0.5, 0.5), abs=0.005)


def test_the_node_has_chips_and_a_drawer_and_the_large_view_has_neither(show):
    panels = show(COMPACT, document=THREE, width=400, height=680)
    chip = panels.page.locator(".flowbrush-chip", has_text="middle")
    chip.click()
    assert panels.page.evaluate("() => harness.session.selection.layer") == 1
    drawer = panels.button("Motion, region, camera, layers and timeline")
    assert panels.page.get_by_role("tab").count() == 0
    drawer.click()
    panels.page.get_by_role("tab", name="Motion").wait_for()
    panels.type("Horizontal", 30)
    assert panels.layers[1]["motion"]["horizontal"] == 0.3
    panels.page.set_viewport_size({"width": LARGE[0], "height": LARGE[1]})
    panels.button("Enlarge").click()
    panels.page.locator(".flowbrush-editor[data-layout=large]").wait_for()
    assert not chip.is_visible() and not drawer.is_visible()
    assert panels.page.locator(".flowbrush-timeline").is_visible()
    assert panels.field("Horizontal").input_value() == "30"


# -------------------------------------------------------------------------------------------------- what comes later


ON_DEMAND = (
    "document/group.mjs",
    "document/group_edits.mjs",
    "panels/align_bar.mjs",
    "stage/keyboard_pointer.mjs",
    "stage/overlay_marks.mjs",
    "stage/overlay_pins.mjs",
    "stage/tools/pin.mjs",
    "stage/tools/sam3.mjs",
    "stage/tools/selection_box.mjs",
    "commands/pasting.mjs",
    "commands/preset_files.mjs",
    "document/presets.mjs",
    "panels/preset_picture.mjs",
    "panels/presets_panel.mjs",
    "preset_player.mjs",
    "on_demand.css",
)
"""Files that are fetched only when the artist opens what they are for, so they do not slow the first minute."""
MOST_ON_DEMAND = 80_000
"""Bytes of all of them: a line of 10 Mbit/s brings them within a tenth of a second, and no tool or panel needs them all."""


def test_what_is_loaded_on_demand_is_small_and_does_not_load_at_first(show):
    folder = ROOT / "js" / "editor"
    assert sum((folder / name).stat().st_size for name in ON_DEMAND) < MOST_ON_DEMAND
    panels = show()
    loaded = panels.page.evaluate(
        "() => performance.getEntriesByType('resource').map(({ name }) => name.split('/editor/')[1])"
    )
    assert not set(ON_DEMAND) & set(loaded)


def test_modules_are_loaded_only_when_they_are_needed(show):
    panels = show(COMPACT, width=400, height=680, picture="none")
    loaded = """() => Object.fromEntries(performance.getEntriesByType('resource')
        .filter((each) => each.name.includes('/editor/')).map((each) => [each.name.split('/editor/')[1], each.decodedBodySize]))"""
    first = panels.page.evaluate(loaded)
    assert sum(first.values()) < 182_000
    assert not {"panels.mjs", "player_webgl.mjs", "player_2d.mjs", "field_client.mjs", "menu.mjs"} & set(
        first
    )
    stage = panels.page.locator(".flowbrush-stage")
    stage.hover()
    arrival = {
        "commands/clipboard.mjs",
        "stage/region_canvas.mjs",
        "stage/overlay_regions.mjs",
        "document/draw_order.mjs",
        "geometry/contour.mjs",
        "geometry/raster.mjs",
        "geometry/raster_shapes.mjs",
    }
    panels.until(
        f"() => ['commands/clipboard.mjs', 'stage/overlay_regions.mjs', 'geometry/raster_shapes.mjs']"
        f".every((name) => ({loaded})()[name])"
    )
    hovered = panels.page.evaluate(loaded)
    assert hovered.keys() - first.keys() == arrival, (
        "the pointer's arrival loads what draws regions, copies and pastes"
    )
    panels.drag(stage, (60, 10), by=True)
    assert panels.page.evaluate(loaded) == hovered, "a stroke loads nothing"


def test_a_click_that_comes_before_its_module_has_loaded_is_not_lost(show):
    panels = show(COMPACT, document=THREE, width=400, height=680)
    slow = lambda route: (window.wait_for_timeout(300), route.continue_())  # noqa: E731
    window = panels.window
    window.route("**/menu.mjs", slow)
    window.route("**/tools/arrow.mjs", slow)
    panels.button("More").click()
    window.get_by_role("menuitem", name="Shortcuts").wait_for(state="visible")
    window.keyboard.press("Escape")
    panels.select(0)
    panels.press("a")
    panels.drag(window.locator(".flowbrush-stage"), (70, 0), by=True)
    panels.until("() => harness.session.document.layers.some((layer) => layer.motion.paths.length)")


def test_a_cropped_picture_keeps_its_own_pixels(show):
    """First Frame's crop to a small video is painted on with the pixels of the large picture."""
    fit = """async ([width, height, fit]) => {
        const { fitPicture } = await import('/js/editor/comfyui/picture_fit.mjs');
        const canvas = document.createElement('canvas');
        [canvas.width, canvas.height] = [width, height];
        const context = canvas.getContext('2d', { willReadFrequently: true });
        context.fillStyle = '#f00';
        context.fillRect(0, 0, width, height);
        context.fillStyle = '#00f';
        context.fillRect(width / 2 - 40, height / 2 - 40, 80, 80);
        const image = await fitPicture(await createImageBitmap(canvas), fit);
        const read = document.createElement('canvas');
        [read.width, read.height] = [image.width, image.height];
        read.getContext('2d', { willReadFrequently: true }).drawImage(image, 0, 0);
        const at = (x, y) => [...read.getContext('2d', { willReadFrequently: true }).getImageData(x, y, 1, 1).data];
        return [image.width, image.height, at(image.width >> 1, image.height >> 1), at(1, 1)];
    }"""
    panels = show(picture="none")
    run = panels.page.evaluate
    red, blue, black = [255, 0, 0, 255], [0, 0, 255, 255], [0, 0, 0, 255]
    assert run(fit, [1600, 800, {"width": 320, "height": 320, "mode": "crop"}]) == [800, 800, blue, red]
    assert run(fit, [1600, 800, {"width": 320, "height": 320, "mode": "pad"}]) == [1600, 1600, blue, black]
    assert run(fit, [1600, 800, {"width": 320, "height": 320, "mode": "stretch"}])[:2] == [1600, 800]
    assert run(fit, [1600, 300, {"width": 100, "height": 400, "mode": "pad"}])[:2] == [512, 2048]


def test_a_picture_with_more_pixels_than_the_video_is_shown_with_the_size_of_the_video(show):
    panels = show(document=THREE)
    panels.page.evaluate(
        """async () => {
            const canvas = document.createElement('canvas');
            [canvas.width, canvas.height] = [1280, 720];
            const image = await createImageBitmap(canvas);
            harness.session.setPicture({ image, width: 640, height: 352, label: 'cropped' });
        }"""
    )
    panels.page.locator(".flowbrush-status", has_text="640 × 352").wait_for()
    assert panels.page.evaluate("() => harness.session.aspect") == pytest.approx(640 / 352)


def test_the_playhead_stands_where_the_scrubber_does_from_the_start(show):
    panels = show(COMPACT, document=FULL, width=400, height=680)
    panels.page.evaluate("() => harness.session.setTime(0.75)")
    panels.page.set_viewport_size({"width": LARGE[0], "height": LARGE[1]})
    panels.button("Enlarge").click()
    panels.page.locator(".flowbrush-timeline").wait_for()
    at = "(name) => getComputedStyle(document.querySelector(name)).getPropertyValue(name === '.flowbrush-scrub' ? '--to' : '--at')"
    assert float(panels.page.evaluate(at, ".flowbrush-playhead")) == 0.75
    assert float(panels.page.evaluate(at, ".flowbrush-scrub")) == 0.75


def test_six_layers_are_chips_in_the_node_that_can_all_be_seen(show):
    names = [f"layer {number}" for number in range(6)]
    panels = show(COMPACT, document=written(*[layer(name) for name in names]), width=400, height=680)
    seen = """() => {
        const list = document.querySelector('.flowbrush-chip-list'), room = list.getBoundingClientRect();
        return [...list.children].filter((chip) => {
            const { left, right, top, bottom } = chip.getBoundingClientRect();
            return left >= room.left && right <= room.right && top >= room.top && bottom <= room.bottom;
        }).map((chip) => chip.textContent);
    }"""
    assert panels.page.evaluate(seen) == names


def test_the_list_of_shortcuts_is_as_large_as_its_text(show):
    panels = show(document=THREE)
    panels.press("?")
    panels.page.get_by_role("dialog", name="Shortcuts").wait_for()
    empty = """() => {
        const card = document.querySelector('.flowbrush-help-card').getBoundingClientRect();
        const rows = [...document.querySelectorAll('.flowbrush-help dl > div')].map((row) => row.getBoundingClientRect());
        return [(card.bottom - Math.max(...rows.map(({ bottom }) => bottom))) / card.height, card.height];
    }"""
    share, height = panels.page.evaluate(empty)
    assert share < 0.15 and height < LARGE[1]
