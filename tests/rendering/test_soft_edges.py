"""What a layer hides of what is behind it, by the width of its soft edge, and where continuations of a picture are copied from."""

import torch
from flowbrush.rendering.beyond_border import sides
from flowbrush.rendering.layer_parts import covered_area


def ramp(width):
    """[32,128], a layer that covers the left and fades out over `width` px around the middle."""
    return ((64 + width / 2 - torch.arange(128.0)) / width).clamp(0, 1).expand(32, 128)


def test_a_narrow_edge_hides_all_that_it_touches():
    cover = ramp(3)
    assert torch.equal(covered_area(cover, 2), cover > 0.02)


def test_the_outer_half_of_a_wide_feather_hides_nothing():
    cover = ramp(60)
    covered = covered_area(cover, 2)
    assert torch.equal(covered, cover > 0.5)
    assert float(((cover > 0.02) & ~covered).float().sum(1).mean()) > 25


def test_a_layer_that_is_half_transparent_everywhere_hides_what_it_touches():
    cover = 0.4 * ramp(60)
    assert torch.equal(covered_area(cover, 2), cover > 0.02)


def test_a_horizon_keeps_its_height_beyond_each_side_of_the_border():
    inside = torch.zeros(40, 60, dtype=torch.bool)
    inside[8:32, 10:50] = True
    found = [(box, nearness) for box, _, nearness in sides(~inside, inside, (8, 10))][1:]
    assert len(found) == 4
    for (rows, columns), (down, across) in found:
        beside = rows == slice(None)
        assert (down > across) == beside and (across > down) == (columns == slice(None))
