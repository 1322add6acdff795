"""The editor in other languages: nothing stays in English, nothing is cut off, and English loads no translations."""

import re

import pytest
from flowbrush.translations import LANGUAGES
from flowbrush.translations.build import table

from .panels import COMPACT, LARGE, layer, written
from .test_panel_layouts import CUT_OFF

pytestmark = pytest.mark.browser

DOCUMENT = written(
    layer(
        "雲",
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
    layer("船", freeze=True),
    camera={"keyframes": [{"time": 0.5, "pan": 2}, {"time": 1, "dolly": 0.1}]},
)
# The texts, tooltips and labels of the editor, without the names of keys.
TEXTS = """() => {
    const found = new Set(), editor = document.querySelector('.flowbrush-editor');
    for (const each of editor.querySelectorAll('*')) {
        for (const name of ['title', 'aria-label']) found.add(each.getAttribute(name) ?? '');
        if (each.localName === 'kbd' || each.localName === 'style') continue;
        for (const child of each.childNodes) if (child.nodeType === 3) found.add(child.data);
    }
    return [...found];
}"""
KEYS = re.compile(
    r"\([^()]+\)|\b(Alt|Shift|Ctrl|Delete|Enter|Escape|Esc|Backspace|Space|Home|End|F2|MASK|MB|image|LTX|Flowbrush|"
    r"ComfyUI|px|fps|x)\b"
)


def in_english(texts):
    """Those texts that still have a word in Latin letters."""
    return sorted(text for text in texts if re.search(r"[A-Za-z]{2}", KEYS.sub("", text)))


@pytest.mark.parametrize("language", ["ja", "zh", "ru"])
def test_no_text_of_the_editor_stays_in_english(show, language, tmp_path):
    panels = show(LARGE, document=DOCUMENT, picture="balloon", language=language)
    said = table(language)
    panels.page.evaluate("() => harness.session.select({ layer: 0, path: 0, point: 1 })")
    texts = set()
    for tab in ("Motion", "Region", "Camera"):
        panels.page.get_by_role("tab", name=said[tab]).click()
        panels.page.wait_for_timeout(100)
        texts |= set(panels.page.evaluate(TEXTS))
        panels.page.screenshot(path=str(tmp_path / f"{tab}.png"))
    for tool in ("select", "brush", "arrow", "spline", "fill", "hand"):
        panels.page.evaluate("(tool) => harness.session.setTool(tool)", tool)
        panels.page.wait_for_timeout(50)
        texts |= set(panels.page.evaluate(TEXTS))
    panels.page.get_by_role("button", name=said["More"]).click()
    panels.page.wait_for_timeout(200)
    panels.page.screenshot(path=str(tmp_path / "menu.png"))
    texts |= set(panels.page.evaluate(TEXTS))
    panels.page.keyboard.press("Escape")
    panels.page.evaluate("() => harness.editor.showHelp()")
    panels.page.wait_for_timeout(200)
    panels.page.screenshot(path=str(tmp_path / "help.png"))
    texts |= set(panels.page.evaluate(TEXTS))
    panels.page.keyboard.press("Escape")
    # What is wrong with a document is said in the server's words.
    panels.page.evaluate("() => harness.session.load('{}}')")
    panels.page.wait_for_timeout(200)
    texts |= {text for text in panels.page.evaluate(TEXTS) if not text.endswith("Extra data")}
    assert len(texts) > 200
    assert in_english(texts - {"balloon"}) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", [LARGE, COMPACT])
def test_nothing_is_cut_off_in_any_language(show, language, size, tmp_path):
    panels = show(
        size, document=DOCUMENT, picture="balloon", language=language, width=size[0] - 40, height=size[1] - 40
    )
    said = table(language)
    if size == COMPACT:
        panels.page.get_by_role("button", name=said["Motion, region, camera, layers and timeline"]).click()
        panels.page.get_by_role("tab").first.wait_for()
    panels.page.evaluate("() => harness.session.select({ layer: 0, path: 0, point: 1 })")
    for tab in ("Motion", "Region", "Camera"):
        panels.page.get_by_role("tab", name=said[tab], exact=True).click()
        panels.page.wait_for_timeout(100)
        panels.page.screenshot(path=str(tmp_path / f"{tab}.png"))
        assert panels.page.evaluate(CUT_OFF) == [], tab


def test_english_loads_no_translations(show):
    panels = show(LARGE, document=DOCUMENT)
    files = panels.page.evaluate("() => performance.getEntriesByType('resource').map(({name}) => name)")
    assert not [name for name in files if re.search(r"texts/|speak|translation", name)]
    assert any(name.endswith("language.mjs") for name in files)


@pytest.mark.comfyui
def test_comfyui_in_japanese_shows_the_node_and_its_editor_in_japanese(browser, comfyui, tmp_path):
    comfyui.post("/settings", {"Comfy.Locale": "ja", "Comfy.VueNodes.Enabled": False})
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    try:
        page.goto(comfyui.url("/"))
        page.wait_for_function("window.app?.extensionManager && window.app.graph", timeout=120_000)
        page.wait_for_function("!!LiteGraph.registered_node_types.FlowbrushMotionBrush")
        shown = page.evaluate(
            """async () => {
                await app.loadGraphData({version: 0.4, last_node_id: 0, last_link_id: 0, nodes: [], links: [],
                    groups: [], config: {}, extra: {}});
                const node = LiteGraph.createNode('FlowbrushMotionBrush');
                node.pos = [60, 60];
                app.graph.add(node);
                return [node.title, node.inputs.map((input) => input.localized_name ?? input.label ?? input.name)];
            }"""
        )
        said = table("ja")
        assert shown[0] == f"Flowbrush {said['Motion Brush']}"
        assert said["depth"] in shown[1]
        page.locator(".flowbrush-stage").wait_for()
        page.get_by_role("button", name=said["Brush"]).first.wait_for()
        commands = page.evaluate("() => app.extensionManager.command.commands.map(({id}) => id)")
        assert "Flowbrush.OpenEditor" in commands
        page.screenshot(path=str(tmp_path / "comfyui.png"))
    finally:
        page.close()
        comfyui.post("/settings", {"Comfy.Locale": "en"})
