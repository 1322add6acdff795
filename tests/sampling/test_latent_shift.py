from itertools import pairwise

import pytest
import torch
from flowbrush.sampling.latent_shift import (
    ENOUGH_STEPS,
    loop_frames,
    remark_on_steps,
    shift_at,
    shifted,
    with_shifted_latents,
)
from flowbrush.sampling.run import sample
from flowbrush.sampling.schedule import rectified_flow_sigmas


def numbered(frames):
    """Latents [1,1,T',1,1] that hold the numbers of their frames."""
    return torch.arange(float(frames)).reshape(1, 1, frames, 1, 1)


@pytest.mark.parametrize("frames, steps", [(7, 12), (21, 30), (5, 8)])
def test_the_beginnings_are_spread_over_the_whole_ring(frames, steps):
    sigmas = rectified_flow_sigmas(steps)
    shifts = [shift_at(float(sigma), sigmas, frames) for sigma in sigmas[:-1]]
    assert set(shifts) <= set(range(frames))
    largest_gap = max(frames - max(shifts) + min(shifts), *torch.tensor(sorted(shifts)).diff().tolist())
    assert largest_gap <= 2


def test_a_level_between_two_steps_has_the_shift_of_the_earlier_one():
    sigmas = torch.tensor([1.0, 0.75, 0.5, 0.25, 0.0])
    assert shift_at(0.6, sigmas, 21) == shift_at(0.5, sigmas, 21) != shift_at(0.75, sigmas, 21)


def test_what_a_condition_says_about_a_frame_is_shifted_with_it():
    seen = {}

    def predict(x, sigma, concat, parts, text):
        seen.update(x=x, concat=concat, parts=parts, text=text)
        return x

    x = numbered(5)
    text = torch.randn(1, 5, 3)
    sigmas = rectified_flow_sigmas(4)
    result = with_shifted_latents(predict, sigmas)(
        x, sigmas[1:2], concat=10 + x, parts=(20 + x)[:, None], text=text
    )
    shift = shift_at(float(sigmas[1]), sigmas, 5)
    assert shift > 0 and seen["x"][0, 0, 0] == shift
    assert torch.equal(seen["concat"], 10 + seen["x"]) and torch.equal(seen["parts"][:, 0], 20 + seen["x"])
    assert seen["text"] is text
    assert torch.equal(result, x)


def test_a_condition_of_another_length_stays():
    picture = torch.randn(1, 16, 1, 4, 4)
    assert shifted(picture, 2, 5) is picture


def test_a_network_that_makes_an_open_clip_makes_a_closed_one():
    """The data: a clip whose frames rise by equal steps, which jumps back at its end. In a ring the jump has no place."""

    def velocity(x, sigma):
        frames = x.shape[2]
        rising = torch.linspace(-1, 1, frames).reshape(1, 1, frames, 1, 1)
        mean = x.mean(2, keepdim=True)
        return (x - (0.5 * rising + 0.5 * mean)) / sigma.reshape(-1, 1, 1, 1, 1)

    noise = torch.randn(1, 4, 8, 2, 2, generator=torch.Generator().manual_seed(3))
    sigmas = rectified_flow_sigmas(60)

    def jump(model):
        clip = sample(model, noise, sigmas, solver="euler").mean((0, 1, 3, 4))
        return float((clip[0] - clip[-1]).abs()), float(clip.diff().abs().mean())

    seam, step = jump(velocity)
    assert seam > 5 * step
    seam, step = jump(with_shifted_latents(velocity, sigmas))
    assert seam < 3 * step


def test_a_ring_is_decoded_as_groups_that_know_their_neighbours():
    """A causal decoder that makes one frame of the first latent frame and four of each other, each a mean of it and the one before."""

    def decode(latent):
        values = latent[0, 0, :, 0, 0]
        frames = [values[:1]]
        for before, now in pairwise(values):
            frames.append(torch.lerp(before, now, torch.tensor([0.25, 0.5, 0.75, 1.0])))
        return torch.cat(frames).reshape(-1, 1, 1, 1)

    frames = loop_frames(numbered(6), decode).flatten()
    assert len(frames) == 24
    assert frames[:2].tolist() == [1.25, 0.0], "the ring begins inside a group"
    assert frames[-3:].tolist() == [5, 3.75, 2.5], "the last latent frame goes over into the first"


def test_a_vae_with_unequal_groups_is_refused():
    with pytest.raises(ValueError, match="makes 12 frames of 10 latent frames"):
        loop_frames(numbered(4), lambda latent: torch.zeros(12, 1, 1, 1))


def test_few_steps_are_remarked_on():
    assert remark_on_steps(ENOUGH_STEPS) is None
    assert "this run has 1 step:" in str(remark_on_steps(1))
