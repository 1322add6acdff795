"""The model card has the facts in the files' headers and the measurements of these files."""

import json
import re

import pytest
from flowbrush.benchmarks import model_card
from flowbrush.benchmarks.evaluation import weights_facts
from flowbrush.models.bundled import KINDS, bundled_path
from flowbrush.models.checkpoint import read_header

AGAIN = "run `python run.py bench model_card`"


@pytest.fixture(scope="module")
def card():
    return model_card.CARD.read_text("utf-8")


@pytest.fixture(scope="module")
def numbers():
    return json.loads(model_card.NUMBERS.read_text("utf-8"))


def test_the_card_equals_the_text_made_from_headers_and_numbers(card, numbers):
    assert model_card.updated_card(card, numbers) == card, AGAIN


def test_the_numbers_were_measured_on_the_weights_that_are_bundled(numbers):
    assert numbers["weights"] == weights_facts(), (
        f"run `bench evaluation --quick --json FILE`, then {AGAIN} --evaluation FILE"
    )


@pytest.mark.parametrize("kind", KINDS)
def test_steps_hours_and_checksum_of_each_file_are_those_of_its_header(card, kind):
    header = read_header(bundled_path(kind))
    facts, line = header["facts"], next(line for line in card.splitlines() if bundled_path(kind).name in line)
    runs, earlier = [facts], facts.get("before")
    while earlier:
        runs, earlier = [earlier, *runs], earlier.get("before")
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert [int(steps) for steps in cells[3].split("+")] == [run["steps"] for run in runs]
    assert float(cells[4]) == pytest.approx(sum(run["minutes"] for run in runs) / 60, abs=0.006)
    assert cells[5].strip("`") == header["sha256"][:12]
    assert facts["data"] in card and facts["licence"] in card


def test_a_changed_header_or_number_changes_the_card(card, numbers, monkeypatch):
    worse = json.loads(json.dumps(numbers))
    worse["motion"][0]["epe_median"] += 1
    assert model_card.updated_card(card, worse) != card
    header = model_card.read_header

    def longer(path):
        found = header(path)
        return found | {"facts": found["facts"] | {"minutes": found["facts"]["minutes"] + 60}}

    monkeypatch.setattr(model_card, "read_header", longer)
    monkeypatch.setattr(model_card, "read", lambda path: ({}, longer(path)))
    assert model_card.updated_card(card, numbers) != card


def test_settings_are_printed_with_all_their_digits(card):
    last = [line for line in card.splitlines() if line.startswith("| video transformer |")][-1]
    for name, value in read_header(bundled_path("dit"))["facts"]["settings"].items():
        stated = re.search(rf"\b{name} ([^,|]+?)[,| ]", last)
        assert stated, f"{name} is missing"
        if isinstance(value, float):
            assert float(stated[1]) == value, name


def test_every_block_is_known_and_none_is_missing(card):
    named = re.findall(r"<!-- (?!end)(\w+) -->", card)
    assert set(named) == {"files", "training", "data", *model_card.TABLES} and len(named) == card.count(
        "<!-- end -->"
    )
    with pytest.raises(KeyError, match="nothing"):
        model_card.updated_card("<!-- nothing -->\n<!-- end -->", {})


def test_pictures_of_failures_are_there_and_small(card):
    shown = set(re.findall(r"\]\((docs/model_card/\w+\.jpg)\)", card))
    kept = list(model_card.KEPT.glob("*.jpg"))
    assert {f"docs/model_card/{path.name}" for path in kept} == shown and len(shown) >= 5
    assert sum(path.stat().st_size for path in model_card.KEPT.iterdir()) < 400_000
