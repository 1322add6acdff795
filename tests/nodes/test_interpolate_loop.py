import torch
from flowbrush.nodes.interpolate import InterpolateFrames


def turning(frames, size=48):
    """A dark disc that goes once round a circle."""
    y, x = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    angles = torch.arange(frames) / frames * 2 * torch.pi
    centre = size / 2 + size / 4 * torch.stack([angles.cos(), angles.sin()], 1)
    away = (x - centre[:, 0, None, None]).square() + (y - centre[:, 1, None, None]).square()
    return torch.sigmoid(away.sqrt() - 6)[..., None].expand(-1, -1, -1, 3).contiguous()


def test_a_loop_is_closed_by_frames_between_the_last_and_the_first():
    clip, smooth = turning(24), turning(48)
    found, rate = InterpolateFrames.execute(clip, 12.0, 2, 0.0, 0.5, loop=True).args
    assert len(found) == 48 and rate == 24
    assert torch.equal(found[::2], clip)
    assert (found[-1] - smooth[-1]).abs().mean() < 0.35 * (clip[-1] - smooth[-1]).abs().mean()


def test_without_it_a_clip_ends_with_its_last_frame():
    found, _ = InterpolateFrames.execute(turning(8), 12.0, 2, 0.0, 0.5).args
    assert len(found) == 15 and torch.equal(found[-1], turning(8)[-1])


def test_a_lower_rate_of_a_loop_keeps_its_time():
    found, rate = InterpolateFrames.execute(turning(24), 12.0, 2, 6.0, 0.5, loop=True).args
    assert len(found) == 12 and rate == 6 and torch.equal(found, turning(24)[::2])
