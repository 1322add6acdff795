import math

import torch
from flowbrush.motion.measure.seam import seam_ratio, seam_to_mean


def circling(frames, turns):
    angles = 2 * math.pi * turns * torch.arange(frames) / frames
    return (0.5 + 0.4 * torch.stack([angles.cos(), angles.sin(), angles.cos()], -1))[:, None, None]


def test_a_closed_circle_has_no_seam_and_half_a_circle_has_a_wide_one():
    assert 0.5 < seam_ratio(circling(40, 1)) <= 1.1
    assert seam_ratio(circling(40, 0.5)) > 15


def test_a_still_or_short_video_has_none():
    assert math.isnan(seam_ratio(torch.full((5, 2, 2, 3), 0.5))) and math.isnan(seam_ratio(circling(2, 1)))


def test_beside_the_mean_step_a_swing_has_a_larger_step_where_it_is_fastest():
    position = torch.sin(2 * torch.pi * torch.arange(200) / 200)
    frames = position[:, None, None, None].expand(200, 4, 4, 3)
    assert abs(seam_to_mean(frames) - torch.pi / 2) < 0.02
    assert 0.98 < seam_ratio(frames) < 1.02
    assert math.isnan(seam_to_mean(frames[:2])) and math.isnan(seam_to_mean(torch.zeros(5, 2, 2, 3)))
