import json

from flowbrush.benchmarks.pins import main


def test_the_elastic_fit_has_less_energy_for_every_shape(tmp_path, capsys):
    file = tmp_path / "pins.json"
    assert main(["--draws", "4", "--json", str(file)]) == 0
    rows = json.loads(file.read_text())
    shapes, folds = rows[:3], rows[3:]
    assert [row["name"] for row in shapes] == ["bar", "cross", "disc"]
    assert {row["name"] for row in folds} == {"elastic pins", "bones", "hang"}
    assert all(row["folded"] < 0.005 for row in folds)
    assert all(0 < row["elastic"] < row["moving_least_squares"] and row["worst"] < 1 for row in shapes)
    assert "energy" in capsys.readouterr().out
