"""The as-rigid-as-possible energy of pins: of moving least squares, and of the elastic fit, on the same handles.

    python run.py bench pins [--draws 20] [--json FILE]

The energy is that of Sorkine and Alexa (motion/field/elastic.py) on the mesh of the region, the mean over random moves of the handles by
up to a tenth of the short side. `worst` is the largest ratio of the two energies; below 1 the elastic fit is always the more rigid. Where the
package `libigl` is installed, its energy is printed beside that of the elastic fit with the same handles on nodes of the mesh.
Then the share of cells with a negative Jacobian (`folded`, as in `bench loops`) of a figure under elastic pins, under bones and with a part
that hangs on another, for moves of a tenth and of a fifth of the short side.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ..files import write_json
from ..motion.document.document import Polygon, Region
from ..motion.field.elastic import ElasticDeformation
from ..motion.field.field import field_from_document
from .libigl_pins import both_energies, libigl_is_installed
from .loops import folded_share

SHAPES = {
    "bar": (((0.1, 0.4), (0.9, 0.4), (0.9, 0.6), (0.1, 0.6)), 3),
    "cross": (
        (
            *((0.4, 0.1), (0.6, 0.1), (0.6, 0.4), (0.9, 0.4), (0.9, 0.6), (0.6, 0.6)),
            *((0.6, 0.9), (0.4, 0.9), (0.4, 0.6), (0.1, 0.6), (0.1, 0.4), (0.4, 0.4)),
        ),
        5,
    ),
    "disc": (tuple((0.5 + 0.4 * math.cos(a / 5), 0.5 + 0.4 * math.sin(a / 5)) for a in range(32)), 6),
}
"""Outlines, and how many handles each gets."""


def pin_rows(draws: int) -> Iterator[dict[str, Any]]:
    """Yield one row for each shape."""
    random = np.random.default_rng(0)
    for name, (outline, count) in SHAPES.items():
        corners = np.array(outline)
        chosen = corners[random.choice(len(corners), count, replace=False)]
        handles = chosen * 0.8 + corners.mean(0) * 0.2
        moved = handles + random.uniform(-0.1, 0.1, (draws, count, 2))
        region = Region(polygons=(Polygon(outline),))
        elastic = ElasticDeformation(region, None, 1.0, handles, np.ones(count))
        first = elastic.energy(elastic.first_guess(moved))
        start = time.perf_counter()
        last = elastic.energy(elastic.solved(moved))
        yield {
            "name": name,
            "nodes": len(elastic.places),
            "moving_least_squares": float(first.mean()),
            "elastic": float(last.mean()),
            "worst": float((last / first).max()),
            "seconds_a_frame": (time.perf_counter() - start) / draws,
        }


def libigl_rows(draws: int) -> Iterator[dict[str, Any]]:
    """Yield one row for each shape with the energies of the elastic fit and of libigl."""
    random = np.random.default_rng(0)
    for name, (outline, count) in SHAPES.items():
        corners = np.array(outline)
        handles = corners[random.choice(len(corners), count, replace=False)] * 0.8 + corners.mean(0) * 0.2
        elastic, libigl = both_energies(outline, handles, random.uniform(-0.1, 0.1, (draws, count, 2)))
        yield {
            "name": f"{name} on nodes",
            "elastic": float(elastic.mean()),
            "libigl": float(libigl.mean()),
            "worst": float((elastic / libigl).max()),
        }


def fold_rows() -> Iterator[dict[str, Any]]:
    """Yield one row for each kind of deformation and each size of its move."""
    outline = [[x, y] for x, y in SHAPES["cross"][0]]
    region = {"polygons": [{"points": outline}], "feather": 0.01}
    bar = {"polygons": [{"points": [[0.1, 0.1], [0.9, 0.1], [0.9, 0.2], [0.1, 0.2]]}], "feather": 0.01}
    for move in (0.1, 0.2):
        ends = [[0.5, 0.15], [0.85, 0.5], [0.5, 0.85], [0.15, 0.5]]
        ways = [[move, 0], [0, move], [-move, 0], [0, -move]]
        pins: list[dict[str, Any]] = [{"at": [0.5, 0.5]}]
        pins += [{"at": at, "move": way} for at, way in zip(ends, ways, strict=True)]
        bones = [[0, number] for number in range(1, len(pins))]
        support = {"name": "support", "region": bar, "motion": {"horizontal": move}}
        hanging = {"region": region, "motion": {"hang": {"on": "support", "anchor": [0.5, 0.15]}}}
        for name, layers in (
            ("elastic pins", [{"region": region, "motion": {"pins": pins, "fit": "elastic"}}]),
            ("bones", [{"region": region, "motion": {"pins": pins, "bones": bones, "fit": "elastic"}}]),
            ("hang", [support, hanging]),
        ):
            field = field_from_document(json.dumps({"version": 2, "layers": layers}), 25, aspect=1.0)
            yield {"name": name, "move": move, "folded": folded_share(field, 1.0)}


def main(arguments: list[str] | None = None) -> int:
    """Print the rows, and write them to a file if one is given."""
    parser = argparse.ArgumentParser(prog="run.py bench pins")
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args(arguments)
    rows = list(pin_rows(given.draws))
    for row in rows:
        print(
            f"{row['name']:6} energy {row['moving_least_squares']:.4f} by moving least squares, {row['elastic']:.4f} elastic "
            f"(at most {row['worst']:.2f} times), {1000 * row['seconds_a_frame']:.0f} ms a frame on {row['nodes']} nodes"
        )
    references = list(libigl_rows(given.draws)) if libigl_is_installed() else []
    for row in references:
        print(
            f"{row['name']:14} energy {row['elastic']:.5f} elastic, {row['libigl']:.5f} by libigl (at most {row['worst']:.4f} times)"
        )
    folds = list(fold_rows())
    for row in folds:
        print(f"{row['name']:12} moved by {row['move']:.1f}: {100 * row['folded']:.2f} % of the cells folded")
    if given.json:
        write_json(given.json, [*rows, *folds, *references])
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
