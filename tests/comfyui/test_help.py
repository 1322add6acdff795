"""ComfyUI serves each node's help page where its help panel looks for it."""

import re
import urllib.request
from pathlib import Path

import pytest

pytestmark = pytest.mark.comfyui

DOCS = Path(__file__).parents[2] / "js" / "docs"


def served_file(comfyui, node_id, name):
    """The bytes of `name`, relative to the address at which the frontend looks for the help of `node_id`."""
    pack = comfyui.get(f"/object_info/{node_id}")[node_id]["python_module"].removeprefix("custom_nodes.")
    with urllib.request.urlopen(comfyui.url(f"/extensions/{pack}/docs/{name}"), timeout=30) as answer:
        assert (
            "text/html" not in answer.headers["Content-Type"]
        )  # which the frontend takes for a missing page
        return answer.read()


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.stem)
def test_help_page_is_served_to_the_panel(comfyui, page):
    assert served_file(comfyui, page.stem, page.name) == page.read_bytes()


@pytest.mark.parametrize("language", ["zh", "ja"])
def test_translated_help_page_and_its_pictures_are_served_to_the_panel(comfyui, language):
    node_id = "FlowbrushMotionBrush"
    page = served_file(comfyui, node_id, f"{node_id}/{language}.md")
    assert page == (DOCS / node_id / f"{language}.md").read_bytes()
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", page.decode("utf-8"))
    assert len(pictures) == 2
    for picture in pictures:  # whose address begins like that of the English page
        assert served_file(comfyui, node_id, picture) == (DOCS / picture).read_bytes()
