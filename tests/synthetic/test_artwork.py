import numpy as np
import pytest
from flowbrush.synthetic.pictures.artwork import FOLDER, curve, icon
from PIL import Image


def test_the_icon_is_the_one_that_the_code_draws():
    drawn, stored = (
        np.asarray(picture, dtype=float) for picture in (icon(), Image.open(FOLDER / "icon.png"))
    )
    assert drawn.shape == stored.shape == (400, 400, 4)
    assert np.abs(drawn - stored).mean() < 0.5  # Pillow's versions round edges differently


def test_the_corners_are_clear_and_the_arrow_is_white():
    drawn = np.asarray(icon())
    assert drawn[0, 0, 3] == 0 and drawn[200, 5, 3] == 255
    x, y = curve((0.19, 0.77), (0.28, 0.2), (0.56, 0.98), (0.76, 0.29))[30]
    assert tuple(drawn[round(y * 400), round(x * 400)]) == (255, 255, 255, 255)


def test_a_curve_begins_and_ends_at_its_outer_points():
    points = curve((0, 0), (0, 1), (1, 1), (1, 0), 3)
    assert points[0] == (0, 0) and points[-1] == (1, 0)
    assert points[1] == pytest.approx((0.5, 0.75))
