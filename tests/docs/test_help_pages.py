"""Every node has a help page that names its inputs, outputs and choices; the README lists the nodes and has no dead links."""

import re
from functools import cache
from pathlib import Path

import pytest
from comfy_api.latest import io
from flowbrush.nodes import node_classes
from flowbrush.nodes.table import with_node_table

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "js" / "docs"
SECTIONS = ("Inputs", "Outputs", "A short recipe", "When it says no")


@cache
def schemas():
    return {schema.node_id: schema for schema in (node.define_schema() for node in node_classes())}


def page(node_id):
    path = DOCS / f"{node_id}.md"
    assert path.is_file(), f"{node_id} has no help page"
    return path.read_text("utf-8")


def section(text, title):
    """The part under `## title`."""
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"there is no section {title!r}"
    return found.group(1)


def rows(text):
    """The rows of a table, as {name in the first column: the rest}."""
    return dict(re.findall(r"^\| `([^`]+)` \| (.+) \|$", text, re.MULTILINE))


@pytest.fixture(params=sorted(path.stem for path in DOCS.glob("*.md")))
def node_id(request):
    return request.param


def test_nodes_and_pages_match_one_to_one():
    assert sorted(schemas()) == sorted(path.stem for path in DOCS.glob("*.md"))


def test_the_title_is_the_nodes_name(node_id):
    assert page(node_id).splitlines()[0] == f"# {schemas()[node_id].display_name}"


def test_the_inputs_are_those_of_the_node_in_its_order(node_id):
    described = rows(section(page(node_id), "Inputs"))
    assert list(described) == [given.id for given in schemas()[node_id].inputs]
    assert all(len(words.split()) >= 3 for words in described.values())


def test_the_outputs_are_those_of_the_node_in_its_order(node_id):
    described = rows(section(page(node_id), "Outputs"))
    assert list(described) == [given.display_name or given.id for given in schemas()[node_id].outputs]


def test_optional_inputs_are_called_so_and_others_are_not(node_id):
    described = rows(section(page(node_id), "Inputs"))
    for given in schemas()[node_id].inputs:
        if not isinstance(given, io.WidgetInput):
            assert ("ptional" in described[given.id]) == bool(given.optional), given.id


def test_every_choice_is_explained(node_id):
    if node_id == "FlowbrushLoadModel":  # its choices are the files on the user's disk
        return
    described = rows(section(page(node_id), "Inputs"))
    for given in schemas()[node_id].inputs:
        for option in getattr(given, "choices", None) or []:
            assert f"`{option}`" in described[given.id], (given.id, option)


def test_every_page_has_a_recipe_and_what_the_errors_mean(node_id):
    text = page(node_id)
    for title in SECTIONS:
        assert section(text, title).strip()


def test_nodes_that_pages_speak_of_exist(node_id):
    known = {schema.display_name.removeprefix("Flowbrush ") for schema in schemas().values()}
    for name in re.findall(r"\*\*([A-Z][A-Za-z]*(?: [a-zA-Z]+)*)\*\*", page(node_id)):
        assert name in known, name


def test_pages_hold_no_relative_links(node_id):
    # ComfyUI shows the page inside its own window, where a link to a neighbouring page leads nowhere; pictures it finds
    assert not re.findall(r"(?<!!)\[[^\]]*\]\((?!https?://)[^)]+\)", page(node_id))
    for picture in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", page(node_id)):
        assert (ROOT / "js" / "docs" / picture).is_file(), picture


def headings(text):
    """The anchors that GitHub gives to the headings of a page."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_links_in_the_readme_lead_somewhere():
    readme = (ROOT / "README.md").read_text("utf-8")
    links = re.findall(r"\]\(([^)\s]+)\)", readme) + re.findall(r"(?:src|href)=\"([^\"]+)\"", readme)
    for link in links:
        if re.match(r"https?://|mailto:", link):
            continue
        path, _, anchor = link.partition("#")
        target = ROOT / path if path else ROOT / "README.md"
        assert target.exists(), link
        if anchor:
            assert anchor in headings(target.read_text("utf-8")), link


def test_the_readme_lists_the_nodes_with_their_descriptions():
    readme = (ROOT / "README.md").read_text("utf-8")
    assert readme == with_node_table(readme), "write the table with: python -m flowbrush.nodes.table"
    with pytest.raises(ValueError, match="the README has no lines `<!-- table of nodes -->`"):
        with_node_table("# Flowbrush")


def test_the_license_is_apache_in_full():
    text = (ROOT / "LICENSE").read_text("utf-8")
    assert "Version 2.0, January 2004" in text and "END OF TERMS AND CONDITIONS" in text
