"""Every text has a translation in every language, with the same values in it, and the files in the repository are those of the code."""

import re

import pytest
from flowbrush.translations import LANGUAGES
from flowbrush.translations.build import (
    ROOT,
    locale_files,
    missing,
    same_everywhere,
    table,
    written_files,
)
from flowbrush.translations.javascript import literals
from flowbrush.translations.texts import all_texts, editor_texts, is_text, node_texts

PLACES = re.compile(r"\{\d\}|`[^`]+`")


@pytest.fixture(params=LANGUAGES)
def language(request):
    return request.param


def test_no_text_lacks_a_translation(language):
    assert missing(language) == []


def test_no_translation_is_left_of_a_text_that_is_gone(language):
    assert set(table(language)) - set(all_texts()) == set()


def test_values_and_quoted_names_are_the_same_in_every_language(language):
    wrong = {
        english: text
        for english, text in table(language).items()
        if sorted(PLACES.findall(english)) != sorted(PLACES.findall(text))
        or english.count("\n") != text.count("\n")
    }
    assert wrong == {}


def test_no_sentence_stays_in_english(language):
    same = [
        english
        for english, text in table(language).items()
        if english == text and len(re.findall(r"[A-Za-z]{2,}", english)) > 2
    ]
    assert same == []
    if language in ("zh", "zh-TW", "ja", "ko", "ru"):
        latin = [text for text in table(language).values() if not re.search(r"[^\x00-ɏ‐-⁯]", text)]
        # Only abbreviations and a few names of files and nodes are written in Latin letters there.
        assert all(len(text.split()) <= 2 for text in latin), latin


def test_names_and_descriptions_hold_no_signs_that_the_frontend_would_read_as_code(language):
    """ComfyUI's frontend compiles them with vue-i18n; it shows tooltips as they are."""
    for name, node in locale_files(language)["nodeDefs"].items():
        shown = [node["display_name"], node["description"]]
        shown += [part["name"] for kind in ("inputs", "outputs") for part in node[kind].values()]
        assert not [text for text in shown if re.search(r"[{}@|$]", text)], name


def test_english_is_what_the_code_says():
    assert locale_files("en")["nodeDefs"] == node_texts()


def test_a_quoted_name_of_an_input_is_the_one_that_the_node_shows():
    node = locale_files("ja")["nodeDefs"]["FlowbrushDecodeVideo"]["inputs"]
    assert f"`{node['composite']['name']}`" in node["source"]["tooltip"]


def test_the_files_are_those_of_the_code():
    for path, text in written_files().items():
        assert (ROOT / path).is_file(), path
        assert (ROOT / path).read_text(encoding="utf-8") == text, (
            f"{path}: python -m flowbrush.translations.build"
        )
    folders = {path.name for path in (ROOT / "locales").iterdir()}
    assert folders == {"en", *LANGUAGES}


def test_the_editor_knows_the_same_languages():
    code = (ROOT / "js" / "editor" / "dom" / "speak.mjs").read_text(encoding="utf-8")
    (listed,) = re.findall(r"const LANGUAGES = \[(.*?)\]", code, re.DOTALL)
    assert re.findall(r'"([^"]+)"', listed) == list(LANGUAGES)


def test_texts_are_found_in_javascript_wherever_they_stand():
    code = """
        // "not this" and `not that`
        /* "nor this" */
        const a = "A \\"quoted\\" text", b = 'Another one';
        const c = `Mask ${index}${late ? " (not connected)" : ""} of ${`${count} masks`}`;
        const e = "A long sentence " +
            "on two lines" + a + "alone";
        const d = text.replace(/"[^"/]*"/g, "x") / 2;
    """
    assert literals(code) == [
        'A "quoted" text', "Another one", " (not connected)", "", "{0} masks", "Mask {0}{1} of {2}",
        "A long sentence on two lines", "alone", "x",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("literal", "expected"),
    [
        ("New layer", True),
        ("brush stroke", True),
        ("“{0}” is hidden; show it to change it.", True),
        ("Undo {0}", True),
        ("FlowbrushMotionBrush", False),
        ("Ctrl+Z", False),
        ("M{0} {1}L{2}", False),
        ("panel motion", False),
        ("{0} {1}{2}", False),
        ("layers", False),
    ],
)
def test_texts_are_told_from_other_literals(literal, expected):
    assert is_text(literal) == expected


def test_the_editor_has_its_texts():
    texts = editor_texts()
    assert {"Brush", "Undo {0}", "Run once (Ctrl+Enter) to see the picture here"} <= set(texts)
    assert len(texts) == len(set(texts)) > 300


def test_names_of_types_stay():
    assert same_everywhere("IMAGE") and same_everywhere("cfg") and not same_everywhere("width")
