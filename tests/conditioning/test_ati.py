import math

import torch
from flowbrush.conditioning.ati import soft_copy
from flowbrush.conditioning.carriers import carriers_of_field, carriers_of_tracks

from .sliding import HEIGHT, WIDTH, first_known, painted, random_latents, sliding


def at(*places, frames=9, height=HEIGHT, width=WIDTH):
    path = torch.tensor(places).expand(frames, len(places), 2)
    visible = torch.ones(frames, len(places), dtype=torch.bool)
    return carriers_of_tracks({"track_path": path, "track_visibility": visible}, height, width)[0]


def test_a_region_is_moved_and_the_mask_marks_its_place():
    latents = torch.zeros(1, 16, 3, 32, 64)
    latents[:, :, 0, 8:24, 8:24] = 1.0
    points = carriers_of_field(sliding(0.25), 256, 512)
    out, out_mask = soft_copy(latents, first_known(3, 32, 64), points)
    last, known = out[0, 0, 2], 1 - out_mask[0, 0, 2]
    assert torch.allclose(last, known, atol=1e-5) and 0.99 < float(last.max()) <= 1 + 1e-6
    # The mean of frames 5..8 is 13/16 of the way: 13 columns from the middle of the region, column 16.
    columns = torch.arange(64) + 0.5
    assert abs(float((last.sum(0) * columns).sum() / last.sum()) - 29.0) < 0.1
    assert float(last[:, 40:].max()) < 1e-3 and float(out_mask[0, :, 0].max()) == 0


def test_weights_fall_with_the_distance_in_halves_of_the_short_side():
    points = at((256.0, 128.0), height=256, width=512)
    _, mask = soft_copy(torch.zeros(1, 16, 3, 32, 64), first_known(3, 32, 64), points)
    known = 1 - mask[0, 0, 1]
    # Cells stand at -1, -29/31, … 1 of the half height and at -2 … 2 over 64 columns; the track is in the middle.
    for row, column in ((15, 31), (14, 31), (15, 33), (17, 30)):
        squared = (-1 + row * 2 / 31) ** 2 + (-2 + column * 4 / 63) ** 2
        assert math.isclose(float(known[row, column]), math.exp(-220 * squared), rel_tol=1e-4)


def test_strength_weakens_the_moved_features_and_the_mask():
    points, weak = (carriers_of_field(sliding(strength=s), HEIGHT, WIDTH) for s in (1, 0.5))
    latents, mask = random_latents(), first_known()
    full, known = soft_copy(latents, mask, points)
    for half, half_known in (soft_copy(latents, mask, points, 0.5), soft_copy(latents, mask, weak)):
        torch.testing.assert_close(half, (full + latents) / 2)
        torch.testing.assert_close(half_known, (known + mask) / 2)
    none, none_known = soft_copy(latents, mask, points, 0.0)
    assert torch.equal(none, latents) and torch.equal(none_known, mask)


def test_moved_features_never_overshoot():
    """Where tracks crowd together their weights are scaled back to 1."""
    latents = torch.zeros(1, 16, 3, 8, 16)
    latents[:, :, 0] = 1.0
    shrinking = painted({"region": {"everything": True}, "motion": {"proximity": -2}})
    out, mask = soft_copy(latents, first_known(), carriers_of_field(shrinking, HEIGHT, WIDTH))
    assert 0.99 < float(out[0, :, 2].max()) <= 1 + 1e-5 and float(mask.min()) == 0


def test_a_cell_depends_only_on_its_two_nearest_tracks():
    latents, here = torch.zeros(1, 16, 3, 8, 16), (60.0, 28.0)
    latents[:, 0, 0, 3, 7], latents[:, 1, 0, 3, 7] = 1.0, 2.0
    two, _ = soft_copy(latents, first_known(), at(here, here))
    many, _ = soft_copy(latents, first_known(), at(here, here, (60.0, 44.0), (20.0, 28.0)))
    assert torch.equal(two[0, :, 1, 3, 7], many[0, :, 1, 3, 7]) and float(two[0, 1, 1, 3, 7]) > 0.5


def test_known_frames_stay_known():
    mask = first_known()
    mask[:, 3, 2] = 0  # the last picture
    _, after = soft_copy(random_latents(), mask, carriers_of_field(sliding(), HEIGHT, WIDTH))
    assert float(after[:, 3, 2].max()) == 0 and float(after[:, :3, 2].max()) == 1


def test_hidden_tracks_fade_from_the_latent_frames_in_which_no_frame_shows_them():
    path = torch.tensor((60.0, 28.0)).expand(9, 1, 2).clone()
    visible = torch.ones(9, 1, dtype=torch.bool)
    visible[2:] = False
    path[2:] = torch.nan
    given, _ = carriers_of_tracks({"track_path": path, "track_visibility": visible}, HEIGHT, WIDTH)
    out, mask = soft_copy(random_latents(), first_known(), given)
    assert float(mask[0, 0, 1].min()) < 0.5 and float(mask[0, 0, 2].min()) == 1 and out.isfinite().all()
