"""The deformation of a region with the least energy: as rigid as possible.

Sorkine and Alexa, "As-rigid-as-possible surface modeling" (SGP 2007), in the plane: the energy is the sum over the nodes i and their
neighbours j of w_ij |(q_i - q_j) - R_i (p_i - p_j)|^2, and it falls in turns: the best rotation R_i of each node for given places
q (local), then the best places for given rotations (global). The mesh is a grid of squares, each cut into two triangles, whose
cotangent weights are 1/2 for each square beside an edge and 0 for the diagonals. It begins with moving least squares, so its energy
is never higher than theirs.
"""

from __future__ import annotations

import math

import numpy as np
import torch
import torch.nn.functional as F

from ...interruption import check_interruption
from ..document.document import Region
from .moving_least_squares import displacement_of_many
from .region import Grid, rasterize

_SIDE = 26  # cells along the longer side of the region
_ITERATIONS = 40
_HOLD = 1e4  # the weight of a control point beside the energy
_LOOSE = 1e-6  # the weight of the first guess, for parts of the region without control points
_FINE, _FINEST = 96, 512  # cells along the short side of the grid on which the region is drawn
_CACHED = 2  # results for different times that are kept


class ElasticDeformation:
    """The deformation of a region by control points that start at `controls` [K,2] in units, with their `stiffness` [K]."""

    def __init__(
        self,
        region: Region,
        mask: torch.Tensor | None,
        aspect: float,
        controls: np.ndarray,
        stiffness: np.ndarray,
    ):
        self.controls, self.stiffness = controls, stiffness
        self.low, self.high, self.shape, inside = _nodes(region, mask, aspect, controls)
        rows, columns = self.shape
        x, y = np.linspace(self.low[0], self.high[0], columns), np.linspace(self.low[1], self.high[1], rows)
        places = np.stack(np.meshgrid(x, y), -1).reshape(-1, 2)
        self.places = places[inside]  # [V,2]
        # A node outside the region goes like the nearest one inside.
        squared = ((places[:, None] - self.places[None]) ** 2).sum(-1)
        self.nearest = squared.argmin(1)
        self._edges(inside)
        taken = self._taken(torch.from_numpy(controls).double())  # [K,V]
        pull = _HOLD * stiffness
        laplacian = np.zeros((len(self.places), len(self.places)))
        for direction in range(4):
            weight, other = self.weights[:, direction], self.neighbours[:, direction]
            # The energy counts each edge from both of its ends.
            np.add.at(laplacian, (np.arange(len(other)), np.arange(len(other))), 2 * weight)
            np.add.at(laplacian, (np.arange(len(other)), other), -2 * weight)
        system = laplacian + taken.T @ (pull[:, None] * taken) + _LOOSE * np.eye(len(laplacian))
        self.inverse = np.linalg.inv(system)
        self.held = taken.T * pull
        self._cache: dict[bytes, torch.Tensor] = {}

    def _edges(self, inside: np.ndarray) -> None:
        """Set `neighbours` and `weights` [V,4]: the node to the left, right, above and below, and the weight of that edge."""
        rows, columns = self.shape
        number = np.full(rows * columns, -1)
        number[inside] = np.arange(inside.sum())
        grid = np.pad(number.reshape(rows, columns), 1, constant_values=-1)
        here = grid[1:-1, 1:-1]
        square = (grid[:-1, :-1] >= 0) & (grid[1:, :-1] >= 0) & (grid[:-1, 1:] >= 0) & (grid[1:, 1:] >= 0)
        above = (square[:-1, :-1], square[:-1, 1:])  # squares above a node, left and right of it
        below = (square[1:, :-1], square[1:, 1:])
        beside = ((above[0], below[0]), (above[1], below[1]), above, below)
        shifted = (grid[1:-1, :-2], grid[1:-1, 2:], grid[:-2, 1:-1], grid[2:, 1:-1])
        kept = here >= 0
        self.neighbours = np.stack([np.where(other >= 0, other, here)[kept] for other in shifted], 1)
        self.weights = np.stack(
            [
                ((first * 0.5 + second * 0.5) * (other >= 0))[kept]
                for (first, second), other in zip(beside, shifted, strict=True)
            ],
            1,
        )

    def _taken(self, points: torch.Tensor) -> np.ndarray:
        """The share [K,V] of each node in the displacement at points [K,2]."""
        count = len(self.places)
        every = np.zeros((len(self.nearest), count))
        every[np.arange(len(self.nearest)), self.nearest] = 1
        images = torch.from_numpy(every.T.reshape(count, *self.shape))
        return self._sampled(images[None], points)[0].T.numpy()

    def _sampled(self, images: torch.Tensor, points: torch.Tensor) -> torch.Tensor:
        """Images [N,C,rows,columns] on the nodes at points [P,2], as [N,C,P]."""
        low, high = points.new_tensor(self.low), points.new_tensor(self.high)
        at = ((points - low) / (high - low) * 2 - 1).clamp(-1, 1).expand(len(images), 1, -1, -1)
        return F.grid_sample(images.to(points), at, "bicubic", "border", align_corners=True)[:, :, 0]

    def displacement(self, moved: np.ndarray, points: torch.Tensor) -> torch.Tensor:
        """Displacement [T,2,P] in units of points [P,2] when the controls are at `moved` [T,K,2]."""
        key = moved.tobytes()
        if key not in self._cache:
            while len(self._cache) >= _CACHED:
                self._cache.pop(next(iter(self._cache)))
            nodes = self.solved(moved)[:, self.nearest]
            images = torch.from_numpy(nodes.astype(np.float32)).reshape(len(moved), *self.shape, 2)
            self._cache[key] = images.permute(0, 3, 1, 2)
        return self._sampled(self._cache[key], points)

    def first_guess(self, moved: np.ndarray) -> np.ndarray:
        """The displacement [T,V,2] of the nodes by moving least squares."""
        nodes, controls = torch.from_numpy(self.places), torch.from_numpy(self.controls)
        stiffness = torch.from_numpy(self.stiffness)
        found = displacement_of_many(nodes, controls, torch.from_numpy(moved), "rigid", stiffness)
        return found.double().permute(0, 2, 1).numpy()

    def solved(self, moved: np.ndarray) -> np.ndarray:
        """The displacement [T,V,2] of the nodes with the least energy."""
        guess = self.first_guess(moved)
        wanted = np.einsum("vk,tkc->tvc", self.held, moved - self.controls) + _LOOSE * guess
        arms = self.places[:, None] - self.places[self.neighbours]  # [V,4,2]
        found = guess
        for _ in range(_ITERATIONS):
            check_interruption()
            turn = self._rotations(found, arms)
            both = turn[:, :, None] + turn[:, self.neighbours]  # R_i + R_j of each edge, as cosine and sine
            x, y = arms[..., 0], arms[..., 1]
            weight = self.weights
            right = np.stack(
                [
                    (weight * (both[..., 0] * x - both[..., 1] * y)).sum(-1),
                    (weight * (both[..., 1] * x + both[..., 0] * y)).sum(-1),
                ],
                axis=-1,
            )
            rest = 2 * (weight[..., None] * arms).sum(1)  # the same for no rotation: K p
            found = np.einsum("uv,tvc->tuc", self.inverse, right - rest + wanted, optimize=True)
        return found

    def _rotations(self, found: np.ndarray, arms: np.ndarray) -> np.ndarray:
        """The best rotation of each node as cosine and sine [T,V,2]."""
        now = arms + found[:, :, None] - found[:, self.neighbours]  # [T,V,4,2]
        cosine = (self.weights * (arms * now).sum(-1)).sum(-1)
        sine = (self.weights * (arms[..., 0] * now[..., 1] - arms[..., 1] * now[..., 0])).sum(-1)
        length = np.maximum(np.hypot(cosine, sine), 1e-12)
        return np.stack([cosine, sine], -1) / length[..., None]

    def energy(self, found: np.ndarray) -> np.ndarray:
        """The energy [T] of displacements [T,V,2] of the nodes, each with its best rotations."""
        arms = self.places[:, None] - self.places[self.neighbours]
        turn = self._rotations(found, arms)
        now = arms + found[:, :, None] - found[:, self.neighbours]
        cosine, sine = turn[..., None, 0], turn[..., None, 1]
        x, y = arms[..., 0], arms[..., 1]
        rigid = np.stack([cosine * x - sine * y, sine * x + cosine * y], -1)
        return (self.weights * ((now - rigid) ** 2).sum(-1)).sum((1, 2))


