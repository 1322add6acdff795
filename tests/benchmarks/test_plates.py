import torch
from flowbrush.benchmarks import layers, plates


def test_a_row_for_each_way_of_filling(monkeypatch):
    """The plate has the texture of the truth; a plain fill has none."""
    monkeypatch.setattr(layers, "SIZE", 144)
    ways = {
        "plate": lambda picture, hole, plate: plate,
        "plain": lambda picture, hole, plate: torch.full_like(picture, 0.5),
    }
    plate, plain = plates.rows(2, ways)
    assert [row["name"] for row in (plate, plain)] == ["plate", "plain"]
    assert plate["scenes"] == plain["scenes"] == 2
    assert plain["energy_ratio"] == 0 < plate["energy_ratio"]
