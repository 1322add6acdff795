"""The object under a click."""

import cv2
import numpy as np
import pytest
import torch
from flowbrush.interruption import interruptible
from flowbrush.rendering.selection import outlines_of_mask, selected_object


def scene(size=(96, 128), holes=()):
    """A red disc and a blue square on green; [H,W,3] and the masks of both."""
    height, width = size
    y, x = np.mgrid[:height, :width]
    disc = np.hypot(x - 0.3 * width, y - 0.5 * height) < 0.22 * height
    square = (abs(x - 0.75 * width) < 0.12 * width) & (abs(y - 0.5 * height) < 0.2 * height)
    noise = np.random.default_rng(0).normal(0, 0.03, (*size, 3))
    picture = np.full((*size, 3), (0.3, 0.6, 0.3)) + noise
    picture[disc] = (0.8, 0.2, 0.2) + noise[disc]
    picture[square] = (0.2, 0.3, 0.8) + noise[square]
    return torch.from_numpy(picture.clip(0, 1)).float(), disc, square


def filled(outlines, shape):
    """The pixels inside of outlines, sampled at 8 times the size."""
    mask = np.zeros((8 * shape[0], 8 * shape[1]), np.uint8)
    for outline in outlines:
        points = np.array(outline) * (mask.shape[1], mask.shape[0])
        cv2.fillPoly(mask, [points.round().astype(np.int32)], 1)
    return cv2.resize(mask.astype(np.float32), shape[::-1], interpolation=cv2.INTER_AREA) > 0.5


def overlap(first, second):
    """Intersection over union."""
    return (first & second).sum() / (first | second).sum()


@pytest.mark.parametrize("size", [(96, 128), (300, 420), (180, 150)])
def test_a_click_selects_the_object_under_it(size):
    picture, disc, square = scene(size)
    assert overlap(filled(selected_object(picture, [(0.3, 0.5)]), size), disc) > 0.93
    assert overlap(filled(selected_object(picture, [(0.75, 0.5)]), size), square) > 0.93


def test_a_second_point_adds_and_a_third_takes_away():
    picture, disc, square = scene()
    both = selected_object(picture, [(0.3, 0.5), (0.75, 0.5)])
    assert overlap(filled(both, disc.shape), disc | square) > 0.9
    less = selected_object(picture, [(0.3, 0.5)], [(0.75, 0.5), (0.5, 0.1)])
    assert overlap(filled(less, disc.shape), disc) > 0.93


def test_a_picture_without_edges_has_no_object():
    assert selected_object(torch.full((64, 64, 3), 0.5), [(0.5, 0.5)]) is None


def test_equal_clicks_give_equal_outlines_and_few_points():
    picture, *_ = scene((300, 420))
    first, second = (selected_object(picture, [(0.3, 0.5)]) for _ in range(2))
    assert first == second
    assert sum(map(len, first)) < 80
    assert all(0 <= value <= 1 for outline in first for point in outline for value in point)


@pytest.mark.parametrize(
    ("picture", "points", "message"),
    [
        (torch.zeros(8, 8), [(0.5, 0.5)], r"must be \[H,W,3\]"),
        (torch.zeros(8, 8, 3), [], "at least one on it"),
        (torch.zeros(8, 8, 3), [(0.5, 0.5)] * 2001, "at most 2000"),
    ],
)
def test_other_requests_are_refused(picture, points, message):
    with pytest.raises(ValueError, match=message):
        selected_object(picture, points)


def test_it_can_be_cancelled():
    class Stop(Exception):
        pass

    def stop():
        raise Stop

    with pytest.raises(Stop), interruptible(stop):
        selected_object(scene()[0], [(0.3, 0.5)])


@pytest.mark.parametrize("size", [(96, 128), (900, 1200)])
def test_a_mask_is_outlined_without_its_specks(size):
    _, disc, square = scene(size)
    mask = disc | square
    mask[:2, :2] = True
    outlines = outlines_of_mask(torch.from_numpy(mask).float())
    assert len(outlines) == 2 and sum(map(len, outlines)) < 200
    assert overlap(filled(outlines, size), disc | square) > 0.97


def test_an_empty_mask_has_no_outlines_and_another_shape_is_refused():
    assert outlines_of_mask(torch.zeros(40, 60)) == []
    with pytest.raises(ValueError, match=r"the mask has shape \[1, 4, 4\]; it must be \[H,W\]"):
        outlines_of_mask(torch.zeros(1, 4, 4))
