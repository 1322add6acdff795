import pytest
import torch
from flowbrush.rendering.hole_filling import pull_push


def test_covered_pixels_do_not_change():
    image = torch.rand(2, 3, 17, 23, generator=torch.Generator().manual_seed(0))
    coverage = torch.ones(2, 17, 23)
    coverage[:, 5:9, 5:9] = 0
    filled = pull_push(image, coverage)
    assert torch.equal(filled[:, :, coverage[0] == 1], image[:, :, coverage[0] == 1])


def test_a_hole_in_one_colour_takes_that_colour():
    image = torch.full((1, 3, 33, 40), 0.3)
    coverage = torch.ones(1, 33, 40)
    coverage[:, 8:30, 4:31] = 0
    image[:, :, 8:30, 4:31] = 1.0
    assert torch.allclose(pull_push(image, coverage), torch.full((1, 3, 33, 40), 0.3), atol=1e-5)


def test_a_hole_in_a_gradient_continues_it():
    image = torch.linspace(0, 1, 64).expand(1, 1, 64, 64).clone()
    coverage = torch.ones(1, 64, 64)
    coverage[:, 24:40, 24:40] = 0
    filled = pull_push(image * coverage[:, None], coverage)
    assert float((filled - image).abs().max()) < 0.12
    assert bool((filled[0, 0, 32].diff() > -0.02).all())


def test_a_hole_is_filled_from_source_pixels():
    """A bright thing stands right of the hole it left; the dark background must close the hole."""
    image = torch.zeros(1, 1, 32, 64)
    image[..., 32:48] = 1.0
    coverage = torch.ones(1, 32, 64)
    coverage[:, 8:24, 16:32] = 0
    source = torch.ones_like(coverage)
    source[..., 32:48] = 0.002
    assert float(pull_push(image, coverage)[0, 0, 8:24, 16:32].mean()) > 0.15
    assert float(pull_push(image, coverage, source)[0, 0, 8:24, 16:32].mean()) < 0.05


def test_a_hole_without_source_pixels_around_it_is_filled_from_all_known_pixels():
    image = torch.full((1, 1, 32, 32), 0.6)
    image[..., :4] = 0.0
    coverage = torch.ones(1, 32, 32)
    coverage[:, 12:16, 20:24] = 0
    source = torch.full((1, 32, 32), 0.002)
    filled = pull_push(image, coverage, source)
    assert float((filled[0, 0, 12:16, 20:24] - 0.6).abs().max()) < 0.1


def test_nothing_known_gives_zeros_and_one_pixel_is_enough():
    image = torch.full((1, 1, 9, 9), 0.7)
    assert float(pull_push(image, torch.zeros(1, 9, 9)).abs().max()) == 0
    coverage = torch.zeros(1, 9, 9)
    coverage[0, 2, 3] = 1
    assert torch.allclose(pull_push(image, coverage), image, atol=1e-5)


def test_wrong_sizes_and_nan_are_refused():
    with pytest.raises(ValueError, match="coverage"):
        pull_push(torch.zeros(1, 3, 8, 8), torch.ones(1, 8, 9))
    with pytest.raises(ValueError, match="NaN"):
        pull_push(torch.zeros(1, 3, 8, 8), torch.full((1, 8, 8), float("nan")))
