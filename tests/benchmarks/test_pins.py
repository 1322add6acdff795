import json

from flowbrush.benchmarks.pins import main


def test_the_elastic_fit_has_less_energy_for_every_shape(tmp_path, capsys):
    file = tmp_path / "pins.json"
    assert main(["--draws", "4", "--json", str(file)]) == 0
    rows = json.loads(file.read_text())
    assert [row["name"] for row in rows] == ["bar", "cross", "disc"]
    assert all(0 < row["elastic"] < row["moving_least_squares"] and row["worst"] < 1 for row in rows)
    assert "energy" in capsys.readouterr().out
