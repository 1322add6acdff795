import pytest
import torch
import torch.nn.functional as F
from flowbrush.motion.flow.clip_between import clip_between
from flowbrush.motion.flow.frame_interpolation import interpolate
from flowbrush.motion.measure.measure import psnr


def texture(height, width, seed=0):
    small = torch.rand(1, 3, height // 6, width // 6, generator=torch.Generator().manual_seed(seed))
    return F.interpolate(small, (height, width), mode="bicubic").clamp(0, 1)[0].permute(1, 2, 0)


@pytest.fixture(scope="module")
def scene():
    """A square of another texture that goes right by 12 px over 5 frames, in front of a still one: frames [5,96,96,3]."""
    ground, thing = texture(96, 96), texture(36, 36, 1)
    frames = ground.expand(5, -1, -1, -1).clone()
    for k in range(5):
        frames[k, 30:66, 24 + 3 * k : 60 + 3 * k] = thing
    return frames


def test_the_ends_are_exact_and_the_middle_is_that_of_interpolation(scene):
    clip = clip_between(scene[0], scene[-1], 5)
    assert torch.equal(clip.frames[0], scene[0]) and torch.equal(clip.frames[-1], scene[-1])
    made = interpolate(scene[[0, -1]], 4)
    assert torch.allclose(clip.frames, made, atol=1e-6)
    assert psnr(clip.frames[2], scene[2]) > psnr((scene[0] + scene[-1]) / 2, scene[2]) + 3


def test_it_is_known_where_it_is_right(scene):
    clip = clip_between(scene[0], scene[-1], 5)
    error = (clip.frames[2] - scene[2]).abs().mean(-1)
    known = clip.coverage[2]
    assert clip.completed_by == "plate" and known.mean() > 0.7
    assert error[known > 0.9].mean() < 0.01 and error[known > 0.9].mean() < 0.2 * error[known < 0.5].mean()
    assert float(clip.coverage[0].min()) == float(clip.coverage[-1].min()) == 1


def test_nothing_is_known_between_two_scenes():
    clip = clip_between(texture(96, 96), texture(96, 96, 9), 5)
    assert clip.completed_by == "smooth" and float(clip.coverage[1:-1].max()) == 0
    assert clip.with_plate_known() is clip


def test_it_can_be_cancelled_and_sizes_must_agree(scene):
    def stop():
        raise InterruptedError

    with pytest.raises(InterruptedError):
        clip_between(scene[0], scene[-1], 5, stop)
    with pytest.raises(ValueError, match=r"\[96, 96, 3\] and the last \[48, 96, 3\]"):
        clip_between(scene[0], scene[-1][:48], 5)