def _nodes(
    region: Region, mask: torch.Tensor | None, aspect: float, controls: np.ndarray
) -> tuple[np.ndarray, np.ndarray, tuple[int, int], np.ndarray]:
    """The corners [2] of a grid of nodes over a region and its controls, its rows and columns, and which nodes belong to it."""
    points = np.concatenate([_covered(region, mask, aspect, _FINE), controls])
    longest = float((points.max(0) - points.min(0)).max())
    # Two cells of the drawn region for each one of the mesh, so that it has no gaps.
    drawn = min(_FINEST, max(_FINE, math.ceil(2 * _SIDE / max(longest, 1e-3))))
    points = np.concatenate([_covered(region, mask, aspect, drawn), controls])
    low, high = points.min(0), points.max(0)
    cell = max(float((high - low).max()) / _SIDE, 1.5 / drawn)
    low = low - cell
    counts = np.ceil((high + cell - low) / cell).astype(int) + 1
    high = low + (counts - 1) * cell
    owned = np.zeros((counts[1], counts[0]), dtype=bool)
    at = ((points - low) / cell).astype(int)
    for right in (0, 1):  # the nodes around every point
        for down in (0, 1):
            owned[at[:, 1] + down, at[:, 0] + right] = True
    return low, high, (int(counts[1]), int(counts[0])), owned.reshape(-1)


def _covered(region: Region, mask: torch.Tensor | None, aspect: float, cells: int) -> np.ndarray:
    """The centres [n,2] in units of the cells that a region covers, with so many cells along the short side of the picture."""
    extent = Grid(1, 1, aspect).extent
    grid = Grid(round(cells * extent[1]), round(cells * extent[0]), aspect)
    rows, columns = np.nonzero(rasterize(region, grid, mask).exact > 0.05)
    return np.stack([grid.x[columns], grid.y[rows]], 1).astype(np.float64)
