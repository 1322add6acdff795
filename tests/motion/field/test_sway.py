"""A sway bends a region at its anchor: most at the free end, not at the anchor, without folding."""

import json

import numpy as np
import pytest
import torch
from flowbrush.motion.field.field import field_from_document
from flowbrush.motion.field.sway import beam_shape

KINDS = ("wind", "release", "pendulum", "breathe", "jelly")
STEM = {"polygons": [{"points": [[0.45, 0.2], [0.55, 0.2], [0.55, 0.8], [0.45, 0.8]]}], "feather": 0.01}
SIZE = 120


def field(kind, region=STEM, frames=41, **sway):
    motion = {"sway": {"kind": kind, "amount": 0.1, **sway}}
    text = {"version": 2, "layers": [{"region": region, "motion": motion}]}
    return field_from_document(json.dumps(text), frames, aspect=1.0)


def track(kind, point, **sway):
    at = torch.tensor([point]) * SIZE
    return field(kind, **sway).displacement_of(at, SIZE, SIZE)[:, 0] / SIZE


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "breathe"])
def test_the_anchor_stays_and_the_free_end_goes_about_as_far_as_asked(kind):
    assert track(kind, [0.5, 0.795]).norm(dim=1).max() < 2e-3
    assert 0.06 < track(kind, [0.5, 0.21]).norm(dim=1).max() < 0.3


@pytest.mark.parametrize("kind", KINDS)
def test_it_starts_at_rest_and_does_not_fold(kind):
    moved = field(kind, region={"everything": True}, frames=9).displacement(SIZE, SIZE)
    assert moved[0].abs().max() == 0
    y, x = torch.meshgrid(torch.arange(SIZE), torch.arange(SIZE), indexing="ij")
    places = moved + torch.stack([x, y], -1)
    by_x, by_y = places.diff(dim=2)[:, :-1], places.diff(dim=1)[:, :, :-1]
    assert (by_x[..., 0] * by_y[..., 1] - by_x[..., 1] * by_y[..., 0]).min() > 0.2


def test_a_part_that_is_let_go_comes_to_rest():
    path = track("release", [0.5, 0.21], speed=6, damping=0.15)[:, 0]
    assert path[8].abs() == pytest.approx(0.1, abs=0.01)
    swings = path.sign().diff().abs().sum() / 2
    assert swings >= 6 and path[-3:].abs().max() < 0.02


def test_a_pendulum_keeps_its_length():
    path = track("pendulum", [0.5, 0.25]) + torch.tensor([0.5, 0.25])
    lengths = (path - torch.tensor([0.5, 0.797])).norm(dim=1)
    assert lengths.max() - lengths.min() < 2e-3


def test_breathing_grows_about_the_middle():
    out = track("breathe", [0.5, 0.25], speed=1)
    assert out[20, 1] < -0.05 and out[20, 0].abs() < 1e-3 and out[40].abs().max() < 1e-3


def test_an_anchor_of_its_own_and_a_seed():
    assert track("wind", [0.5, 0.21], anchor=[0.5, 0.2]).norm(dim=1).max() < 2e-3
    assert not torch.allclose(track("wind", [0.5, 0.3]), track("wind", [0.5, 0.3], seed=4), atol=1e-3)


def test_the_shapes_are_those_of_a_clamped_beam():
    u = torch.tensor([0.0, 1.0, 0.5], dtype=torch.float64)
    assert beam_shape(u, 0).tolist() == pytest.approx([0, 1, 0.3395], abs=1e-3)
    assert beam_shape(u, 1).tolist() == pytest.approx([0, 1, -0.7137], abs=1e-3)
    slope = np.gradient(beam_shape(torch.linspace(0, 1, 101, dtype=torch.float64), 0).numpy())
    assert abs(slope[0]) < 1e-3 and (slope[1:] > 0).all()
