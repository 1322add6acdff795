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
from functools import partial

import numpy as np
import torch

from ..document.document import Motion, Region
from .ambient import AmbientWaves
from .drive import Drive
from .easing import ease, final_speed, progress, seamless_progress, whole_rounds
from .elastic import ElasticDeformation, elastic_deformation
from .flow import flow_field
from .hang import HangMotion
from .moving_least_squares import displacement_of_many
from .path import Curve
from .pins import Follow, PinControls
from .region import Grid, rasterize
from .shape_modes import shape_modes
from .sway import SwayMotion, directions

PIVOT_GRID = 64  # cells along the short side of the grid on which a region's centre is computed


class BrushMotion:
    """A layer's motion in units (short side = 1) for a picture of the given aspect; `seamless` makes it close.

    follow: the displacement of other layers, for what hangs on them or goes with them; without it they are still.
    """

    def __init__(
        self,
        motion: Motion,
        region: Region,
        aspect: float,
        mask: torch.Tensor | None,
        seamless: bool = False,
        follow: Follow | None = None,
    ):
        self.motion = motion
        self.seamless = seamless
        self.drive = None if motion.drive is None else Drive(motion.drive, seamless)
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
        self.pins = PinControls(motion.pins, self.extent, motion.bones, follow)
        self.sway = self._sway(region, aspect, mask) if motion.sway.amount else None
        self.hang = None
        if motion.hang.on and follow is not None:
            anchor, _, length = anchor_of(motion.hang.anchor, False, region, aspect, mask)
            self.hang = HangMotion(motion.hang, anchor, length, partial(follow, motion.hang.on), seamless)
        self.elastic: ElasticDeformation | None = None
        if self.bends and self.flow is None and motion.fit == "elastic":
            starts, stiffness = self._controls()
            self.elastic = elastic_deformation(region, mask, aspect, starts, stiffness)

    def _sway(self, region: Region, aspect: float, mask: torch.Tensor | None) -> SwayMotion:
        sway, motion = self.motion.sway, self.motion
        anchor, centre, length = anchor_of(sway.anchor, sway.kind == "breathe", region, aspect, mask)
        modes = None
        if sway.bend == "region" and sway.kind in ("wind", "release"):
            modes = shape_modes(region, mask, aspect, anchor, directions(anchor, centre)[1])
        return SwayMotion(sway, anchor, centre, length, motion.end - motion.start, self.seamless, modes)

    def _controls(self) -> tuple[np.ndarray, np.ndarray]:
        """Where the control points [K,2] of the paths and pins start, and their stiffness [K]."""
        starts = np.concatenate([*(curve.start[None] for curve in self.curves), self.pins.starts])
        return starts, np.concatenate([np.ones(len(self.curves)), self.pins.stiffness])

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
        passed = self.elapsed(times) / (motion.end - motion.start)
        if self.drive is not None:
            passed = self.drive.way(times) / max(self.flow_time, 1e-9)
        return passed * whole_rounds(abs(motion.flow.speed) * self.flow_time / motion.flow.reach)

    @property
    def flow_time(self) -> float:
        """The time for which a flow runs at its full speed: the clip, or the mean value of what drives it."""
        return 1.0 if self.drive is None else float(self.drive.way(np.ones(1))[0])

    def fade(self, times: np.ndarray) -> np.ndarray:
        """The weight [T] of the second copy at clip times 0..1; that of the first is 1 minus it."""
        rounds = self.rounds(times)
        return np.where(np.abs(rounds - np.round(rounds)) < 1e-9, 0.0, rounds % 1)

    def flow_ways(self, times: np.ndarray) -> np.ndarray:
        """Ways [T] along the flow at clip times 0..1: of each copy since its start, or of a thing that drifts with the flow."""
        speed = self.motion.flow.speed * self.flow_time
        whole = speed / whole_rounds(abs(speed) / self.motion.flow.reach)
        rounds = self.rounds(times) if self.copy_number is None else self.fade(times)
        return whole * (rounds - (1 if self.copy_number == 1 else 0))

    def elapsed(self, times: np.ndarray) -> np.ndarray:
        """The time [T] since the motion's start. A motion that lasts until the end of the clip goes on after it."""
        last = np.inf if self.motion.end >= 1 else self.motion.end
        return np.clip(times, self.motion.start, last) - self.motion.start

    def eased_progress(self, times: np.ndarray) -> np.ndarray:
        """Eased progress [T] of the motion at clip times; after time 1 it goes on at the speed that it has there."""
        motion = self.motion
        if self.drive is not None:
            return self.drive.progress(times)
        timing = seamless_progress if self.seamless else progress
        at = ease(motion.ease, timing(times, motion.start, motion.end, motion.loop))
        if (times > 1).any() and motion.end >= 1 and motion.loop == "none" and not self.seamless:
            beyond = np.maximum(times - 1, 0) / (motion.end - motion.start)
            at = at + beyond * final_speed(lambda s: ease(motion.ease, s))
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
        elapsed = self.elapsed(times)
        strength = 1.0 if self.drive is None else torch.tensor(self.drive.value(times)[:, None]).float()
        parts.extend(part.coefficients(elapsed) * strength for part in (self.waves, self.sway) if part)
        parts.extend([self.hang.coefficients(times)] if self.hang else [])
        return torch.cat(parts, dim=1)

    def basis(self, points: torch.Tensor) -> torch.Tensor:
        """The space factors [J,2,P] float32 for points [P,2] in units."""
        parts = [torch.eye(2, device=points.device)[..., None].expand(2, 2, len(points))]
        if self.turns:
            x, y = (points - points.new_tensor(self.pivot)).unbind(1)
            parts.append(torch.stack([x, y, -y, x]).reshape(2, 2, -1))
        parts.extend(part.basis(points) for part in (self.waves, self.sway, self.hang) if part)
        return torch.cat(parts)

    def bend(self, times: np.ndarray, points: torch.Tensor) -> torch.Tensor:
        """Displacement [T,2,P] in units of the flow, or of the deformation that moves the start of every path along it."""
        if self.flow is not None:
            return self.flow.displacement(self.flow_ways(times), points)
        at = self.eased_progress(times)
        paths = (curve.position(at)[:, None] for curve in self.curves)
        moved = np.concatenate([*paths, self.pins.positions(at, times)], axis=1)
        if self.elastic is not None:
            return self.elastic.displacement(moved, points)
        starts, stiffness = self._controls()
        return displacement_of_many(
            points,
            points.new_tensor(starts),
            points.new_tensor(moved),
            "similarity" if self.motion.fit == "similarity" else "rigid",
            torch.tensor(stiffness) if len(self.pins) else None,
        )

    def place(self, times: np.ndarray, point: np.ndarray) -> np.ndarray:
        """The displacement [T,2] in units of one point [2] at clip times [T]."""
        points = torch.from_numpy(np.asarray(point, dtype=np.float32))[None]
        moved = (self.coefficients(times) @ self.basis(points)[..., 0]).numpy().astype(np.float64)
        if self.bends:
            moved = moved + self.bend(times, points)[..., 0].numpy()
        return moved


def anchor_of(
    given: tuple[float, float] | None,
    centred: bool,
    region: Region,
    aspect: float,
    mask: torch.Tensor | None,
) -> tuple[np.ndarray, np.ndarray, float]:
    """The anchor [2], the centre [2] of a region, and the distance of its farthest point from the anchor, in units.

    Without a given anchor, in fractions of the picture, it is the middle of the region's lower edge or its centre.
    """
    extent = np.array(Grid(1, 1, aspect).extent)
    grid = Grid(round(PIVOT_GRID * extent[1]), round(PIVOT_GRID * extent[0]), aspect)
    rows, columns = np.nonzero(rasterize(region, grid, mask).exact >= 0.5)
    centre = np.asarray(region_centre(region, aspect, mask)) * extent
    points = np.stack([grid.x[columns], grid.y[rows]], axis=1) if len(rows) else centre[None]
    lowest = np.array([centre[0], points[:, 1].max()])
    anchor = np.asarray(given) * extent if given else centre if centred else lowest
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
