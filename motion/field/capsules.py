"""Strokes and polygons as capsules: segments with a radius at each end, whose levels region.py defines.

All places are in units, and the arrays hold the capsules of many shapes in the order of the shapes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np


def like(values: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Values [n] with further axes of length 1, so that they combine with `other` [n,...]."""
    return values.reshape(-1, *[1] * (other.ndim - 1))


@dataclass(frozen=True)
class Capsules:
    """S capsules of N shapes; capsule k leads from start[k] to stop[k], its radius from radius[k] by widening[k]."""

    start: np.ndarray  # [S,2]
    stop: np.ndarray  # [S,2]
    radius: np.ndarray  # [S]
    widening: np.ndarray  # [S]
    shape: np.ndarray  # [S] the shape of each capsule, rising
    softness: np.ndarray  # [N] 1 - hardness
    grow: np.ndarray  # [N] by how much the shape is larger
    erase: np.ndarray  # [N]

    @cached_property
    def step(self) -> np.ndarray:
        """[S,2] from the start of each capsule to its stop."""
        return self.stop - self.start

    @cached_property
    def lines(self) -> np.ndarray:
        """[6,S] starts, steps, and how much nearer to its stop (1) a way of one unit along x or y is."""
        squared = np.maximum(self.step[:, :1] ** 2 + self.step[:, 1:] ** 2, np.float32(1e-12))
        return np.ascontiguousarray(np.concatenate([self.start, self.step, self.step / squared], 1).T)

    @cached_property
    def run(self) -> np.ndarray:
        """[N] the run of each shape: neighbours that all paint or all erase."""
        return np.cumsum(np.diff(self.erase.astype(np.int8), prepend=np.int8(0)) != 0)

    def box(self, width: float) -> tuple[np.ndarray, np.ndarray]:
        """The left upper and the right lower corner of all places that edges of this width may touch."""
        margin = np.maximum(self.radius, self.radius + self.widening) + self.grow[self.shape] + width
        margin = np.maximum(margin, width)[:, None]
        least, greatest = np.minimum(self.start, self.stop), np.maximum(self.start, self.stop)
        return (least - margin).min(0), (greatest + margin).max(0)

    def distances(self, capsule: np.ndarray, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Distances [P,...] of places x, y to the segments of capsules [P], and the radii at the nearest points."""
        start_x, start_y, step_x, step_y, rate_x, rate_y = (like(row[capsule], x) for row in self.lines)
        dx, dy = x - start_x, y - start_y
        along = dx * rate_x + dy * rate_y
        np.clip(along, 0, 1, out=along)
        dx, dy = dx - along * step_x, dy - along * step_y
        dx *= dx
        dy *= dy
        dx += dy
        distance = np.sqrt(dx, out=dx)
        along *= like(self.widening[capsule], along)
        along += like(self.radius[capsule], along)
        return distance, along


class Strokes(Capsules):
    """The capsules of strokes; a stroke's level is the least of its capsules' levels (d + s/2) / (w + s)."""

    def levels(self, capsule: np.ndarray, distance: np.ndarray, radius: np.ndarray, width: float):
        """Levels [P,...] of capsules [P] at these distances and radii, for the edge width w."""
        shape = self.shape[capsule]
        softness = like(self.softness[shape], radius) * radius
        level = distance - (radius + like(self.grow[shape], radius))
        level += softness / 2
        softness += np.float32(width)
        level /= softness
        return level

    def bounds(self, capsule: np.ndarray, x: np.ndarray, y: np.ndarray, reach: np.float32, width: float):
        """The least and the greatest levels [P] of capsules within `reach` of the places x, y [P]."""
        distance, radius = self.distances(capsule, x, y)
        near, far = np.maximum(distance - reach, 0), distance + reach
        widening = np.abs(self.widening[capsule])
        if not widening.any():
            return self.levels(capsule, near, radius, width), self.levels(capsule, far, radius, width)
        length = np.maximum(np.hypot(*self.step[capsule].T), np.float32(1e-6))
        change = widening * np.minimum(reach / length, 1)
        # At any distance a level only rises or only falls with the radius.
        thin, thick = np.maximum(radius - change, 0), radius + change
        low = np.minimum(self.levels(capsule, near, thin, width), self.levels(capsule, near, thick, width))
        high = np.maximum(self.levels(capsule, far, thin, width), self.levels(capsule, far, thick, width))
        return low, high

    def shape_bounds(self, low: np.ndarray, high: np.ndarray, *_) -> tuple[np.ndarray, np.ndarray]:
        """The levels of shapes between the bounds of their capsules are those bounds."""
        return low, high

    def shape_levels(
        self, capsule: np.ndarray, starts: np.ndarray, x: np.ndarray, y: np.ndarray, width: float, _
    ):
        """Levels [G,...] at places x, y [P,...] of the shapes whose capsules begin at `starts` [G]."""
        levels = self.levels(capsule, *self.distances(capsule, x, y), width)
        return np.minimum.reduceat(levels, starts, axis=0)


class Polygons(Capsules):
    """The sides of polygons, capsules without a radius. A polygon's level is its signed distance, divided by w."""

    def bounds(self, capsule: np.ndarray, x: np.ndarray, y: np.ndarray, reach: np.float32, _width: float):
        """The least and the greatest distances [P] of sides within `reach` of the places x, y [P]."""
        distance, _ = self.distances(capsule, x, y)
        return distance - reach, distance + reach

    def shape_bounds(self, low, high, shape, reach, width, inside):
        """Bounds of the levels [G] of polygons from those of their distances; `inside` [G] is for the middle."""
        distance = self.signed(high - reach, shape, inside)
        return (distance - reach) / np.float32(width), (distance + reach) / np.float32(width)

    def shape_levels(self, capsule, starts, x, y, width, inside):
        """Levels [G,...] at places x, y [P,...] of the polygons whose sides begin at `starts` [G]."""
        distance = np.minimum.reduceat(self.distances(capsule, x, y)[0], starts, axis=0)
        return self.signed(distance, self.shape[capsule[starts]], inside) / np.float32(width)

    def signed(self, distance: np.ndarray, shape: np.ndarray, inside: np.ndarray) -> np.ndarray:
        """Distances [G,...] to the outlines of polygons [G] that have grown, negative inside."""
        return np.where(inside, -distance, distance) - like(self.grow[shape], distance)


class Crossings:
    """The crossings of polygons' sides with rows of places, from which the even-odd rule tells the inside."""

    def __init__(self, sides: Polygons, x: np.ndarray, y: np.ndarray):
        """`x` [W] and `y` [H] are the columns and the rows of the places, rising."""
        self.height, self.stride = len(y), len(x) + 1
        (ax, ay), (bx, by) = sides.start.T, sides.stop.T
        first = np.searchsorted(y, np.minimum(ay, by))
        count = np.searchsorted(y, np.maximum(ay, by)) - first
        side = np.repeat(np.arange(len(ay)), count)
        row = np.arange(len(side)) + np.repeat(first - (np.cumsum(count) - count), count)
        slope = (bx - ax) / np.where(ay == by, 1, by - ay)
        at = ax[side] + (y[row] - ay[side]) * slope[side]
        # A crossing is stored as the number of places of its row to the left of it.
        self.keys = np.sort((sides.shape[side] * self.height + row) * self.stride + np.searchsorted(x, at))

    def inside(self, shape: np.ndarray, row: np.ndarray, column: np.ndarray) -> np.ndarray:
        """Whether the places at these rows and columns are inside the polygons."""
        key = (shape * self.height + row) * self.stride
        end = np.searchsorted(self.keys, key + (self.stride - 1), side="right")
        return (end - np.searchsorted(self.keys, key + column, side="right")) % 2 == 1
