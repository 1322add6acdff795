"""A region sways in its own modes: those of an elastic sheet that is fixed at the anchor."""

import json

import numpy as np
import pytest
import torch
from flowbrush.motion.document.document import Polygon, Region
from flowbrush.motion.field.field import field_from_document
from flowbrush.motion.field.shape_modes import shape_modes

SIZE = 96
STEM = ((0.47, 0.2), (0.53, 0.2), (0.53, 0.8), (0.47, 0.8))
# A trunk with a thin branch to the right.
TREE = (
    (0.45, 0.9),
    (0.45, 0.3),
    (0.55, 0.3),
    (0.55, 0.5),
    (0.9, 0.48),
    (0.9, 0.54),
    (0.55, 0.56),
    (0.55, 0.9),
)
DOWN, RIGHT = np.array([0.5, 0.8]), np.array([1.0, 0.0])


def modes_of(points, anchor=DOWN):
    return shape_modes(Region(polygons=(Polygon(points),)), None, 1.0, anchor, RIGHT)


def field(points, frames=25, **sway):
    motion = {"sway": {"bend": "region", "amount": 0.08, **sway}}
    layer = {"region": {"polygons": [{"points": points}], "feather": 0.01}, "motion": motion}
    text = {"version": 2, "layers": [layer], "loop": "seamless"}
    return field_from_document(json.dumps(text), frames, aspect=1.0)


def test_a_thin_stem_bends_like_a_clamped_beam():
    modes = modes_of(STEM)
    points = torch.tensor([[0.5, y] for y in (0.2, 0.35, 0.5, 0.65, 0.79)])
    first, second = modes.basis(points)[:2, 0]
    assert first[0] == pytest.approx(1, abs=0.05) and first[-1].abs() < 0.02
    assert (first.diff() < 0).all()
    # The second mode crosses the axis once, and is several times as fast (6.27 for an even beam).
    assert second[0] * second[2] < 0 and 3 < modes.rates[1] < 8


def test_the_free_end_is_pulled_by_one():
    modes = modes_of(STEM)
    tip = modes.basis(torch.tensor([[0.5, 0.2]]))[:, 0, 0].numpy()
    assert modes.pull @ tip == pytest.approx(1, abs=0.05)


def test_a_branch_swings_more_than_the_trunk_at_its_height():
    modes = modes_of(TREE, np.array([0.5, 0.9]))
    branch, trunk = modes.basis(torch.tensor([[0.88, 0.51], [0.5, 0.51]])).norm(dim=1).amax(0)
    assert branch > 2 * trunk


def test_parts_that_are_not_connected_have_modes_too():
    polygons = (Polygon(STEM), Polygon(tuple((x + 0.3, y) for x, y in STEM)))
    modes = shape_modes(Region(polygons=polygons), None, 1.0, DOWN, RIGHT)
    assert np.isfinite(modes.rates).all() and torch.isfinite(modes.shapes).all()
    assert modes.shapes.abs().max() < 10


@pytest.mark.parametrize("kind", ["wind", "release"])
def test_a_sway_in_own_modes_keeps_its_anchor_closes_and_does_not_fold(kind):
    swaying = field(TREE, kind=kind)
    at = torch.tensor([[0.5, 0.89], [0.5, 0.31], [0.88, 0.51]]) * SIZE
    anchor, top, branch = swaying.displacement_of(at, SIZE, SIZE).norm(dim=2).amax(0) / SIZE
    assert anchor < 2e-3 and top > 0.01 and branch > 0.02
    closed = swaying.up_to_the_end().displacement_of(at, SIZE, SIZE)[-1]
    assert closed.abs().max() < 0.05
    y, x = torch.meshgrid(torch.arange(SIZE), torch.arange(SIZE), indexing="ij")
    layer = swaying.layers[0]
    points = torch.stack([x, y], -1).reshape(-1, 2) / SIZE
    moved = layer.coefficients(swaying.times, 1.0) @ layer.basis(points, 1.0).flatten(1)
    places = moved.reshape(-1, 2, SIZE, SIZE) + points.T.reshape(2, SIZE, SIZE)
    by_x, by_y = places.diff(dim=3)[:, :, :-1], places.diff(dim=2)[..., :-1]
    area = by_x[:, 0] * by_y[:, 1] - by_x[:, 1] * by_y[:, 0]
    cover = layer.coverage(swaying._grid(SIZE, SIZE)).exact[:-1, :-1] > 0.5
    assert (area[:, cover] > 0).all()


def test_a_wind_with_a_heading_reaches_one_region_after_the_other():
    places = []
    for right in (0.0, 0.3):
        stem = [(x - 0.3 + right, y) for x, y in STEM]
        swaying = field(stem, frames=96, heading=0, gust=0, speed=2)
        at = torch.tensor([[0.2 + right, 0.21]]) * SIZE
        path = swaying.displacement_of(at, SIZE, SIZE)[:, 0, 0]
        places.append((path - path.mean()).numpy())
    scores = [float(np.dot(places[0], np.roll(places[1], -lag))) for lag in range(24)]
    # The wind goes 0.3 units in 0.3 / 1.5 of a period of 48 frames.
    assert abs(int(np.argmax(scores)) - 9.6) < 3
