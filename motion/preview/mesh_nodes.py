"""Where the lines of a mesh lie: close together where a motion bends, so that few vertices keep it within a tolerance.

Between the vertices of a triangle a player interpolates linearly, which errs by at most (a² |u_xx| + 2 a b |u_xy| + b² |u_yy|) / 8
for a cell of a by b whose displacement has these second derivatives. The lines divide the integral of the density that this bound
asks for into equal parts (equidistribution: de Boor, "Good approximation by splines with variable knots", 1973). The cells
are then measured at their centres once, and the density is corrected where they err more than they may, or less.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

PROBED = 96  # cells along the longer side of the first, even mesh
SMOOTHLY = 16  # the same of a motion without sharp bends
_FEWEST = 4  # cells along a side
_CORRECTION = (0.6, 4.0)  # of the density, after the cells have been measured once
_AIM = 0.72  # of the tolerance, because motions are measured at a few times and places only
_LARGEST = 6  # times the mean
_DIGITS = 6


class MeshNodes(NamedTuple):
    """The places of a mesh's columns [columns + 1] and rows [rows + 1] in the document's coordinates, in ascending order."""

    across: np.ndarray
    down: np.ndarray

    @property
    def vertices(self) -> int:
        return len(self.across) * len(self.down)


Evaluate = Callable[[MeshNodes], np.ndarray]
"""The positions [N,rows+1,columns+1,2] in units of the vertices of a mesh at some times."""


def even_nodes(rows: int, columns: int, box: Sequence[float] = (0, 0, 1, 1)) -> MeshNodes:
    """So many cells of one size over a box (left, top, right, bottom)."""
    left, top, right, bottom = box
    return MeshNodes(np.linspace(left, right, columns + 1), np.linspace(top, bottom, rows + 1))


def graded_nodes(
    evaluate: Evaluate,
    box: Sequence[float],
    extent: tuple[float, float],
    tolerance: float,
    most: int,
    probed: int = PROBED,
) -> MeshNodes:
    """Nodes over a box with which a mesh errs by at most `tolerance` units between its vertices, as far as `most` vertices can."""
    size = (box[2] - box[0]) * extent[0], (box[3] - box[1]) * extent[1]
    columns, rows = (max(_FEWEST, round(probed * side / max(*size, 1e-9))) for side in size)
    nodes = even_nodes(rows, columns, box)
    density = _first_density(evaluate(nodes), size[0] / columns, size[1] / rows, _AIM * tolerance)
    nodes, density = _equidistributed(nodes, density, most)
    worst = cell_errors(evaluate, nodes)
    density = [
        each * np.clip(np.sqrt(worst.max(axis) / (_AIM * tolerance)), *_CORRECTION)
        for axis, each in enumerate(density)
    ]
    nodes, _ = _equidistributed(nodes, density, most)
    return MeshNodes(*(np.unique(side.round(_DIGITS)) for side in nodes))


def cell_errors(evaluate: Evaluate, nodes: MeshNodes) -> np.ndarray:
    """The largest distance [rows,columns] in units of the centre of each cell from the middle of either diagonal."""
    corners = evaluate(nodes)
    centres = evaluate(MeshNodes(*((side[1:] + side[:-1]) / 2 for side in nodes)))
    falling = (corners[:, :-1, :-1] + corners[:, 1:, 1:]) / 2
    rising = (corners[:, :-1, 1:] + corners[:, 1:, :-1]) / 2
    away = [np.linalg.norm(centres - diagonal, axis=-1).max(0) for diagonal in (falling, rising)]
    return np.maximum(*away)


def _first_density(positions: np.ndarray, across: float, down: float, tolerance: float) -> list[np.ndarray]:
    """The lines that each column [columns] and row [rows] of an even mesh of cells `across` by `down` units needs."""
    bent_x = np.linalg.norm(np.diff(positions, 2, axis=2), axis=-1).max(0) / across**2  # [rows+1,columns-1]
    bent_y = np.linalg.norm(np.diff(positions, 2, axis=1), axis=-1).max(0) / down**2  # [rows-1,columns+1]
    twist = np.diff(np.diff(positions, axis=1), axis=2)
    twisted = np.linalg.norm(twist, axis=-1).max(0) / (across * down)  # [rows,columns]
    densities = []
    for cell, bent, mixed in ((across, bent_x.max(0), twisted.max(0)), (down, bent_y.max(1), twisted.max(1))):
        beside = np.concatenate([bent[:1], bent, bent[-1:]])
        bound = np.maximum(beside[1:], beside[:-1]) + mixed
        densities.append(cell * np.sqrt(bound / (4 * tolerance)))
    return densities


def _equidistributed(
    nodes: MeshNodes, density: Sequence[np.ndarray], most: int
) -> tuple[MeshNodes, list[np.ndarray]]:
    """New nodes that divide the density of the cells of the old ones evenly, and the density of each new cell, which is about 1."""
    # Where nothing bends, cells are no larger than so many times the mean.
    density = [np.maximum(each, max(each.mean() / _LARGEST, _FEWEST / len(each))) for each in density]
    totals = np.array([each.sum() for each in density])
    fewer = 1.0
    while np.prod(np.ceil(totals / fewer) + 1) > most:
        fewer *= 1.02
    found, shares = [], []
    for side, each, total in zip(nodes, density, totals, strict=True):
        passed = np.concatenate([[0.0], np.cumsum(each)])
        lines = np.interp(np.linspace(0, total, int(np.ceil(total / fewer)) + 1), passed, side)
        found.append(lines)
        shares.append(np.diff(np.interp(lines, side, passed)))
    return MeshNodes(*found), shares
