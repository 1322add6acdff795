import json

import pytest
import torch
from flowbrush.benchmarks.interpolation import METHODS, compare, file_triples, main, procedural_clips, triples
from flowbrush.benchmarks.similarity import ssim
from flowbrush.hosts.headless.videos import write_video


def test_the_pack_beats_blending_and_opencv_on_moving_pixels(tmp_path, capsys):
    file = tmp_path / "rows.json"
    small = ["--procedural", "2", "--size", "96", "--frames", "3"]
    assert main([*small, "--json", str(file)]) == 0
    rows = {(row["clips"], row["name"]): row for row in json.loads(file.read_text())}
    assert {name for _, name in rows} == {*METHODS, "network"}
    for kind in ("procedural", "photo"):
        for name in ("optical_flow", "network"):
            ours = rows[kind, name]["psnr_moving_mean"]
            assert ours > rows[kind, "blend"]["psnr_moving_mean"]
            assert ours > rows[kind, "opencv_warp"]["psnr_moving_mean"]
    assert "network" in capsys.readouterr().out


def test_frames_that_do_not_change_are_left_out():
    still = torch.rand(1, 32, 32, 3, generator=torch.Generator().manual_seed(0)).expand(3, -1, -1, -1)
    assert compare([("still", still)]) == []


def test_the_same_seed_gives_the_same_clips():
    a, b = (next(iter(procedural_clips(1, 64, 3, seed=5)))[1] for _ in range(2))
    assert a.shape == (3, 64, 64, 3) and torch.equal(a, b)


def test_every_second_frame_is_held_out():
    video = torch.arange(5.0).view(5, 1, 1, 1).expand(5, 2, 2, 3)
    assert [triple[:, 0, 0, 0].tolist() for triple in triples(video)] == [[0, 1, 2], [2, 3, 4]]


def test_files_give_frames_with_their_neighbours_but_none_across_a_cut(tmp_path):
    _, video = next(iter(procedural_clips(1, 128, 7, seed=1)))
    other = 1 - video.flip(1)
    write_video(tmp_path / "cut.mp4", torch.cat([video, other]), 12)
    found = list(file_triples(tmp_path, count=6, height=64))
    assert {name for name, _ in found} == {"cut"} and 3 <= len(found) <= 5
    assert all(triple.shape == (3, 64, 64, 3) for _, triple in found)


def test_similarity_is_one_for_equal_pictures_and_agrees_with_scikit_image():
    metrics = pytest.importorskip("skimage.metrics")
    generator = torch.Generator().manual_seed(0)
    a = torch.nn.functional.avg_pool2d(torch.rand(3, 48, 56, generator=generator), 3, 1, 1).permute(1, 2, 0)
    b = (a + 0.05 * torch.randn(a.shape, generator=generator)).clamp(0, 1)
    assert ssim(a, a) == pytest.approx(1)
    settings = {"gaussian_weights": True, "use_sample_covariance": False, "sigma": 1.5, "data_range": 1.0}
    expected = metrics.structural_similarity(a.numpy(), b.numpy(), channel_axis=-1, **settings)
    assert ssim(a, b) == pytest.approx(float(expected), abs=1e-4)
    with pytest.raises(ValueError, match="one size"):
        ssim(a, b[:20])
