import pytest
import torch
from flowbrush.conditioning.image_to_video import (
    ConcatLatents,
    clip_latents,
    known_frames,
    masked_latent,
    validity_to_mask,
    with_concat_latents,
)


def test_the_mask_has_one_channel_for_each_frame_of_a_group():
    known = torch.zeros(9, 16, 24)
    known[0] = 1
    known[3, :8, :8] = 1  # third frame of the first group
    known[8, 8:, 16:20] = 1  # half a cell of the last frame
    mask = validity_to_mask(known)
    assert mask.shape == (1, 4, 3, 2, 3)
    assert float(mask[0, :, 0].max()) == 0
    assert mask[0, :, 1, 0, 0].tolist() == [1, 1, 0, 1]
    assert float(mask[0, 3, 2, 1, 2]) == 0.5
    assert float(mask[0, :, 1:].sum()) == 4 * 2 * 6 - 1.5


def test_sizes_that_a_causal_vae_cannot_take_are_refused():
    with pytest.raises(ValueError, match="try 9"):
        validity_to_mask(torch.zeros(8, 16, 16))
    with pytest.raises(ValueError, match="multiple of 8"):
        validity_to_mask(torch.zeros(5, 12, 16))


def test_a_clip_is_encoded_as_it_is_seen():
    frames, known = torch.rand(5, 16, 16, 3), torch.ones(5, 16, 16)
    known[4, :8] = 0
    given = []

    def encode(video):
        given.append(video)
        return torch.zeros(1, 16, 2, 2, 2)

    latents, mask = clip_latents(frames, known, encode)
    assert torch.equal(given[0], frames)
    assert latents.shape == (1, 16, 2, 2, 2) and float(mask[0, 3, 1, 0].min()) == 1 and float(mask.sum()) == 2


@pytest.mark.parametrize("shape", [(1, 16, 5, 2, 2), (1, 48, 2, 2, 2), (5, 4, 2, 2)])
def test_latents_of_another_vae_are_refused(shape):
    with pytest.raises(ValueError, match=r"the Wan 2\.1 VAE, .* makes \[16, 2, 2, 2\]"):
        clip_latents(torch.rand(5, 16, 16, 3), torch.ones(5, 16, 16), lambda frames: torch.zeros(shape))


def test_unknown_frames_are_grey():
    first, last = torch.rand(2, 1, 16, 24, 3, generator=torch.Generator().manual_seed(0))
    frames, known = known_frames(first, None, 5)
    assert torch.equal(frames[0], first[0]) and frames[1:].unique().tolist() == [0.5]
    assert known.flatten(1).sum(1).tolist() == [16 * 24, 0, 0, 0, 0]
    frames, known = known_frames(first, last, 5)
    assert torch.equal(frames[-1], last[0]) and known[:, 0, 0].tolist() == [1, 0, 0, 0, 1]


def test_the_canvas_is_made_anew_where_nothing_is_known():
    latents, unknown = torch.rand(1, 16, 2, 2, 3), torch.zeros(1, 4, 2, 2, 3)
    unknown[0, :2, 1, 0] = 1
    canvas = masked_latent(ConcatLatents(latents, unknown))
    assert torch.equal(canvas["samples"], latents) and canvas["noise_mask"].shape == (1, 1, 2, 2, 3)
    assert canvas["noise_mask"][0, 0, :, :, 0].tolist() == [[0, 0], [0.5, 0]]


def test_conditioning_is_extended_not_changed():
    before = [["prompt", {"pooled": 1}], ["other", {}]]
    after = with_concat_latents(before, ConcatLatents("latents", "mask"))
    assert after[0] == ["prompt", {"pooled": 1, "concat_latent_image": "latents", "concat_mask": "mask"}]
    assert after[1][0] == "other" and before == [["prompt", {"pooled": 1}], ["other", {}]]
