"""The displacement of a painted layer as a function of time and place.

Translation, rotation and scaling about a pivot, and ambient waves are sums of products of a function of time and a
function of place: `coefficients(times)` [T,J] and `basis(points)` [J,2,P]. All layers together are one matrix product.
Only the deformation by several paths and a flow are not separable; `bend` computes them where they are needed.

A motion that comes from where it goes, a flow or a `repeat` in a seamless loop, is drawn as two copies that are cross-faded:
the first goes on from the picture, and the second arrives where the picture has it. `fade` is the weight of the second.
"""

from __future__ import annotations

import copy
import math

import numpy as np
import torch

from ..document.document import Motion, Region, Sway
from .ambient import AmbientWaves
from .easing import ease, progress, seamless_progress, whole_rounds
from .flow import flow_field
from .moving_least_squares import displacement_of_many
from .path import Curve
from .pins import PinControls
from .region import Grid, rasterize
from .sway import SwayMotion

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
        self.copy_number: int | None = None
        self.extent = Grid(1, 1, aspect).extent
        self.curves = [
            Curve(np.asarray(path.points) * self.extent, path.corners, path.times) for path in motion.paths
        ]
        self.flow = self._flow(region, aspect, mask) if motion.flows else None
        self.turns = motion.rotation != 0 or motion.proximity != 0
        self.pivot = np.zeros(2)
        if self.turns:
            centre = motion.pivot or region_centre(region, aspect, mask)
            self.pivot = np.asarray(centre) * self.extent
        span = motion.end - motion.start
        self.waves = None
        if motion.ambient.amount:
            self.waves = AmbientWaves(motion.ambient, span if seamless else None)
        self.pins = PinControls(motion.pins, self.extent)
        self.sway = None
        if motion.sway.amount:
            anchor, centre, length = anchor_of(motion.sway, region, aspect, mask)
            self.sway = SwayMotion(motion.sway, anchor, centre, length, span, seamless)

    def _flow(self, region: Region, aspect: float, mask: torch.Tensor | None):
        strokes = [curve for curve in self.curves if curve.length > 0]
        if not strokes:
            way = np.array([self.motion.horizontal, self.motion.vertical]) * self.extent
            strokes = [Curve(np.stack([np.zeros(2), way]))]
        return flow_field(strokes, region, mask, aspect, self.motion.flow.hold)

    @property
    def bends(self) -> bool:
        """True when the motion has several paths, pins or a flow, so that `bend` adds to the displacement."""
        return len(self.curves) > 1 or len(self.pins) > 0 or self.flow is not None

    def as_copy(self, number: int) -> BrushMotion:
        """The motion of one of the two copies that are cross-faded: 0 goes on, 1 arrives."""
        result = copy.copy(self)
        result.copy_number = number
        return result

    def rounds(self, times: np.ndarray) -> np.ndarray:
        """How many times [T] the second copy has arrived at clip times 0..1, with the share of the round that runs."""
        motion = self.motion
        if self.flow is None:
            return seamless_progress(times, motion.start, motion.end, "repeat")
        passed = np.clip((times - motion.start) / (motion.end - motion.start), 0, 1)
        return passed * whole_rounds(abs(motion.flow.speed) / motion.flow.reach)

    def fade(self, times: np.ndarray) -> np.ndarray:
        """The weight [T] of the second copy at clip times 0..1; that of the first is 1 minus it."""
        rounds = self.rounds(times)
        return np.where(np.abs(rounds - np.round(rounds)) < 1e-9, 0.0, rounds % 1)

    def flow_ways(self, times: np.ndarray) -> np.ndarray:
        """Ways [T] along the flow at clip times 0..1: of each copy since its start, or of a thing that drifts with the flow."""
        motion = self.motion
        whole = motion.flow.speed / whole_rounds(abs(motion.flow.speed) / motion.flow.reach)
        rounds = self.rounds(times) if self.copy_number is None else self.fade(times)
        return whole * (rounds - (1 if self.copy_number == 1 else 0))

    def eased_progress(self, times: np.ndarray) -> np.ndarray:
        """Eased progress [T] of the motion at clip times 0..1."""
        motion = self.motion
        timing = seamless_progress if self.seamless else progress
        at = ease(motion.ease, timing(times, motion.start, motion.end, motion.loop))
        if self.copy_number == 1 and self.flow is None:
            at = at - ease(motion.ease, np.ones(1))
        return at

    def coefficients(self, times: np.ndarray) -> torch.Tensor:
        """The time factors [T,J] float32 at clip times 0..1."""
        motion, at = self.motion, self.eased_progress(times)
        way = np.array([motion.horizontal * self.extent[0], motion.vertical * self.extent[1]])
        shift = at[:, None] * (way if self.flow is None else np.zeros(2))
        if len(self.curves) == 1 and not self.bends:
            shift = shift + self.curves[0].position(at) - self.curves[0].start
        parts = [torch.tensor(shift, dtype=torch.float32)]
        if self.turns:
            nearer = 1 + abs(motion.proximity)
            scale = np.power(nearer if motion.proximity >= 0 else 1 / nearer, at)
            angle = math.radians(motion.rotation) * at
            turn = np.stack([scale * np.cos(angle) - 1, scale * np.sin(angle)], axis=1)
            parts.append(torch.tensor(turn, dtype=torch.float32))
        elapsed = np.clip(times, motion.start, motion.end) - motion.start
        parts.extend(part.coefficients(elapsed) for part in (self.waves, self.sway) if part)
        return torch.cat(parts, dim=1)

    def basis(self, points: torch.Tensor) -> torch.Tensor:
        """The space factors [J,2,P] float32 for points [P,2] in units."""
        parts = [torch.eye(2, device=points.device)[..., None].expand(2, 2, len(points))]
        if self.turns:
            x, y = (points - points.new_tensor(self.pivot)).unbind(1)
            parts.append(torch.stack([x, y, -y, x]).reshape(2, 2, -1))
        parts.extend(part.basis(points) for part in (self.waves, self.sway) if part)
        return torch.cat(parts)

    def bend(self, times: np.ndarray, points: torch.Tensor) -> torch.Tensor:
        """Displacement [T,2,P] in units of the flow, or of the deformation that moves the start of every path along it."""
        if self.flow is not None:
            return self.flow.displacement(self.flow_ways(times), points)
        at = self.eased_progress(times)
        starts = np.concatenate([*(curve.start[None] for curve in self.curves), self.pins.starts])
        paths = (curve.position(at)[:, None] for curve in self.curves)
        moved = np.concatenate([*paths, self.pins.positions(at)], axis=1)
        stiffness = None
        if len(self.pins):
            stiffness = torch.tensor(np.concatenate([np.ones(len(self.curves)), self.pins.stiffness]))
        return displacement_of_many(
            points, points.new_tensor(starts), points.new_tensor(moved), self.motion.fit, stiffness
        )


def anchor_of(
    sway: Sway, region: Region, aspect: float, mask: torch.Tensor | None
) -> tuple[np.ndarray, np.ndarray, float]:
    """Anchor [2] of a sway, centre [2] of its region, and the distance of the region's farthest point from the anchor, in units."""
    extent = np.array(Grid(1, 1, aspect).extent)
    grid = Grid(round(PIVOT_GRID * extent[1]), round(PIVOT_GRID * extent[0]), aspect)
    rows, columns = np.nonzero(rasterize(region, grid, mask).exact >= 0.5)
    centre = np.asarray(region_centre(region, aspect, mask)) * extent
    points = np.stack([grid.x[columns], grid.y[rows]], axis=1) if len(rows) else centre[None]
    breathes = sway.kind == "breathe"
    lowest = np.array([centre[0], points[:, 1].max()])
    anchor = np.asarray(sway.anchor) * extent if sway.anchor else centre if breathes else lowest
    return anchor, centre, float(np.linalg.norm(points - anchor, axis=1).max())


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
