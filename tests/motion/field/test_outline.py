"""Outlines of many points: simplified, and regions of them the same."""

import json

import numpy as np
import torch
from flowbrush.motion.document.document import parse
from flowbrush.motion.field.outline import outline_indices
from flowbrush.motion.field.region import Grid, rasterize


def test_a_simplified_line_stays_within_the_tolerance():
    x = np.linspace(0, 4, 20_000)
    points = np.stack([x, np.sin(3 * x)], 1)
    kept = outline_indices(points, 0.01)
    assert kept[0] == 0 and kept[-1] == len(points) - 1
    assert len(kept) < 120
    between = np.interp(x, x[kept], points[kept, 1])
    assert np.abs(between - points[:, 1]).max() < 0.035  # vertical distance at a slope of 3
    assert len(outline_indices(points[:, :1], 0.01)) == 2  # a straight line


def test_points_of_noise_are_kept():
    points = np.random.default_rng(0).uniform(size=(3000, 2))
    assert len(outline_indices(points, 1e-3)) > 2900


def region(**members):
    return parse(json.dumps({"version": 2, "layers": [{"region": members}]})).layers[0].region


def test_a_lasso_of_ten_thousand_points_covers_what_its_circle_covers():
    turn = np.linspace(0, 2 * np.pi, 10_000)
    circle = np.stack([0.5 + 0.3 * np.cos(turn), 0.5 + 0.3 * np.sin(turn)], 1)
    grid = Grid(200, 200, 1.0)
    many = rasterize(region(polygons=[{"points": circle.tolist()}]), grid).soft
    y, x = np.mgrid[:200, :200]
    distance = np.hypot((x + 0.5) / 200 - 0.5, (y + 0.5) / 200 - 0.5) - 0.3
    w = 0.01
    t = np.clip(0.5 - distance / w, 0, 1)
    np.testing.assert_allclose(many, t * t * (3 - 2 * t), atol=0.04)


def test_a_stroke_of_many_points_covers_what_few_points_cover():
    x = np.linspace(0.1, 0.9, 15_000)
    many = region(strokes=[{"radius": 0.05, "points": [[v, 0.5, 1 - v / 2] for v in x]}])
    few = region(strokes=[{"radius": 0.05, "points": [[0.1, 0.5, 0.95], [0.9, 0.5, 0.55]]}])
    grid = Grid(120, 200, 200 / 120)
    covers = [rasterize(one, grid).soft for one in (many, few)]
    np.testing.assert_allclose(*covers, atol=0.02)


def test_a_thousand_handles_deform_as_the_exact_method(monkeypatch):
    from flowbrush.motion.field import moving_least_squares as mls

    generator = torch.Generator().manual_seed(0)
    controls = torch.rand(100, 2, generator=generator)
    moved = controls[None] + 0.03 * torch.sin(6 * controls)[None] * torch.tensor([0.0, 1.0])[:, None, None]
    y, x = torch.meshgrid(torch.linspace(0, 1, 100), torch.linspace(0, 1, 100), indexing="ij")
    points = torch.stack([x, y], -1).reshape(-1, 2)
    for fit in ("similarity", "rigid"):
        fast = mls.displacement_of_many(points, controls, moved, fit)
        exact = mls.MovingLeastSquares(points, controls, fit).displacement(moved)
        error = (fast - exact).norm(dim=1)
        assert float(error.mean()) < 0.1 * float(exact[1].norm(dim=0).mean())
        assert float(error.max()) < 0.03
        assert float(fast[0].abs().max()) < 1e-5
