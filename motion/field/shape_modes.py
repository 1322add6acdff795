"""The first modes in which a painted shape swings about its anchor.

The shape is an elastic sheet: bilinear elements of plane stress on a coarse grid (Bathe, "Finite element procedures", section
5.3), with Poisson's ratio 0.3, fixed near the anchor, and stiffer near it, as a branch is. Cells outside the shape are filled with
a weak, light material, as in topology optimization (Bendsøe and Sigmund, 1999), so that parts that are not connected still have
modes. The modes are the solutions of K x = r^2 M x with the smallest r, found by subspace iteration (Bathe, section 11.6).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from ..document.document import Region
from .region import Grid, rasterize

MODES = 3
_SIDE = 22  # cells along the longer side of the shape
_WEAK, _LIGHT = 1e-2, 1e-3  # stiffness and mass of a cell outside the shape
_STIFFER = 8.0  # how much stiffer the shape is at its anchor than at its free end
_FIXED = 0.12  # of the shape's length from the anchor, within which it is fixed
_ITERATIONS = 24


@dataclass(frozen=True)
class ShapeModes:
    """The modes of a shape: `shapes` [MODES,2,h,w] on a grid of nodes between the corners `low` and `high` [2] in units.

    rates: [MODES] the frequencies relative to the first one. pull: [MODES] how much of each mode there is where the free end
    is pulled by 1. The largest displacement of each mode inside the shape is 1.
    """

    shapes: torch.Tensor
    low: np.ndarray
    high: np.ndarray
    rates: np.ndarray
    pull: np.ndarray

    def basis(self, points: torch.Tensor) -> torch.Tensor:
        """The displacements [MODES,2,P] at points [P,2] in units; beyond the nodes, that of the nearest place between them."""
        low, high = points.new_tensor(self.low), points.new_tensor(self.high)
        at = ((points - low) / (high - low) * 2 - 1).clamp(-1, 1)
        shapes = self.shapes.to(points).flatten(0, 1)[None]
        found = F.grid_sample(
            shapes, at[None, None], mode="bicubic", padding_mode="border", align_corners=True
        )
        return found[0, :, 0].reshape(-1, 2, len(points))


def shape_modes(
    region: Region, mask: torch.Tensor | None, aspect: float, anchor: np.ndarray, across: np.ndarray
) -> ShapeModes:
    """The modes of a region that is fixed at `anchor` [2] in units and is pulled towards `across` [2]."""
    low, cell, inside = _cells(region, mask, aspect)
    rows, columns = inside.shape
    y, x = np.mgrid[: rows + 1, : columns + 1]
    nodes = low + np.stack([x, y], -1).reshape(-1, 2) * cell
    centres = low + (np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), -1) + 0.5) * cell
    away = np.linalg.norm(centres - anchor, axis=-1)
    length = away[inside].max()
    stiffness = (1 + _STIFFER * np.clip(1 - away / length, 0, 1) ** 2) * np.where(inside, 1, _WEAK)
    free = np.linalg.norm(nodes - anchor, axis=1) > max(_FIXED * length, away.min() + 0.8 * cell)
    modes, squared = _lowest_modes(stiffness, np.where(inside, 1, _LIGHT), free)
    touched = np.zeros((rows + 1, columns + 1), dtype=bool)
    for down in (0, 1):
        for right in (0, 1):
            touched[down : down + rows, right : right + columns] |= inside
    touched = touched.reshape(-1)
    tip = np.flatnonzero(touched)[np.linalg.norm(nodes[touched] - anchor, axis=1).argmax()]
    modes = modes / np.linalg.norm(modes[:, touched], axis=2).max(1)[:, None, None]
    reach = modes[:, tip] @ across
    modes, reach = modes * np.where(reach < 0, -1, 1)[:, None, None], np.abs(reach)
    pull = reach / squared
    pull = pull / max(float(pull @ reach), 1e-9)
    shapes = torch.from_numpy(modes.astype(np.float32)).permute(0, 2, 1).reshape(MODES, 2, rows + 1, -1)
    high = low + np.array([columns, rows]) * cell
    return ShapeModes(shapes, low, high, np.sqrt(squared / squared[0]), pull)


def _cells(region: Region, mask: torch.Tensor | None, aspect: float) -> tuple[np.ndarray, float, np.ndarray]:
    """The upper left corner [2] of the box around a region in units, the size of a cell, and which cells [rows,columns] lie inside."""
    extent = Grid(1, 1, aspect).extent
    fine = Grid(round(96 * extent[1]), round(96 * extent[0]), aspect)
    cover = rasterize(region, fine, mask).exact >= 0.5
    if not cover.any():
        cover[:] = True
    rows, columns = np.flatnonzero(cover.any(1)), np.flatnonzero(cover.any(0))
    step = np.array([extent[0] / fine.width, extent[1] / fine.height])
    low = np.array([columns[0], rows[0]]) * step
    high = np.array([columns[-1] + 1, rows[-1] + 1]) * step
    cell = float((high - low).max()) / _SIDE
    counts = [max(2, math.ceil(float(side) / cell - 1e-9)) for side in high - low]
    at = [
        np.clip(((low[axis] + (np.arange(counts[axis]) + 0.5) * cell) / step[axis]).astype(int), 0, most - 1)
        for axis, most in ((0, fine.width), (1, fine.height))
    ]
    inside = cover[at[1][:, None], at[0][None]]
    return low, cell, inside if inside.any() else np.ones_like(inside)


def _element() -> np.ndarray:
    """The stiffness [8,8] of a square cell for the displacements (x, y) of its corners, in the order of `_lowest_modes`."""
    ratio = 0.3
    elastic = np.array([[1, ratio, 0], [ratio, 1, 0], [0, 0, (1 - ratio) / 2]]) / (1 - ratio**2)
    corners = np.array([[-1, -1], [1, -1], [-1, 1], [1, 1]])
    result = np.zeros((8, 8))
    for s in (-1 / math.sqrt(3), 1 / math.sqrt(3)):
        for t in (-1 / math.sqrt(3), 1 / math.sqrt(3)):
            slope_x, slope_y = (
                corners[:, 0] * (1 + corners[:, 1] * t),
                corners[:, 1] * (1 + corners[:, 0] * s),
            )
            strain = np.zeros((3, 8))
            strain[0, 0::2] = strain[2, 1::2] = slope_x / 2
            strain[1, 1::2] = strain[2, 0::2] = slope_y / 2
            result += strain.T @ elastic @ strain / 4
    return result


def _lowest_modes(stiffness: np.ndarray, mass: np.ndarray, free: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The modes [MODES,N,2] at the nodes of cells with these stiffnesses and masses [h,w], and their squared frequencies."""
    rows, columns = stiffness.shape
    count = (rows + 1) * (columns + 1)
    first = (np.arange(rows)[:, None] * (columns + 1) + np.arange(columns)).reshape(-1)
    corners = first[:, None] + np.array([0, 1, columns + 1, columns + 2])
    places = (2 * corners[..., None] + np.arange(2)).reshape(-1, 8)
    matrix, weight = np.zeros((2 * count, 2 * count)), np.zeros(2 * count)
    np.add.at(
        matrix,
        (places[:, :, None], places[:, None]),
        stiffness.reshape(-1, 1, 1) * _element(),
    )
    np.add.at(weight, places, np.repeat(mass.reshape(-1, 1) / 4, 8, axis=1))
    kept = np.flatnonzero(np.repeat(free, 2))
    inverse = np.linalg.inv(matrix[np.ix_(kept, kept)] + 1e-9 * np.eye(len(kept)))
    root = np.sqrt(weight[kept])
    flexibility = root[:, None] * inverse * root  # its largest eigenvalues belong to the lowest modes
    found = np.random.default_rng(0).standard_normal((len(kept), 2 * MODES))
    for _ in range(_ITERATIONS):
        found, _ = np.linalg.qr(flexibility @ found)
    values, turn = np.linalg.eigh(found.T @ flexibility @ found)
    order = np.argsort(values)[::-1][:MODES]
    modes = np.zeros((MODES, 2 * count))
    modes[:, kept] = (found @ turn[:, order]).T / root
    return modes.reshape(MODES, count, 2), 1 / values[order]
