import pytest
import torch
from flowbrush.conditioning.cogvideox import BOTH, CONDITION, START, V1, V1_5, cogvideox_latents

from .sliding import FRAMES, HEIGHT, WIDTH, cell_means, sliding


@pytest.fixture
def first():
    return torch.rand(1, HEIGHT, WIDTH, 3, generator=torch.Generator().manual_seed(0))


def test_without_a_motion_the_first_frame_is_followed_by_zeros(first):
    condition, start = cogvideox_latents(first, None, FRAMES, V1, START, cell_means)
    assert torch.equal(condition[:, :, :1], cell_means(first)) and condition[:, :, 1:].abs().max() == 0
    assert start.shape == condition.shape and start.abs().max() == 0


def test_the_motion_goes_where_it_is_wanted(first):
    plain, _ = cogvideox_latents(first, None, FRAMES, V1, START, cell_means)
    made = {
        use: cogvideox_latents(first, sliding(0.25), FRAMES, V1, use, cell_means)
        for use in (START, CONDITION, BOTH)
    }
    assert torch.equal(made[START][0], plain) and made[START][1].abs().max() > 0
    assert not torch.equal(made[CONDITION][0], plain) and made[CONDITION][1].abs().max() == 0
    assert torch.equal(made[BOTH][0], made[CONDITION][0]) and torch.equal(made[BOTH][1], made[START][1])


def test_version_1_5_reads_the_first_frame_at_another_scale_and_frames_in_pairs(first):
    old, _ = cogvideox_latents(first, None, 13, V1, START, cell_means)
    new, _ = cogvideox_latents(first, None, 13, V1_5, START, cell_means)
    torch.testing.assert_close(new * 0.49, old)
    with pytest.raises(ValueError, match=r"`length` is 9, which makes 3 latent frames; .*: try 13"):
        cogvideox_latents(first, None, 9, V1_5, START, cell_means)


def test_another_vae_is_refused(first):
    with pytest.raises(ValueError, match="connect the VAE of CogVideoX"):
        cogvideox_latents(first, None, FRAMES, V1, START, lambda frames: cell_means(frames)[:, :4])
