"""A splatted picture keeps its fine detail where it shows one surface, and is not touched at edges or where it shrinks."""

import pytest
import torch
from flowbrush.motion.field.field import field_from_flow
from flowbrush.rendering.splat_detail import with_detail
from flowbrush.rendering.warp import warp_image


@pytest.fixture
def noise():
    planes = torch.rand(1, 3, 48, 64, generator=torch.Generator().manual_seed(0))
    return torch.nn.functional.avg_pool2d(planes, 3, 1, 1)


def shift(dx, dy=0.0):
    return torch.tensor([dx, dy]).expand(1, 48, 64, 2)


def energy(planes):
    inner = planes[..., 8:-8, 8:-8]
    return float(inner.diff(dim=-1).square().mean() + inner.diff(dim=-2).square().mean())


WHOLE = torch.ones(48, 64, dtype=torch.bool)


def test_half_a_pixel_softens_the_picture_by_less_than_its_splat(noise):
    way = shift(2.5, 1.5)
    moved = way.permute(0, 3, 1, 2)
    soft = torch.nn.functional.avg_pool2d(noise, 2, 1).roll((2, 3), (2, 3))
    soft = torch.nn.functional.pad(soft, (0, 1, 0, 1))
    fine = with_detail(soft, moved, way, noise, WHOLE)
    assert energy(soft) < 0.5 * energy(noise)
    assert energy(fine) > 0.65 * energy(noise)


def test_what_came_from_another_surface_keeps_its_colour(noise):
    grey = torch.full_like(noise, 0.5)
    way, moved = shift(2.0), torch.full((1, 2, 48, 64), 1.0)  # as where two motions are mixed
    assert torch.equal(with_detail(grey, moved, way, noise, WHOLE), grey)
    assert torch.equal(with_detail(grey, shift(2.0).permute(0, 3, 1, 2), way, noise, ~WHOLE), grey)


def test_a_picture_that_shrinks_is_not_sampled(noise):
    x = torch.arange(64.0).expand(48, 64)
    way = torch.stack([-x / 2, torch.zeros_like(x)], -1)[None]
    moved = torch.stack([-x, torch.zeros_like(x)])[None]  # the pixel at x was at 2x
    grey = torch.full_like(noise, 0.5)
    assert torch.equal(with_detail(grey, moved, way, noise, WHOLE), grey)


def test_a_dense_motion_keeps_the_sharpness_of_the_picture(noise):
    image = noise[0].permute(1, 2, 0)
    clip = warp_image(image, field_from_flow(torch.cat([shift(0.0), shift(3.5, 0.5)])), behind="smooth")
    assert energy(clip.frames[1:].permute(0, 3, 1, 2)) > 0.65 * energy(noise)
