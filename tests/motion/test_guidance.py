import json

import pytest
import torch
from flowbrush.motion.field import field_from_document, field_from_flow
from flowbrush.motion.guidance import latent_copy, soft_copy, validity_to_mask, warped_video
from flowbrush.motion.warp import WarpedClip


def box(x0, y0, x1, y1):
    return {"polygons": [{"points": [[x0, y0], [x1, y0], [x1, y1], [x0, y1]]}], "feather": 0.0}


def sliding(fraction=0.25, frames=9):
    """The left middle of the picture slides right by `fraction` of its width."""
    layer = {"region": box(0.125, 0.25, 0.375, 0.75), "motion": {"horizontal": fraction}}
    return field_from_document(json.dumps({"flowbrush": "motion", "version": 1, "layers": [layer]}), frames)


def random_latents(frames=3, rows=8, columns=16, seed=0):
    return torch.randn(1, 16, frames, rows, columns, generator=torch.Generator().manual_seed(seed))


def first_known(frames=3, rows=8, columns=16):
    mask = torch.ones(1, 4, frames, rows, columns)
    mask[:, :, 0] = 0
    return mask


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


def test_a_warped_clip_is_encoded_as_it_is_seen():
    frames, coverage = torch.rand(5, 16, 16, 3), torch.ones(5, 16, 16)
    coverage[4, :8] = 0
    clip = WarpedClip(frames, frames, coverage, torch.zeros(5, 16, 16), torch.ones(5, 16, 16))
    given = []

    def encode(video):
        given.append(video)
        return torch.zeros(1, 16, 2, 2, 2)

    latents, mask = warped_video(clip, encode)
    assert given[0].shape == (1, 3, 5, 16, 16)
    assert torch.allclose(given[0][0, :, 2], frames[2].permute(2, 0, 1) * 2 - 1)
    assert latents.shape == (1, 16, 2, 2, 2) and float(mask[0, 3, 1, 0].min()) == 1 and float(mask.sum()) == 2
    with pytest.raises(ValueError, match="causal VAE"):
        warped_video(clip, lambda video: torch.zeros(1, 16, 5, 2, 2))


def test_latent_copy_carries_cells_to_where_they_are_at_frame_4j():
    latents, mask = random_latents(), first_known()
    kept = latents.clone()
    out, out_mask = latent_copy(latents, mask, sliding(0.25))
    first = latents[0, :, 0]
    # 16 columns over 9 frames: 4 columns at the end, 2 at pixel frame 4; the region is columns 2..5, rows 2..5.
    assert torch.equal(out[0, :, 1, 2:6, 4:8], first[:, 2:6, 2:6])
    assert torch.equal(out[0, :, 2, 2:6, 6:10], first[:, 2:6, 2:6])
    assert torch.equal(out[0, :, 2, 2:6, 2:6], latents[0, :, 2, 2:6, 2:6])
    assert torch.equal(out[0, :, :, :2], latents[0, :, :, :2])
    assert torch.equal(out_mask, mask) and torch.equal(latents, kept) and out_mask is not mask


def test_strength_blends_the_copy():
    latents, mask = random_latents(), first_known()
    full, _ = latent_copy(latents, mask, sliding())
    half, _ = latent_copy(latents, mask, sliding(), strength=0.5)
    assert torch.allclose(half, (full + latents) / 2, atol=1e-6)


def test_the_layer_in_front_wins_where_cells_meet():
    moving = {"region": box(0.0, 0.0, 0.25, 1.0), "motion": {"horizontal": 0.5}}
    still = {"region": box(0.5, 0.0, 0.75, 1.0), "freeze": True}
    latents, mask = random_latents(), first_known()
    for front in (1, -1):
        layers = [{**moving, "order": front}, {**still, "order": 0}]
        field = field_from_document(json.dumps({"flowbrush": "motion", "version": 1, "layers": layers}), 9)
        out, _ = latent_copy(latents, mask, field)
        want = latents[0, :, 0, :, :4] if front == 1 else latents[0, :, 0, :, 8:12]
        assert torch.equal(out[0, :, 2, :, 8:12], want)


def test_the_same_call_copies_the_same_cells():
    field = field_from_flow(torch.cat([torch.zeros(1, 64, 128, 2), torch.randn(8, 64, 128, 2) * 8]))
    latents, mask = random_latents(), first_known()
    assert torch.equal(latent_copy(latents, mask, field)[0], latent_copy(latents, mask, field)[0])


def test_soft_copy_carries_a_region_and_says_where_it_is():
    latents, mask = random_latents(), first_known()
    latents[:, :, 1:] = 0
    latents[:, :, 0] = 0
    latents[:, :, 0, 2:6, 2:6] = 1.0
    out, out_mask = soft_copy(latents, mask, sliding(0.25), spacing=1)
    last, known = out[0, 0, 2], 1 - out_mask[0, 0, 2]
    assert torch.allclose(last, known, atol=1e-5) and 0.4 < float(last.max()) <= 1
    # The mean of frames 5..8 is 13/16 of the way: 3.25 columns from the middle of the region, column 4.
    columns = torch.arange(16) + 0.5
    assert abs(float((last.sum(0) * columns).sum() / last.sum()) - 7.25) < 0.3
    assert float(last[:, 11:].max()) < 1e-3 and float(out_mask[0, :, 0].max()) == 0


def test_soft_copies_never_overshoot():
    """Where tracks crowd together their weights are scaled back to 1."""
    latents, mask = random_latents(), first_known()
    latents[:, :, 0], latents[:, :, 1:] = 1.0, 0.0
    shrinking = {"region": {"everything": True}, "motion": {"proximity": -2}}
    document = {"flowbrush": "motion", "version": 1, "layers": [shrinking]}
    out, _ = soft_copy(latents, mask, field_from_document(json.dumps(document), 9), spacing=1)
    assert 0.99 < float(out[0, :, 2].max()) <= 1 + 1e-5


def test_guidance_refuses_a_motion_of_another_length_or_nothing_painted():
    with pytest.raises(ValueError, match="13 frames"):
        latent_copy(random_latents(), first_known(), sliding(frames=13))
    empty = field_from_document('{"flowbrush": "motion", "version": 1, "layers": []}', 9)
    with pytest.raises(ValueError, match="paint"):
        soft_copy(random_latents(), first_known(), empty)
