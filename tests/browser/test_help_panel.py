"""ComfyUI's panel shows a node's help page in the user's language, with its pictures."""

import re
from pathlib import Path

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.comfyui]

PAGE = Path(__file__).parents[2] / "js" / "docs" / "FlowbrushMotionBrush" / "zh.md"


@pytest.fixture
def help_panel(browser, comfyui):
    """The help of a Motion Brush in the side panel of ComfyUI in Chinese."""
    comfyui.post(
        "/settings",
        {"Comfy.Locale": "zh", "Comfy.VueNodes.Enabled": False, "Comfy.RightSidePanel.IsOpen": True},
    )
    page = browser.new_page(viewport={"width": 1600, "height": 1000})
    try:
        page.set_default_timeout(90_000)
        page.goto(comfyui.url("/"))
        page.wait_for_function("window.app?.graph && !!LiteGraph.registered_node_types.FlowbrushMotionBrush")
        page.evaluate(
            """async () => {
                await app.loadGraphData({version: 0.4, last_node_id: 0, last_link_id: 0, nodes: [], links: [],
                    groups: [], config: {}, extra: {}});
                app.canvas.ds.scale = 1;
                app.canvas.ds.offset = [100, 60];
                const node = LiteGraph.createNode('FlowbrushMotionBrush');
                node.pos = [420, 100];
                app.graph.add(node);
            }"""
        )
        page.locator(".flowbrush-stage").wait_for()
        page.mouse.click(560, 145)  # the title of the node
        page.locator("#tab-info").click()
        page.locator(".node-help-content h1").wait_for()
        yield page.locator(".node-help-content")
    finally:
        page.close()
        comfyui.post("/settings", {"Comfy.Locale": "en", "Comfy.RightSidePanel.IsOpen": False})


def test_the_panel_shows_the_translated_page_with_its_pictures(help_panel, tmp_path):
    text = PAGE.read_text("utf-8")
    assert help_panel.locator("h1").inner_text() == text.splitlines()[0].removeprefix("# ")
    assert help_panel.locator("h2").all_inner_texts() == re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert help_panel.locator("tr").count() == len(re.findall(r"^\| ", text, re.MULTILINE))
    pictures = help_panel.locator("img")
    assert pictures.count() == 2
    for number in range(2):
        pictures.nth(number).scroll_into_view_if_needed()
        help_panel.page.wait_for_function(
            "(number) => document.querySelectorAll('.node-help-content img')[number].complete", arg=number
        )
        assert pictures.nth(number).evaluate("(image) => image.naturalWidth") == 1600
    help_panel.page.screenshot(path=str(tmp_path / "help.png"))
