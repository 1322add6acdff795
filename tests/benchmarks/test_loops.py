import json

import pytest
from flowbrush.benchmarks.loops import folded_share, loop_rows, main
from flowbrush.motion.field.field import field_from_document


def test_a_row_names_the_preset_its_seam_and_its_time(tmp_path, capsys):
    file = tmp_path / "loops.json"
    assert (
        main(["--size", "48", "64", "--frames", "12", "--names", "breathing_portrait", "--json", str(file)])
        == 0
    )
    (row,) = json.loads(file.read_text())
    assert row["name"] == "breathing_portrait" and row["seam_ratio"] <= 1.1 and row["folded"] == 0
    assert row["seconds"] > 0 and row["remaps"] > 0
    assert "seam" in capsys.readouterr().out


def test_a_fold_is_seen():
    turned = {"region": {"everything": True}, "motion": {"pins": []}}
    pins = [{"at": [0.3, 0.5], "move": [0.6, 0]}, {"at": [0.7, 0.5], "move": [-0.6, 0]}, {"at": [0.5, 0.1]}]
    folding = {**turned, "motion": {"pins": pins}}
    share = folded_share(field_from_document(json.dumps({"version": 2, "layers": [folding]}), 5), 1.0)
    still = folded_share(field_from_document(json.dumps({"version": 2, "layers": [turned]}), 5), 1.0)
    assert share > 0.02 and still == 0


def test_an_unknown_preset_is_refused():
    with pytest.raises(ValueError, match="no preset"):
        next(iter(loop_rows(["moon"], (48, 64), 4)))
