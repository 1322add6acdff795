"""The help pages in other languages keep to the English ones: the same parts, names and choices."""

import re
from functools import cache
from pathlib import Path

import pytest
from comfy_api.latest import io
from flowbrush.nodes import node_classes
from flowbrush.translations import LANGUAGES
from flowbrush.translations.build import locale_files

DOCS = Path(__file__).parents[2] / "js" / "docs"
PAGES = sorted(DOCS.glob("*/*.md"))  # NODE/LANGUAGE.md
OPTIONAL = {"zh": "可选", "ja": "省略可"}
CODE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(params=PAGES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def page(request):
    return request.param


@cache
def schemas():
    return {schema.node_id: schema for schema in (node.define_schema() for node in node_classes())}


@cache
def node_names(language):
    """The translated display name of each node."""
    return {node_id: texts["display_name"] for node_id, texts in locale_files(language)["nodeDefs"].items()}


def english(path):
    return (DOCS / f"{path.parent.name}.md").read_text("utf-8")


def input_rows(path):
    """The table under the heading that stands where `Inputs` does on the English page, as {input: the rest}."""
    titles = re.findall(r"^## (.+)$", english(path), re.MULTILINE)
    section = path.read_text("utf-8").split("\n## ")[1 + titles.index("Inputs")]
    return dict(re.findall(r"^\| `([^`]+)` \| (.+) \|$", section, re.MULTILINE))


def table_shapes(text):
    """The number of columns of each row of each table, in order."""
    return [line.count(" | ") for line in text.splitlines() if line.startswith("|")]


def first_columns(text):
    """What is in backticks in the first column of each row."""
    return [
        re.findall(r"`[^`]+`", line.split(" | ")[0]) for line in text.splitlines() if line.startswith("|")
    ]


def messages(text):
    """The messages at the beginning of the entries under the last heading, which the nodes give in English."""
    return re.findall(r"^- (\*.+?\*)(?=[:：]| )", text.split("\n## ")[-1], re.MULTILINE)


@pytest.mark.parametrize("language", OPTIONAL)
def test_every_node_has_a_page(language):
    assert {node_id for node_id in schemas() if not (DOCS / node_id / f"{language}.md").is_file()} == set()


def test_pages_are_named_after_a_node_and_a_language(page):
    assert page.parent.name in schemas()
    assert page.stem in LANGUAGES


def test_the_title_is_the_translated_name_of_the_node(page):
    assert page.read_text("utf-8").splitlines()[0] == f"# {node_names(page.stem)[page.parent.name]}"


def test_headings_steps_and_entries_are_as_many_as_in_english(page):
    translated, original = (CODE.sub("", text) for text in (page.read_text("utf-8"), english(page)))
    for beginning in (r"# ", r"## ", r"\d\. ", r"- ", r"!\["):
        count = [len(re.findall(f"^{beginning}", text, re.MULTILINE)) for text in (translated, original)]
        assert count[0] == count[1], beginning


def test_tables_have_the_rows_and_columns_of_the_english_ones(page):
    translated = page.read_text("utf-8")
    assert table_shapes(translated) == table_shapes(english(page))
    assert first_columns(translated) == first_columns(english(page))


def test_every_widget_and_every_choice_is_quoted(page):
    rows, inputs = input_rows(page), schemas()[page.parent.name].inputs
    assert list(rows) == [given.id for given in inputs]
    if page.parent.name == "FlowbrushLoadModel":  # its choices are the files on the user's disk
        return
    for given in inputs:
        for option in getattr(given, "choices", None) or []:
            assert f"`{option}`" in rows[given.id], (given.id, option)


def test_optional_inputs_are_called_so_and_others_are_not(page):
    rows = input_rows(page)
    for given in schemas()[page.parent.name].inputs:
        if not isinstance(given, io.WidgetInput):
            assert rows[given.id].startswith(OPTIONAL[page.stem]) == bool(given.optional), given.id


def test_code_messages_and_names_in_backticks_are_those_of_the_english_page(page):
    translated, original = page.read_text("utf-8"), english(page)
    assert CODE.findall(translated) == CODE.findall(original)
    assert messages(translated) == messages(original)
    quoted = [set(re.findall(r"`([^`\n]+)`", CODE.sub("", text))) for text in (translated, original)]
    assert quoted[0] == quoted[1]


def test_other_nodes_have_their_translated_names(page):
    names = {schema.display_name.removeprefix("Flowbrush "): schema.node_id for schema in schemas().values()}
    translated = page.read_text("utf-8")
    for name in set(re.findall(r"\*\*([^*]+)\*\*", english(page))) & set(names):
        assert f"**{node_names(page.stem)[names[name]].removeprefix('Flowbrush ')}**" in translated, name


def test_pictures_are_named_from_the_folder_of_the_english_pages(page):
    # the frontend puts the same address before the pictures of a node's page, whatever its language is
    pictures = [
        re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text) for text in (page.read_text("utf-8"), english(page))
    ]
    assert pictures[0] == pictures[1]
    assert not re.findall(r"(?<!!)\[[^\]]*\]\((?!https?://)[^)]+\)", page.read_text("utf-8"))
