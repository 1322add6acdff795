"""The displacement of a painted layer as a function of time and place.

Translation, rotation and scaling about a pivot, and ambient waves are sums of products of a function of time and a
function of place: `coefficients(times)` [T,J] and `basis(points)` [J,2,P]. All layers together are one matrix product.
Only the deformation by several paths is not separable; `bend` computes it where it is needed.
"""

from __future__ import annotations

import math

import numpy as np
import torch

from ..document.document import Motion, Region
from .ambient import AmbientWaves
from .easing import ease, progress, seamless_progress
from .moving_least_squares import displacement_of_many
from .path import Curve
from .region import Grid, rasterize

PIVOT_GRID = 64  # cells along the short side of the grid on which a region's centre is computed


class BrushMotion:
    """A layer's motion in units (short side = 1) for a picture of the given aspect; `seamless` makes it close."""

    def __init__(
        self,
        motion: Motion,
        region: Region,
        aspect: float,
        mask: torch.Tensor | None,
        seamless: bool = False,
    ):
        self.motion = motion
        self.seamless = seamless
        self.extent = Grid(1, 1, aspect).extent
        self.curves = [
            Curve(np.asarray(path.points) * self.extent, path.corners, path.times) for path in motion.paths
        ]
        self.turns = motion.rotation != 0 or motion.proximity != 0
        self.pivot = np.zeros(2)
        if self.turns:
            centre = motion.pivot or region_centre(region, aspect, mask)
            self.pivot = np.asarray(centre) * self.extent
        span = motion.end - motion.start if seamless else None
        self.waves = AmbientWaves(motion.ambient, span) if motion.ambient.amount else None

    @property
    def bends(self) -> bool:
        """True when the motion has several paths, so that `bend` adds to the displacement."""
        return len(self.curves) > 1

    def eased_progress(self, times: np.ndarray) -> np.ndarray:
        """Eased progress [T] of the motion at clip times 0..1."""
        motion = self.motion
        timing = seamless_progress if self.seamless else progress
        return ease(motion.ease, timing(times, motion.start, motion.end, motion.loop))

    def coefficients(self, times: np.ndarray) -> torch.Tensor:
        """The time factors [T,J] float32 at clip times 0..1."""
        motion, at = self.motion, self.eased_progress(times)
        shift = at[:, None] * np.array([motion.horizontal * self.extent[0], motion.vertical * self.extent[1]])
        if len(self.curves) == 1:
            shift = shift + self.curves[0].position(at) - self.curves[0].start
        parts = [torch.tensor(shift, dtype=torch.float32)]
        if self.turns:
            nearer = 1 + abs(motion.proximity)
            scale = np.power(nearer if motion.proximity >= 0 else 1 / nearer, at)
            angle = math.radians(motion.rotation) * at
            turn = np.stack([scale * np.cos(angle) - 1, scale * np.sin(angle)], axis=1)
            parts.append(torch.tensor(turn, dtype=torch.float32))
        if self.waves:
            elapsed = np.clip(times, motion.start, motion.end) - motion.start
            parts.append(self.waves.coefficients(elapsed))
        return torch.cat(parts, dim=1)

    def basis(self, points: torch.Tensor) -> torch.Tensor:
        """The space factors [J,2,P] float32 for points [P,2] in units."""
        parts = [torch.eye(2, device=points.device)[..., None].expand(2, 2, len(points))]
        if self.turns:
            x, y = (points - points.new_tensor(self.pivot)).unbind(1)
            parts.append(torch.stack([x, y, -y, x]).reshape(2, 2, -1))
        if self.waves:
            parts.append(self.waves.basis(points))
        return torch.cat(parts)

    def bend(self, times: np.ndarray, points: torch.Tensor) -> torch.Tensor:
        """Displacement [T,2,P] in units of the deformation that moves the start of every path along the path."""
        at = self.eased_progress(times)
        starts = points.new_tensor(np.stack([curve.start for curve in self.curves]))
        moved = points.new_tensor(np.stack([curve.position(at) for curve in self.curves], axis=1))
        return displacement_of_many(points, starts, moved, self.motion.fit)


def region_centre(region: Region, aspect: float, mask: torch.Tensor | None) -> tuple[float, float]:
    """Centre of mass (x, y) of a region in 0..1 coordinates; the picture's centre when the region is empty."""
    extent = Grid(1, 1, aspect).extent
    grid = Grid(round(PIVOT_GRID * extent[1]), round(PIVOT_GRID * extent[0]), aspect)
    cover = rasterize(region, grid, mask).soft.astype(np.float64)
    total = cover.sum()
    if total < 1e-6:
        return 0.5, 0.5
    x, y = (np.arange(grid.width) + 0.5) / grid.width, (np.arange(grid.height) + 0.5) / grid.height
    return float(cover.sum(0) @ x / total), float(cover.sum(1) @ y / total)
