import pytest
import torch
from flowbrush.benchmarks.frechet import FEATURES, features, frechet_distance
from flowbrush.benchmarks.interpolation import procedural_clips
from torch.nn import functional as F


def test_the_distance_of_two_normal_distributions_is_the_formula():
    generator = torch.Generator().manual_seed(0)
    unit = torch.randn(4000, 2, generator=generator, dtype=torch.float64)
    unit = (unit - unit.mean(0)) @ torch.linalg.inv(
        torch.linalg.cholesky(torch.cov(unit.T))
    ).T  # exactly white
    turn = torch.tensor([[0.6, -0.8], [0.8, 0.6]], dtype=torch.float64)
    stretched = unit * torch.tensor([3.0, 1.0]) @ turn.T + torch.tensor([3.0, -4.0])
    # white against deviations 3 and 1: (3 - 1)^2 + 0, and 5 apart
    assert frechet_distance(unit, stretched) == pytest.approx(4 + 25, rel=1e-6)
    assert frechet_distance(stretched, unit) == pytest.approx(29, rel=1e-6)
    assert frechet_distance(stretched, stretched) == pytest.approx(0, abs=1e-6)
    with pytest.raises(ValueError, match="2 or more"):
        frechet_distance(unit[:1], unit)


def test_the_distance_grows_with_blur_noise_and_wrong_colours():
    clips = [video for _, video in procedural_clips(4, 64, 5, seed=0)]

    def distance(change):
        return frechet_distance(*(torch.cat([features(f(v)) for v in clips]) for f in (change, lambda v: v)))

    def blurred(video, size):
        planes = F.avg_pool2d(video.movedim(-1, 1), size, 1, size // 2, count_include_pad=False)
        return planes.movedim(1, -1)

    noise = torch.randn(clips[0].shape, generator=torch.Generator().manual_seed(1))
    slight, strong = distance(lambda v: blurred(v, 3)), distance(lambda v: blurred(v, 7))
    assert distance(lambda v: v) == pytest.approx(0, abs=1e-6)
    assert 0.05 < slight < 0.6 * strong
    assert distance(lambda v: (v + 0.05 * noise).clamp(0, 1)) > 0.05
    assert distance(lambda v: v[:1].expand_as(v)) > 1  # frozen
    assert distance(lambda v: v.flip(2)) < 0.1 * strong  # another picture of the same kind


def test_windows_cover_the_video_and_small_ones_are_refused():
    assert features(torch.rand(9, 64, 48, 3)).shape == (2 * 3 * 2, FEATURES)
    with pytest.raises(ValueError, match="5 frames and 32 px"):
        features(torch.rand(4, 64, 64, 3))
