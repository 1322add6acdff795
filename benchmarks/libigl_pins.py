"""The as-rigid-as-possible energy that libigl reaches with the handles and the mesh of `motion/field/elastic.py`.

libigl solves the same problem (Sorkine and Alexa, SGP 2007, energy of spokes) with handles that are fixed exactly, from the same first
guess and with as many iterations. The handles are moved to nodes of the mesh first, because libigl holds nodes only.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec

import numpy as np

from ..motion.document.document import Polygon, Region
from ..motion.field.elastic import ElasticDeformation

ITERATIONS = 40


def libigl_is_installed() -> bool:
    """Whether the package `libigl` can be imported; a mere folder of that name has no origin."""
    spec = find_spec("igl")
    return spec is not None and spec.origin is not None


def both_energies(
    outline: Sequence[tuple[float, float]], handles: np.ndarray, moves: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The energies [N] of the elastic fit and of libigl for handles [K,2] near nodes that are moved by `moves` [N,K,2]."""
    region, count = Region(polygons=(Polygon(tuple(outline)),)), len(handles)
    handles = _nearest_nodes(ElasticDeformation(region, None, 1.0, handles, np.ones(count)), handles)[1]
    elastic = ElasticDeformation(region, None, 1.0, handles, np.ones(count))
    nodes, handles = _nearest_nodes(elastic, handles)
    moved = handles + moves
    found = np.stack(
        [
            _solved_by_libigl(elastic, nodes, target, guess)
            for target, guess in zip(moved, elastic.first_guess(moved), strict=True)
        ]
    )
    return elastic.energy(elastic.solved(moved)), elastic.energy(found)


def triangles(elastic: ElasticDeformation) -> np.ndarray:
    """The mesh as triangles [M,3] of nodes: two for each square whose four corners belong to it."""
    here = np.arange(len(elastic.places))
    right, below = elastic.neighbours[:, 1], elastic.neighbours[:, 3]
    across = elastic.neighbours[below, 1]
    whole = (right != here) & (below != here) & (across != below) & (elastic.neighbours[right, 3] == across)
    corners = [corner[whole] for corner in (here, right, across, below)]
    return np.concatenate(
        [np.stack(corners[:3], 1), np.stack([corners[0], corners[2], corners[3]], 1)]
    ).astype(np.int64)


def _nearest_nodes(elastic: ElasticDeformation, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The numbers [K] and places [K,2] of the nodes nearest to points [K,2]."""
    numbers = ((elastic.places[None] - points[:, None]) ** 2).sum(-1).argmin(1)
    return numbers, elastic.places[numbers]


def _solved_by_libigl(
    elastic: ElasticDeformation, nodes: np.ndarray, target: np.ndarray, guess: np.ndarray
) -> np.ndarray:
    """The displacement [V,2] of the nodes that libigl finds from a first guess [V,2], with some nodes at their target [K,2]."""
    igl = import_module("igl")
    data = igl.ARAPData()
    data.energy, data.max_iter = igl.ARAP_ENERGY_TYPE_SPOKES, ITERATIONS
    places = np.ascontiguousarray(elastic.places)
    igl.arap_precomputation(places, triangles(elastic), 2, nodes.astype(np.int32), data)
    start = np.asfortranarray(places + guess)
    solved = igl.arap_solve(np.ascontiguousarray(target), data, start)
    return (start if solved is None else solved) - places
