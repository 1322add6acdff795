import json

import torch
from flowbrush.benchmarks.interpolation import METHODS, compare, main, procedural_clips


def test_ours_beats_blending_and_opencv_on_what_moves(tmp_path, capsys):
    file = tmp_path / "rows.json"
    assert main(["--clips", "2", "--size", "96", "--frames", "3", "--json", str(file)]) == 0
    rows = {(row["clips"], row["name"]): row for row in json.loads(file.read_text())}
    assert {name for _, name in rows} == set(METHODS)
    for kind in ("procedural", "photo"):
        ours = rows[kind, "flowbrush"]["psnr_moving_mean"]
        assert ours > rows[kind, "blend"]["psnr_moving_mean"]
        assert ours > rows[kind, "opencv_warp"]["psnr_moving_mean"]
    assert "flowbrush" in capsys.readouterr().out


def test_frames_that_do_not_change_are_left_out():
    still = torch.rand(1, 32, 32, 3, generator=torch.Generator().manual_seed(0)).expand(3, -1, -1, -1)
    assert compare([("still", still)]) == []


def test_the_same_seed_gives_the_same_clips():
    a, b = (next(iter(procedural_clips(1, 64, 3, seed=5)))[1] for _ in range(2))
    assert a.shape == (3, 64, 64, 3) and torch.equal(a, b)
