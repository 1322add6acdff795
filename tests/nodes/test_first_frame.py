import pytest
import torch
from flowbrush.nodes.first_frame import FirstFrame, fit_image


def halves():
    """A picture twice as wide as high: left half dark, right half light."""
    image = torch.zeros(1, 32, 64, 3)
    image[:, :, 32:] = 1
    return image


def test_a_picture_that_fits_is_left_alone(picture):
    first, last, width, height, length = FirstFrame.execute(picture, 32, 32, 17, "crop").args
    assert torch.equal(first, picture) and last is None
    assert (width, height, length) == (32, 32, 17)


def test_crop_keeps_the_middle():
    image = fit_image(halves(), 32, 32, "crop")
    assert image.shape == (1, 32, 32, 3)
    assert image[:, :, :12].max() < 0.02 and image[:, :, 20:].min() > 0.98


def test_pad_adds_black_bars():
    image = fit_image(torch.ones(1, 32, 64, 3), 32, 32, "pad")
    assert image[:, :8].max() == 0 and image[:, 24:].max() == 0
    assert image[:, 8:24].min() > 0.98


def test_stretch_shows_all():
    image = fit_image(halves(), 32, 32, "stretch")
    assert abs(float(image.mean()) - 0.5) < 0.01


def test_enlarging_stays_in_range():
    image = fit_image(halves(), 128, 128, "crop")
    assert image.shape == (1, 128, 128, 3) and image.min() >= 0 and image.max() <= 1


def test_the_last_picture_of_a_batch_is_the_end(picture):
    clip = torch.cat([picture * 0, picture])
    assert torch.equal(FirstFrame.execute(picture, 32, 32, 5, "crop", clip)[1], picture)


def test_one_frame_has_no_other_end(picture):
    with pytest.raises(ValueError, match="`length` is 1, and a clip with a `last_image` needs at least 5"):
        FirstFrame.execute(picture, 32, 32, 1, "crop", picture)
