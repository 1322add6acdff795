"""Tracks at another number of samples."""

import math

import pytest
import torch
from flowbrush.motion.tracks.resampling import ati_sample_indices, fill_gaps, frame_of_sample, resample


def test_resampling_is_linear_over_the_same_clip():
    path = torch.tensor([0.0, 4.0, 6.0]).reshape(3, 1, 1).expand(3, 1, 2)
    visible = torch.tensor([[True], [True], [False]])
    longer, seen = resample(path, visible, 5)
    assert longer[:, 0, 0].tolist() == [0, 2, 4, 5, 6]
    assert seen[:, 0].tolist()[0] and not seen[-1, 0]
    assert resample(path, visible, 3)[0] is path
    with pytest.raises(ValueError, match="0 frames"):
        resample(path, visible, 0)


def test_gaps_are_bridged_and_ends_held():
    path = torch.tensor([9.0, 2.0, 9.0, 6.0, 9.0]).reshape(5, 1, 1).expand(5, 1, 2)
    visible = torch.tensor([False, True, False, True, False])[:, None]
    assert fill_gaps(path, visible)[:, 0, 0].tolist() == [2, 2, 4, 6, 6]


def test_samples_between_picked_ones_are_in_between():
    picks = torch.tensor([0.0, 1, 3, 4], dtype=torch.float64)
    samples = torch.arange(6, dtype=torch.float64)
    assert frame_of_sample(samples, picks).tolist() == [0, 1, 1.5, 2, 3, 3]


def picks_of_the_sampler(frames):
    """ATI's rule, done literally: keep the first sample, repeat the other 120, take every so many from the second."""
    steps = frames - 1
    repeat, stride = steps // math.gcd(120, steps), 120 // math.gcd(120, steps)
    return torch.cat([torch.zeros(1), torch.arange(1.0, 121).repeat_interleave(repeat)[1::stride]])


@pytest.mark.parametrize("frames", [5, 17, 41, 49, 81])
def test_ati_samples_are_those_the_sampler_picks(frames):
    assert ati_sample_indices(frames).tolist() == picks_of_the_sampler(frames).tolist()


def test_the_samplers_rule_runs_out_of_samples_at_121_frames():
    assert ati_sample_indices(121).tolist() == [*picks_of_the_sampler(121).tolist(), 120]
