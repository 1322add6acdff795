import json
from functools import partial

import pytest
import torch
from flowbrush.benchmarks import layers
from flowbrush.benchmarks.animation import animation_rows


def test_a_row_for_each_way_of_filling_and_each_drawing(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(layers, "SIZE", 144)
    monkeypatch.setattr(layers, "FRAMES", 3)
    monkeypatch.setattr(layers, "large_picture_row", partial(layers.large_picture_row, (540, 960)))
    assert (
        layers.main(
            [
                "--scenes",
                "4",
                "--mattes",
                "3",
                "--network",
                "0",
                "--rounds",
                "1",
                "--animate",
                "--json",
                str(tmp_path / "rows.json"),
            ]
        )
        == 0
    )
    rows = {row["name"]: row for row in json.loads((tmp_path / "rows.json").read_text(encoding="utf-8"))}
    assert list(rows) == [
        "completion",
        "smooth",
        "telea",
        "matte_5px",
        "matte_10px",
        "matte_parts_5px",
        "matte_parts_10px",
        "completion_4k",
        "render_1_layer",
        "render_3_layers",
        "render_1080p",
        "remap",
    ]
    assert rows["matte_10px"]["snapped"] < 0.5 * rows["matte_10px"]["painted"]
    assert rows["matte_parts_10px"]["snapped"] < 0.6 * rows["matte_parts_10px"]["painted"]
    assert rows["matte_parts_5px"]["kept"] > 0.7
    assert rows["completion"]["energy_ratio"] > 1.5 * rows["smooth"]["energy_ratio"]
    assert rows["remap"]["peak_mb"] < rows["render_1_layer"]["peak_mb"]
    assert all(row["seconds"] > 0 for row in rows.values())
    assert "energy_ratio" in capsys.readouterr().out


def test_the_energy_of_a_fill_counts_only_the_hole():
    picture = torch.zeros(8, 8, 3)
    picture[:, ::2] = 1
    hole = torch.zeros(8, 8, dtype=torch.bool)
    hole[:, :4] = True
    assert layers.gradient_energy(picture, hole) == pytest.approx(24 / (24 + 28))
    picture[:, 4:] = 0.5
    assert layers.gradient_energy(picture, hole) == pytest.approx(24 / (24 + 28))


def test_the_memory_of_an_animation_hardly_grows_with_its_length():
    """Both clips are longer than one group of frames that are drawn together."""
    short, long = animation_rows((81, 193), (240, 320))
    assert [row["name"] for row in (short, long)] == ["animate_81_frames", "animate_193_frames"]
    if short["peak_mb"] is None:
        pytest.skip("only Linux reports the peak memory of a process")
    all_frames = 193 * 240 * 320 * 3 * 4 / 2**20
    assert long["peak_mb"] - short["peak_mb"] < all_frames / 2
    assert 0 < short["start_mb"] <= short["peak_mb"]
