import math

import torch
from flowbrush.motion.measure.seam import seam_ratio


def circling(frames, turns):
    angles = 2 * math.pi * turns * torch.arange(frames) / frames
    return (0.5 + 0.4 * torch.stack([angles.cos(), angles.sin(), angles.cos()], -1))[:, None, None]


def test_a_closed_circle_has_no_seam_and_half_a_circle_has_a_wide_one():
    assert 0.5 < seam_ratio(circling(40, 1)) <= 1.1
    assert seam_ratio(circling(40, 0.5)) > 15


def test_a_still_or_short_video_has_none():
    assert math.isnan(seam_ratio(torch.full((5, 2, 2, 3), 0.5))) and math.isnan(seam_ratio(circling(2, 1)))
