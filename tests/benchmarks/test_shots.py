import csv
import json

import pytest
from flowbrush.benchmarks.shots import _list, main
from flowbrush.shots.shot_list import read_list


def test_the_list_has_a_seed_for_each_shot(tmp_path):
    path = _list(tmp_path, 3, 2)
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["FlowbrushLatentNoise.seed"] for row in rows] == ["1", "2", "3"]
    assert [row.inputs["FlowbrushSampler.steps"] for row in read_list(path)] == ["2"] * 3


@pytest.mark.slow
def test_a_row_is_printed_for_each_number_of_workers(tmp_path, capsys):
    file = tmp_path / "shots.json"
    assert main(["--shots", "1", "--workers", "1", "--json", str(file)]) == 0
    (row,) = json.loads(file.read_text())
    assert row["workers"] == row["shots"] == 1 and row["seconds"] > 0 and row["times_as_fast"] == 1
    assert "times as fast" in capsys.readouterr().out
