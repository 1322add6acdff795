import json

import torch
from flowbrush.motion.field.field import field_from_document
from flowbrush.rendering.beyond_border import mirrored
from flowbrush.rendering.warp import warp_image


def disc(x, y, radius, size=64):
    at = (torch.arange(size) + 0.5) / size
    return ((at[None] - x).square() + (at[:, None] - y).square() < radius**2).float()


def test_a_disc_that_the_border_cuts_off_closes_beyond_it():
    seen = mirrored(disc(0.0, 0.5, 0.25), (0, 32))
    whole = disc(0.25, 0.5, 0.25 / 2, 128)[32:96]
    assert float((seen - whole).abs().sum() / whole.sum()) < 0.02


def test_a_thing_inside_the_picture_does_not_appear_again_beyond_the_border():
    seen = mirrored(disc(0.3, 0.5, 0.2), (16, 32))
    assert seen.shape == (96, 128)
    assert seen[:, :32].max() == 0 and seen[:16].max() == 0 and seen[:, 96:].max() == 0


def test_a_strip_across_the_border_goes_on_straight():
    strip = torch.zeros(20, 20)
    strip[8:12] = 1
    assert torch.equal(mirrored(strip, (0, 10)), strip[:, :1].expand(20, 40))


def test_a_disc_that_moves_in_from_the_border_draws_no_band_behind_it():
    size = 96
    picture = torch.full((size, size, 3), 0.5)
    red = disc(0.05, 0.5, 0.2, size) > 0
    picture[red] = torch.tensor([0.9, 0.1, 0.1])
    layer = {
        "region": {"strokes": [{"points": [[0.05, 0.5]], "radius": 0.2}]},
        "motion": {"horizontal": 0.5},
    }
    field = field_from_document(json.dumps({"version": 2, "layers": [layer]}), 5)
    last = warp_image(picture, field).frames[-1]
    assert (last[40:56, 45:60, 0] > 0.8).all()  # the disc has moved
    assert (last[:, :20] - 0.5).abs().max() < 0.1  # and nothing of it reaches back to the border
