"""The editor's JavaScript draws the regions of the Python library."""

import base64
import json

import numpy as np
import torch
from flowbrush.motion.document.document import Stroke, parse
from flowbrush.motion.field.region import Grid, rasterize

from .documents import region
from .node import answers


def random_region(draw) -> dict:
    def walk(count):
        steps = np.cumsum(draw.normal(0, 0.05, (count, 2)), 0) + draw.uniform(0, 1, 2)
        return np.round(np.clip(steps, -1, 2), 4).tolist()

    strokes = [
        {
            "points": [
                [*point, round(float(draw.uniform(0.05, 1)), 3)] for point in walk(int(draw.integers(1, 12)))
            ],
            "radius": round(float(draw.uniform(0.005, 0.2)), 4),
            "hardness": float(draw.choice([1, 1, 0.5, 0, 0.83])),
            "mode": ["paint", "paint", "erase"][draw.integers(3)],
        }
        for _ in range(draw.integers(0, 6))
    ]
    polygons = [
        {"points": walk(int(draw.integers(3, 9))), "mode": ["paint", "paint", "erase"][draw.integers(3)]}
        for _ in range(draw.integers(0, 3))
    ]
    return {
        "strokes": strokes,
        "polygons": polygons,
        "everything": bool(draw.random() < 0.15),
        "invert": bool(draw.random() < 0.25),
        "grow": round(float(draw.choice([0, 0, 0.03, -0.02])), 3),
        "feather": round(float(draw.choice([0, 0.01, 0.01, 0.05, 0.3])), 3),
    }


def check_region(found: bytes, expected: np.ndarray, what: str):
    coverage = np.frombuffer(found, np.uint8).reshape(expected.shape) / 255
    error = np.abs(coverage - expected)
    a, b = coverage >= 0.5, expected >= 0.5
    union = (a | b).sum()
    if union > 50:
        assert (a & b).sum() / union >= 0.98, what
    assert error.mean() < 0.002, (what, error.mean())
    assert (error > 0.02).mean() < 1e-3, (what, error.max())


def test_regions_cover_the_same():
    draw = np.random.default_rng(3)
    sizes = [(96, 96, 1.0), (128, 72, 16 / 9), (60, 100, 0.6), (150, 100, 1.45)]
    cases = []
    for index in range(60):
        width, height, aspect = sizes[index % 4]
        mask = None
        shape = random_region(draw)
        if index % 3 == 0:
            side = (int(draw.integers(40, 260)), int(draw.integers(40, 260)))
            yy, xx = np.mgrid[: side[0], : side[1]] / np.array(side).reshape(2, 1, 1)
            soft = np.clip(4 * (0.35 - np.hypot(yy - 0.5, xx - 0.4)) + 0.5, 0, 1)
            mask = np.round(soft * 255).astype(np.uint8)
            if index % 9 == 0:
                mask[:] = 255 * (index % 2)
            shape["mask"] = 0
        cases.append((shape, width, height, aspect, mask))
    questions = [
        {
            "ask": "regions",
            "texts": [region(json.dumps(shape))],
            "width": width,
            "height": height,
            "aspect": aspect,
            "mask": None
            if mask is None
            else {
                "width": mask.shape[1],
                "height": mask.shape[0],
                "data": base64.b64encode(mask.tobytes()).decode(),
            },
        }
        for shape, width, height, aspect, mask in cases
    ]
    for (shape, width, height, aspect, mask), answer in zip(cases, answers(questions), strict=True):
        incoming = None if mask is None else torch.from_numpy(mask.astype(np.float32) / 255)
        expected = rasterize(
            parse(region(json.dumps(shape))).layers[0].region, Grid(height, width, aspect), incoming
        )
        check_region(base64.b64decode(answer[0]), expected.soft, json.dumps(shape))


def test_a_polygon_with_corners_on_rows_and_columns_of_cells_has_no_gaps():
    draw = np.random.default_rng(6)
    shapes, width, height = [], 60, 40
    for _ in range(20):
        cells = draw.integers(-3, 43, (7, 2)) + 0.5
        points = np.round(cells / [width, height], 4).tolist()
        shapes.append({"polygons": [{"points": points}], "feather": 0})
    texts = [region(json.dumps(shape)) for shape in shapes]
    (found,) = answers([{"ask": "regions", "texts": texts, "width": width, "height": height, "aspect": 1.5}])
    for text, answer in zip(texts, found, strict=True):
        coverage = np.frombuffer(base64.b64decode(answer), np.uint8).reshape(height, width) / 255
        expected = rasterize(parse(text).layers[0].region, Grid(height, width, 1.5)).soft
        assert (np.abs(coverage - expected) > 0.02).sum() == 0, text


def test_polygons_of_many_corners_cover_the_same():
    draw = np.random.default_rng(8)
    turn = 2 * np.pi * np.arange(300) / 300
    texts = []
    for feather, grow in ((0, 0), (0.05, 0.02), (0.5, -0.05)):
        polygons = []
        for mode in ("paint", "paint", "erase"):
            radius = draw.uniform(0.1, 0.25) * draw.uniform(0.7, 1, 300)
            centre = draw.uniform(0.3, 0.7, 2)
            points = np.stack([np.cos(turn), np.sin(turn)], 1) * radius[:, None] + centre
            polygons.append({"points": points.round(4).tolist(), "mode": mode})
        texts.append(region(json.dumps({"polygons": polygons, "feather": feather, "grow": grow})))
    (found,) = answers([{"ask": "regions", "texts": texts, "width": 150, "height": 100, "aspect": 1.5}])
    for text, answer in zip(texts, found, strict=True):
        expected = rasterize(parse(text).layers[0].region, Grid(100, 150, 1.5))
        check_region(base64.b64decode(answer), expected.soft, text[:200])


def test_strokes_drawn_one_after_another_cover_the_same():
    """Painting, extending the last stroke, undoing and painting anew go through the raster's shortcuts."""
    draw = np.random.default_rng(4)
    shape = {**random_region(draw), "invert": False, "feather": 0.02, "strokes": [], "polygons": []}
    steps = []
    for index in range(12):
        mode = "erase" if index % 4 == 3 else "paint"
        stroke = {
            "points": [[*draw.uniform(0, 1, 2), 1.0]],
            "radius": 0.08,
            "hardness": index % 2 / 2,
            "mode": mode,
        }
        for _ in range(6):
            stroke = {**stroke, "points": [*stroke["points"], [*draw.uniform(0, 1, 2), draw.uniform(0.2, 1)]]}
            steps.append({**shape, "strokes": [*shape["strokes"], stroke]})
        if index % 5 == 4:
            steps += [shape, steps[-4]]
        else:
            shape = {**shape, "strokes": [*shape["strokes"], stroke]}
    for inverted in (False, True):
        texts = [region(json.dumps({**step, "invert": inverted})) for step in steps]
        (found,) = answers([{"ask": "regions", "texts": texts, "width": 90, "height": 60, "aspect": 1.5}])
        for text, answer in zip(texts, found, strict=True):
            expected = rasterize(parse(text).layers[0].region, Grid(60, 90, 1.5))
            check_region(base64.b64decode(answer), expected.soft, text)


def test_the_defaults_of_a_stroke_are_pythons():
    (answer,) = answers([{"ask": "document", "text": region('{"strokes": [{"points": [[0.5, 0.5]]}]}')}])
    assert parse(answer["text"]).layers[0].region.strokes == (Stroke(points=((0.5, 0.5, 1.0),)),)
