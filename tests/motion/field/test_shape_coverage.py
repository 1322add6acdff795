"""Many strokes and polygons: the coverage that all of them give, from few of the distances to them."""

import json

import numpy as np
import pytest
from flowbrush.motion.document.document import parse
from flowbrush.motion.field.capsules import Capsules
from flowbrush.motion.field.region import Grid, rasterize


def region(**members):
    return parse(json.dumps({"version": 2, "layers": [{"region": members}]})).layers[0].region


def random_shapes(seed: int, count: int, **stroke):
    draw = np.random.default_rng(seed)

    def walk(points):
        return np.clip(
            draw.uniform(0, 1, 2) + np.cumsum(draw.normal(0, 0.06, (points, 2)), 0), -1, 2
        ).tolist()

    def mode():
        return str(draw.choice(["paint", "paint", "erase"]))

    strokes = [
        {"points": [[*point, draw.uniform(0.1, 1)] for point in walk(6)], "mode": mode(), **stroke}
        for _ in range(count)
    ]
    return {"strokes": strokes, "polygons": [{"points": walk(7), "mode": mode()} for _ in range(count)]}


def every_distance(region, grid: Grid, width: float) -> np.ndarray:
    """The coverage by the rule in region.py, from the distance of every cell to every segment of every shape."""
    x, y = (places.astype(np.float64) for places in np.meshgrid(grid.x, grid.y))
    layer = np.full(x.shape, float(region.everything))
    grow = -region.grow if region.invert else region.grow
    for shape in (*region.polygons, *region.strokes):
        growth = -grow if shape.mode == "erase" else grow
        points = np.array([point[:2] for point in shape.points]) * grid.extent
        is_stroke = hasattr(shape, "radius")
        radii = [shape.radius * point[2] for point in shape.points] if is_stroke else [0.0] * len(points)
        corners = list(zip(points, radii, strict=True))
        sides = list(zip(corners, corners[1:] if is_stroke else [*corners[1:], corners[0]], strict=False))
        softness = 1 - shape.hardness if is_stroke else 0
        level, inside = np.full(x.shape, np.inf), np.zeros(x.shape, bool)
        for (a, start), (b, stop) in sides:
            step = b - a
            along = np.clip(((x - a[0]) * step[0] + (y - a[1]) * step[1]) / max(step @ step, 1e-12), 0, 1)
            radius = start + along * (stop - start)
            distance = np.hypot(x - a[0] - along * step[0], y - a[1] - along * step[1])
            s = softness * radius
            if is_stroke:
                distance = (distance - radius - growth + s / 2) / (width + s)
            level = np.minimum(level, distance)
            crossed = (a[1] <= y) != (b[1] <= y)
            inside ^= crossed & (x < a[0] + (y - a[1]) * (step[0] / (step[1] or 1)))
        if not is_stroke:
            level = (np.where(inside, -level, level) - growth) / width
        t = np.clip(0.5 - level, 0, 1)
        cover = t * t * (3 - 2 * t)
        layer = layer * (1 - cover) if shape.mode == "erase" else np.maximum(layer, cover)
    return 1 - layer if region.invert else layer


@pytest.mark.parametrize("feather", [0, 0.05, 1])
@pytest.mark.parametrize("more", [{}, {"grow": 0.05}, {"grow": -0.1, "invert": True}, {"everything": True}])
def test_shapes_that_cannot_decide_are_left_out_and_nothing_else(feather, more):
    grid = Grid(70, 41, 41 / 70)
    for seed in range(3):
        shapes = random_shapes(seed, 12, radius=[0.03, 0.1, 0.6][seed], hardness=[1, 0.4, 0][seed])
        shape = region(**shapes, feather=feather, **more)
        found = rasterize(shape, grid).soft
        np.testing.assert_allclose(found, every_distance(shape, grid, max(feather, grid.cell)), atol=2e-4)


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (300, 1), (257, 3), (600, 5)])
def test_grids_of_any_size(size):
    grid = Grid(*size, 1.0)
    shape = region(**random_shapes(5, 5, radius=0.2, hardness=0.5), feather=0.1)
    width = max(0.1, grid.cell)
    np.testing.assert_allclose(rasterize(shape, grid).soft, every_distance(shape, grid, width), atol=2e-4)


@pytest.mark.parametrize("feather", [0.01, 0.1])
def test_few_distances_are_computed_for_many_shapes(monkeypatch, feather):
    computed = []
    distances = Capsules.distances

    def counted(self, capsule, x, y):
        found = distances(self, capsule, x, y)
        computed.append(found[0].size)
        return found

    monkeypatch.setattr(Capsules, "distances", counted)
    draw = np.random.default_rng(1)
    points = [[*draw.uniform(0, 1, 2), 1] for _ in range(4000)]
    strokes = [{"points": points[k : k + 20], "radius": 0.05} for k in range(0, 4000, 20)]
    polygons = [{"points": [point[:2] for point in points[k : k + 4]]} for k in range(0, 4000, 4)]
    for shapes in ({"strokes": strokes}, {"polygons": polygons}, {"strokes": [{"points": points}]}):
        computed.clear()
        rasterize(region(**shapes, feather=feather), Grid(90, 160, 160 / 90))
        assert sum(computed) < 0.1 * 4000 * 90 * 160
