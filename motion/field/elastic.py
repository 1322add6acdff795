"""The deformation of a region with the least energy: as rigid as possible.

Sorkine and Alexa, "As-rigid-as-possible surface modeling" (SGP 2007), in the plane: the energy is the sum over the nodes i and their
neighbours j of w_ij |(q_i - q_j) - R_i (p_i - p_j)|^2, and it falls in turns: the best rotation R_i of each node for given places
q (local), then the best places for given rotations (global). The mesh is a grid of squares, each cut into two triangles, whose
cotangent weights are 1/2 for each square beside an edge and 0 for the diagonals. It begins with moving least squares, so its energy
is never higher than theirs.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache

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
# Places of the controls whose deformation is kept: the frames of a clip are asked for more than once.
_SYSTEMS = 6  # deformations that are kept, of about 4 MB each
_CACHED = 256


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
        self._cache: dict[bytes, torch.Tensor] = {}  # [2,rows,columns] by the places of the controls

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
        keys = [each.tobytes() for each in moved]
        missing = [number for number, key in enumerate(keys) if key not in self._cache]
        found = {key: self._cache[key] for key in keys if key in self._cache}
        if missing:
            nodes = self.solved(moved[missing])[:, self.nearest].astype(np.float32)
            images = torch.from_numpy(nodes).reshape(len(missing), *self.shape, 2).permute(0, 3, 1, 2)
            found |= {keys[number]: image for number, image in zip(missing, images, strict=True)}
            self._cache |= found
            for oldest in list(self._cache)[: max(0, len(self._cache) - _CACHED)]:
                self._cache.pop(oldest, None)
        return self._sampled(torch.stack([found[key] for key in keys]), points)

    def first_guess(self, moved: np.ndarray) -> np.ndarray:
        """The displacement [T,V,2] of the nodes by moving least squares."""
        nodes, controls = torch.from_numpy(self.places), torch.from_numpy(self.controls)
        stiffness = torch.from_numpy(self.stiffness)
        found = displacement_of_many(nodes, controls, torch.from_numpy(moved), "rigid", stiffness)
        return found.double().permute(0, 2, 1).numpy()

    def solved(self, moved: np.ndarray) -> np.ndarray:
        """The displacement [T,V,2] of the nodes with the least energy."""
        guess = self.first_guess(moved)
        wanted = np.einsum("vk,tkc->vct", self.held, moved - self.controls) + _LOOSE * guess.transpose(
            1, 2, 0
        )
        arms = self._arms()
        rest = 2 * (self.weights[..., None] * arms).sum(1)  # the same for no rotation: K p
        known = wanted - rest[..., None]
        found = np.ascontiguousarray(guess.transpose(1, 2, 0))  # [V,2,T]
        size = found.shape
        for _ in range(_ITERATIONS):
            check_interruption()
            cosine, sine = self._rotations(found, arms)
            right = known.copy()
            for weight, other, arm in self._directions(arms):
                x, y = weight * arm[0], weight * arm[1]
                both = cosine + cosine[other], sine + sine[other]  # R_i + R_j of each edge
                right[:, 0] += both[0] * x - both[1] * y
                right[:, 1] += both[1] * x + both[0] * y
            found = (self.inverse @ right.reshape(size[0], -1)).reshape(size)
        return found.transpose(2, 0, 1)

    def _arms(self) -> np.ndarray:
        """From each neighbour of a node to it, [V,4,2]."""
        return self.places[:, None] - self.places[self.neighbours]

    def _directions(self, arms: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Yield the weight [V,1] of the edge to each of the four neighbours, that neighbour [V], and the arm [2,V,1] from it."""
        for direction in range(4):
            arm = arms[:, direction].T[..., None]
            yield self.weights[:, direction, None], self.neighbours[:, direction], arm

    def _rotations(self, found: np.ndarray, arms: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The cosine and sine [V,T] of the best rotation of each node, displaced by `found` [V,2,T]."""
        cosine, sine = np.zeros((2, len(found), found.shape[2]))
        for weight, other, arm in self._directions(arms):
            now_x, now_y = arm[0] + found[:, 0] - found[other, 0], arm[1] + found[:, 1] - found[other, 1]
            x, y = weight * arm[0], weight * arm[1]
            cosine += x * now_x + y * now_y
            sine += x * now_y - y * now_x
        length = np.maximum(np.hypot(cosine, sine), 1e-12)
        return cosine / length, sine / length

    def energy(self, found: np.ndarray) -> np.ndarray:
        """The energy [T] of displacements [T,V,2] of the nodes, each with its best rotations."""
        arms, moved = self._arms(), found.transpose(1, 2, 0)
        cosine, sine = self._rotations(moved, arms)
        total = np.zeros(len(found))
        for weight, other, (x, y) in self._directions(arms):
            away_x = x + moved[:, 0] - moved[other, 0] - (cosine * x - sine * y)
            away_y = y + moved[:, 1] - moved[other, 1] - (sine * x + cosine * y)
            total += (weight * (away_x**2 + away_y**2)).sum(0)
        return total


@lru_cache(maxsize=_SYSTEMS)
def _painted(region: Region, aspect: float, controls: bytes, stiffness: bytes) -> ElasticDeformation:
    starts, firm = np.frombuffer(controls).reshape(-1, 2).copy(), np.frombuffer(stiffness).copy()
    return ElasticDeformation(region, None, aspect, starts, firm)


def elastic_deformation(
    region: Region, mask: torch.Tensor | None, aspect: float, controls: np.ndarray, stiffness: np.ndarray
) -> ElasticDeformation:
    """The deformation of a region; that of a painted one is kept, so that a control point can be dragged."""
    if mask is not None:
        return ElasticDeformation(region, mask, aspect, controls, stiffness)
    return _painted(
        region, aspect, *(values.astype(np.float64).tobytes() for values in (controls, stiffness))
    )


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
