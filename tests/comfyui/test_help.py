"""ComfyUI serves each node's help page where its help panel looks for it."""

import urllib.request
from pathlib import Path

import pytest

pytestmark = pytest.mark.comfyui

DOCS = Path(__file__).parents[2] / "js" / "docs"


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.stem)
def test_help_page_is_served_to_the_panel(comfyui, page):
    node = comfyui.get(f"/object_info/{page.stem}")[page.stem]
    pack = node["python_module"].removeprefix("custom_nodes.")  # how the frontend finds the folder
    with urllib.request.urlopen(comfyui.url(f"/extensions/{pack}/docs/{page.name}"), timeout=30) as answer:
        assert answer.read() == page.read_bytes()
