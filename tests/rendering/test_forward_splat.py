import pytest
import torch
from flowbrush.rendering.forward_splat import forward_splat


def picture(height=24, width=32, channels=3, batch=1, seed=0):
    return torch.rand(batch, channels, height, width, generator=torch.Generator().manual_seed(seed))


def uniform(dx, dy, height=24, width=32, batch=1):
    return torch.tensor([dx, dy]).expand(batch, height, width, 2).clone()


def zoom(scale, height=24, width=32):
    ys, xs = torch.meshgrid(torch.arange(height) + 0.5, torch.arange(width) + 0.5, indexing="ij")
    return torch.stack([(xs - width / 2) * (scale - 1), (ys - height / 2) * (scale - 1)], -1)[None]


def test_no_motion_gives_the_image_back():
    image = picture()
    out, coverage = forward_splat(image, uniform(0.0, 0.0))
    assert torch.equal(out, image) and bool((coverage == 1).all())


def test_whole_pixel_motion_moves_pixels_exactly():
    image = picture()
    out, coverage = forward_splat(image, uniform(5.0, -3.0))
    assert torch.allclose(out[:, :, :-3, 5:], image[:, :, 3:, :-5], atol=1e-6)
    assert bool((coverage[:, :-3, 5:] == 1).all()) and float(coverage[:, :, :5].max()) == 0


def test_half_pixel_motion_is_the_mean_of_two_neighbours():
    image = picture()
    out, coverage = forward_splat(image, uniform(0.5, 0.0))
    mean = (image[..., 1:] + image[..., :-1]) / 2
    assert torch.allclose(out[..., 1:], mean, atol=1e-6)
    assert torch.allclose(coverage[..., 0], torch.full((1, 24), 0.5))


@pytest.mark.parametrize("shift", [0.1, 0.25, 0.5, 0.77, 3.3])
def test_fractional_motion_leaves_no_comb_lines(shift):
    out, coverage = forward_splat(torch.ones(1, 1, 24, 32), uniform(shift, shift / 2))
    inside = coverage[0, 3:, 5:]
    assert float(inside.min()) > 0.9999
    assert torch.allclose(out[0, 0, 3:, 5:], torch.ones(21, 27), atol=1e-5)


def test_slowly_growing_motion_leaves_no_comb_lines():
    """A field that stretches a little has a seam at every pixel where rounding would skip one."""
    field = uniform(0.0, 0.0, 24, 64)
    field[..., 0] = torch.linspace(0, 6, 64)
    out, coverage = forward_splat(torch.ones(1, 1, 24, 64), field)
    assert float(coverage[0, :, :60].min()) > 0.8
    assert float(out[0, 0, :, :60].min()) > 0.9999


@pytest.mark.parametrize("scale", [1.05, 1.3, 1.7, 2.0, 2.4])
def test_an_enlarged_picture_stays_whole(scale):
    ramp = torch.linspace(0, 1, 32).expand(1, 1, 24, 32)
    out, coverage = forward_splat(ramp, zoom(scale))
    assert float(coverage[0, 2:-2, 2:-2].min()) > 0.8
    want = (torch.arange(32) - 15.5) / scale / 31 + 0.5
    assert float((out[0, 0, 2:-2, 2:-2] - want[2:-2]).abs().max()) < 0.02


def test_what_is_in_front_hides_what_is_behind():
    image = torch.zeros(1, 1, 16, 32)
    image[..., :8] = 1.0
    field = uniform(0.0, 0.0, 16, 32)
    field[:, :, :8, 0] = 10.0
    importance = torch.zeros(1, 16, 32)
    importance[..., :8] = 12.0
    front, _ = forward_splat(image, field, importance)
    behind, _ = forward_splat(image, field, -importance)
    assert float(front[0, 0, :, 11:17].min()) > 0.999
    assert float(behind[0, 0, :, 11:17].max()) < 0.001


def test_what_moves_away_leaves_a_hole():
    field = uniform(0.0, 0.0)
    field[:, 8:16, 8:16, 0] = 10.0
    _, coverage = forward_splat(picture(), field)
    assert float(coverage[0, 9:15, 9:15].max()) == 0
    assert float(coverage[0, 8:16, 18:26].min()) == 1


def test_the_soft_fringe_of_a_region_does_not_smear_over_the_background():
    """Pixels between a region and what stays land in between; they must not count as a cover of the hole."""
    field = uniform(0.0, 0.0, 24, 64)
    amount = ((torch.arange(64) - 40.0) / 3).clamp(0, 1)
    field[..., 0] = 20 * amount
    _, coverage = forward_splat(picture(24, 64), field)
    assert float(coverage[0, :, 42:60].mean()) < 0.1


def test_a_huge_span_of_importance_stays_finite_and_ordered():
    image = torch.zeros(1, 1, 8, 16)
    image[..., :4] = 1.0
    field = uniform(0.0, 0.0, 8, 16)
    field[:, :, :4, 0] = 6.0
    importance = torch.zeros(1, 8, 16)
    importance[..., :4] = 1e6
    out, _ = forward_splat(image, field, importance)
    assert bool(torch.isfinite(out).all()) and float(out[0, 0, :, 7].min()) > 0.999


def test_a_batch_equals_its_parts():
    image, field = picture(batch=3, height=300, width=300), torch.randn(3, 300, 300, 2) * 3
    out, coverage = forward_splat(image, field)
    for b in range(3):
        one, covered = forward_splat(image[b : b + 1], field[b : b + 1])
        assert torch.allclose(out[b], one[0], atol=1e-5) and torch.allclose(
            coverage[b], covered[0], atol=1e-5
        )


def test_one_image_serves_many_displacements():
    image = picture()
    out, coverage = forward_splat(image, torch.cat([uniform(0.0, 0.0), uniform(2.0, 0.0)]))
    assert out.shape == (2, 3, 24, 32) and coverage.shape == (2, 24, 32)
    assert torch.equal(out[:1], image)


def test_sizes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="displacement"):
        forward_splat(picture(), uniform(0.0, 0.0, 10, 10))
    with pytest.raises(ValueError, match="batch"):
        forward_splat(picture(batch=2), uniform(0.0, 0.0, batch=3))
    with pytest.raises(ValueError, match="importance"):
        forward_splat(picture(), uniform(0.0, 0.0), torch.zeros(24, 32))


def test_nan_is_refused():
    with pytest.raises(ValueError, match="NaN"):
        forward_splat(picture(), uniform(float("nan"), 0.0))
