import json

import pytest
from flowbrush.benchmarks import response


def test_it_prints_and_writes_a_row_for_the_first_preview_and_for_a_changed_one(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(response, "comfyui_folder", lambda: None)
    monkeypatch.setattr(response, "LAYERS", 2)
    assert response.main(["--rounds", "1", "--json", str(tmp_path / "rows.json")]) == 0
    rows = json.loads((tmp_path / "rows.json").read_text())
    assert [row["name"] for row in rows] == ["preview, first", "preview, one motion changed"]
    assert all(row["seconds"] > 0 and row["rounds"] == 1 for row in rows)
    printed = capsys.readouterr().out
    assert all(row["name"] in printed for row in rows)
    assert "no ComfyUI found" in printed


@pytest.mark.comfyui
def test_it_measures_the_import_of_all_nodes_in_comfyui(comfyui_path):
    row = response.import_row(comfyui_path, 1)
    assert row["nodes"] >= 18
    assert row["seconds"] > 0
