import pytest
import torch
from flowbrush.benchmarks.vbench import fastest_speeds, is_dynamic, temporal_flicker


def sliding(speed: float, frames: int = 9, size: int = 128, part: float = 1.0):
    """A textured picture whose upper part slides to the right by `speed` px a frame."""
    noise = torch.rand(1, 3, size // 4, size * 2 // 4, generator=torch.Generator().manual_seed(3))
    wide = (
        torch.nn.functional.interpolate(noise, scale_factor=4, mode="bicubic").clamp(0, 1)[0].movedim(0, -1)
    )
    rows = round(size * part)
    video = wide[:, :size].repeat(frames, 1, 1, 1)
    for t in range(frames):
        start = round(size - 1 - speed * t)
        video[t, :rows] = wide[:rows, start : start + size]
    return video


def test_flicker_is_the_mean_change_of_eight_bit_levels():
    video = torch.tensor([0.0, 51 / 255, 0.0]).view(3, 1, 1, 1).expand(3, 4, 4, 3)
    assert temporal_flicker(video) == pytest.approx(1 - 51 / 255)
    assert temporal_flicker(video[:1].expand(3, -1, -1, -1)) == 1
    with pytest.raises(ValueError, match="2 or more"):
        temporal_flicker(video[:1])


def test_the_fastest_twentieth_sets_the_speed():
    assert fastest_speeds(sliding(4, frames=3)).tolist() == pytest.approx(
        [4, 4], abs=0.8
    )  # DIS errs at borders
    assert fastest_speeds(sliding(4, frames=3, part=0.2)).tolist() == pytest.approx([4, 4], abs=0.8)
    assert fastest_speeds(sliding(0, frames=3)).tolist() == pytest.approx([0, 0], abs=0.01)


def test_a_video_moves_from_six_pixels_a_frame_at_256():
    assert is_dynamic(sliding(4)) and not is_dynamic(sliding(2))  # 3 px is the threshold at 128
    assert not is_dynamic(sliding(4), rate=4)  # a frame lasts twice as long
    assert not is_dynamic(sliding(2), rate=8) and is_dynamic(
        sliding(2), rate=16
    )  # every second frame is seen
    assert not is_dynamic(sliding(4)[:1])
    with pytest.raises(ValueError, match="above 0"):
        is_dynamic(sliding(4), rate=0)


def test_a_quarter_of_the_steps_is_enough():
    rest, motion = sliding(0, frames=13), sliding(4, frames=5)
    assert is_dynamic(torch.cat([motion, motion[-1:].expand(11, -1, -1, -1)]))  # 4 of 16
    assert not is_dynamic(torch.cat([motion[:3], motion[2:3].expand(13, -1, -1, -1)])) and not is_dynamic(
        rest
    )
