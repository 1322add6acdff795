"""The three conventions for which pixel frames a latent frame samples."""

import pytest
import torch
from flowbrush.conditioning.latent_frames import (
    ati_group_mean,
    latent_frames,
    time_to_move_frames,
    wan_move_frames,
)

FRAMES = torch.arange(17.0)


def test_wan_move_takes_the_last_frame_of_each_group():
    assert wan_move_frames(FRAMES).tolist() == [0, 4, 8, 12, 16]


def test_time_to_move_takes_the_first_frame_of_each_group():
    assert time_to_move_frames(FRAMES).tolist() == [0, 1, 5, 9, 13]


def test_ati_takes_the_mean_of_each_group():
    mean, visible = ati_group_mean(FRAMES)
    assert mean.tolist() == pytest.approx([0, 2.5, 6.5, 10.5, 14.5], rel=1e-5) and visible.all()


def test_ati_counts_only_visible_frames():
    path = torch.stack([FRAMES, 2 * FRAMES], dim=-1)[:, None].expand(17, 2, 2)
    visible = torch.ones(17, 2, dtype=torch.bool)
    visible[3:5, 0] = False
    visible[5:9, 1] = False
    mean, seen = ati_group_mean(path, visible)
    assert mean[1].flatten().tolist() == pytest.approx([1.5, 3.0, 2.5, 5.0], rel=1e-5)
    assert seen[:, 0].all() and seen[:, 1].tolist() == [True, True, False, True, True]
    assert mean[2, 1].tolist() == pytest.approx([6.5, 13.0], rel=1e-5)


@pytest.mark.parametrize("convention", [wan_move_frames, time_to_move_frames, lambda s: ati_group_mean(s)[0]])
@pytest.mark.parametrize("frames", [1, 5, 81])
def test_all_keep_frame_0_and_the_number_of_latent_frames(convention, frames):
    samples = torch.rand(frames, 3, 2, generator=torch.Generator().manual_seed(0))
    result = convention(samples)
    assert result.shape == (latent_frames(frames), 3, 2)
    assert torch.equal(result[0], samples[0])


@pytest.mark.parametrize("convention", [wan_move_frames, time_to_move_frames, ati_group_mean])
def test_other_lengths_are_refused_with_the_nearest_right_one(convention):
    with pytest.raises(ValueError, match=r"80 frames.*try 81"):
        convention(torch.zeros(80))
