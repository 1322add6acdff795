"""The layers of a painted or tracked field: the coverage of each, and its motion at any point and time.

`rendering.layered_picture` also draws pixels of a layer that lie just outside its region or behind another layer, so
the motion of a layer is defined at every point of the picture, as if the layer covered it all. A region with a crisp
edge is a layer of its own, because the motion is discontinuous there. A region with an edge that is wide enough for its
motion is no layer: the motion fades out across the edge, so it modifies the motion of the layers behind it. If it moved
farther, the picture would fold over itself in the edge; then it is a layer whose matte is soft.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from .camera import CameraMotion, sample_points
from .layers import BrushLayer, FieldLayer
from .region import Grid

WIDE_EDGE = 0.1  # units; a wider edge can blend two motions, a narrower one is a discontinuity
# The edge's coverage falls by at most 1.5 per edge width, so a motion folds the picture from 1 / 1.5 of the width on.
_FOLDS = 0.6  # of the edge width, the longest way of a region whose edge blends
_PROBE = 24  # cells along the short side, on which that way is measured
UNPAINTED = -1  # the index that stands for the unpainted part of the picture


class LayeredField(Protocol):
    """The members of a motion field that this module reads."""

    layers: tuple[FieldLayer, ...]
    cameras: tuple[CameraMotion, ...]

    @property
    def times(self) -> np.ndarray: ...

    def displacement_chunks(
        self,
        times: np.ndarray,
        grid: Grid,
        points: Tensor,
        owned: Sequence[tuple[FieldLayer, Tensor]],
        depths: Sequence[Tensor | None],
    ) -> Iterator[tuple[slice, Tensor]]: ...


@dataclass(frozen=True)
class MovingLayer:
    """One layer of a moving picture on a grid.

    cover: [H,W] in 0..1, the layer's anti-aliased coverage; layers in front do not reduce it. still: True when the
    layer never moves. activity: [H,W] in 0..1, 1 where a painted motion moves the layer. strength: [H,W] in 0..1, how
    closely the model must follow that motion. snap: True when the cover is to be moved to the edges of the object in the
    picture, which the field does not know. stays: True when it moves only inside its cover, so that nothing behind it comes into
    view. flows: True for a flow, whose copies show the same things a way apart. second, fade: for a layer that is drawn as two copies, the index of the second for `positions`, and its weight [N]
    at clip times [N].
    """

    index: int
    cover: Tensor
    still: bool
    activity: Tensor
    strength: Tensor
    snap: bool = False
    stays: bool = False
    flows: bool = False
    second: int | None = None
    fade: Callable[[np.ndarray], np.ndarray] | None = None


class MovingLayers:
    """The layers of a painted or tracked field on a grid of `height` x `width` cells; see `moves_in_layers`."""

    def __init__(self, field: LayeredField, grid: Grid):
        self.field, self.grid, self.times = field, grid, field.times
        self.covers = [layer.coverage(grid) for layer in field.layers]
        behind = sum(layer.order < 0 for layer in field.layers)
        self.wide = [
            number >= behind and fades_out(layer, grid.aspect) for number, layer in enumerate(field.layers)
        ]
        crisp = [number for number, wide in enumerate(self.wide) if not wide]
        order = [*(n for n in crisp if n < behind), UNPAINTED, *(n for n in crisp if n >= behind)]
        self.layers = [self._layer(index, behind) for index in order]

    def _layer(self, index: int, behind: int) -> MovingLayer:
        size = (self.grid.height, self.grid.width)
        if index == UNPAINTED:
            cover, activity, strength = torch.ones(size), torch.zeros(size), torch.ones(size)
            for number in range(behind):
                cover = cover * (1 - torch.from_numpy(self.covers[number].soft))
            moves = False
        else:
            layer = self.field.layers[index]
            cover = torch.from_numpy(self.covers[index].soft)
            activity = torch.full(size, float(layer.moves))
            strength = torch.full(size, layer.strength)
            moves = layer.moves
        stretching = self._stretching(index)
        for number in stretching:
            over, share = self.field.layers[number], torch.from_numpy(self.covers[number].soft)
            activity = torch.lerp(activity, torch.tensor(float(over.moves)), share)
            strength = torch.lerp(strength, torch.tensor(over.strength), share)
        frozen = index != UNPAINTED and self.field.layers[index].freeze and not stretching
        moves |= bool(self.field.cameras) or any(self.field.layers[number].moves for number in stretching)
        snap = index != UNPAINTED and self.field.layers[index].snap
        found = MovingLayer(index, cover, frozen or not moves, activity, strength, snap)
        painted = None if index == UNPAINTED else self.field.layers[index]
        if isinstance(painted, BrushLayer) and painted.cross_fades:
            second = len(self.field.layers) + index
            stays, flows = painted.holds_its_boundary, painted.layer.motion.flows
            return replace(found, stays=stays, flows=flows, second=second, fade=painted.fade)
        return found

    def _stretching(self, index: int) -> list[int]:
        """Indices, back to front, of the wide-edged regions in front of a layer, which modify its motion."""
        return [number for number, wide in enumerate(self.wide) if wide and number > index]

    @property
    def fading(self) -> list[str]:
        """Names of the moving regions that are no layers of their own, because their motion fades out across a wide edge."""
        names = [getattr(layer, "name", "") for layer in self.field.layers]
        return [
            names[number] or f"region {number + 1}"
            for number, wide in enumerate(self.wide)
            if wide and self.field.layers[number].moves
        ]

    @property
    def depths(self) -> Tensor | None:
        """The inverse depth [C,H,W] of the picture for each of the field's cameras, in which the depth of a camera without
        a depth map is 1; None when no camera has one."""
        known = [camera.inverse_depth_at(self.grid) for camera in self.field.cameras]
        if all(depth is None for depth in known):
            return None
        size = (self.grid.height, self.grid.width)
        return torch.stack([torch.ones(size) if depth is None else depth.reshape(size) for depth in known])

    def positions(
        self,
        index: int,
        times: Sequence[float] | np.ndarray,
        places: Tensor,
        depths: Tensor | None = None,
    ) -> Tensor:
        """Positions [N,P,2], at clip times [N], of the points that lie at `places` [P,2] of a layer at time 0.

        All are fractions of the picture's width and height, and may lie outside 0..1. depths: the points' inverse depth
        [C,P] for each camera; by default it comes from the depth maps. index: that of a layer, or `MovingLayer.second`.
        """
        count = len(self.field.layers)
        index, copy = (index - count, 1) if index >= count else (index, 0)
        extent = torch.tensor(self.grid.extent)
        owned, left = [], torch.ones(len(places))
        for number in reversed(self._stretching(index)):
            covered = sample_points(torch.from_numpy(self.covers[number].exact), places)
            owned.append((self.field.layers[number], covered * left))
            left = left * (1 - covered)
        if index != UNPAINTED:
            owned.append((drawn_copy(self.field.layers[index], copy), left))
        out = torch.empty(len(times), len(places), 2)
        cameras = self.field.cameras
        depth = [camera.inverse_depth_of(places) for camera in cameras] if depths is None else [*depths]
        at = np.asarray(times, dtype=np.float64)
        for some, displaced in self.field.displacement_chunks(at, self.grid, places * extent, owned, depth):
            out[some] = displaced.transpose(1, 2) / extent + places
        return out


def drawn_copy(layer: FieldLayer, number: int) -> FieldLayer:
    """What is drawn of a layer: its copy with that number, or the layer itself where it has no copies."""
    return layer.copies[number] if isinstance(layer, BrushLayer) and layer.cross_fades else layer


def fades_out(layer: FieldLayer, aspect: float) -> bool:
    """True when the edge of a layer is so wide that its motion fades out there without folding the picture."""
    width = layer.edge_width or 0.0
    if width < WIDE_EDGE or (isinstance(layer, BrushLayer) and layer.cross_fades):
        return False
    rows, columns = max(2, round(_PROBE / min(1.0, aspect))), max(2, round(_PROBE * max(1.0, aspect)))
    grid = Grid(rows, columns, aspect)
    covered = torch.from_numpy(layer.coverage(grid).soft).reshape(-1) > 0.02
    points = torch.from_numpy(np.stack(np.meshgrid(grid.x, grid.y), axis=-1).reshape(-1, 2))[covered]
    if not layer.moves or not len(points):
        return True
    times = np.linspace(0, 1, 9)
    moved = layer.coefficients(times, aspect) @ layer.basis(points, aspect).flatten(1)
    moved = moved.reshape(len(times), 2, -1)
    if layer.bends(aspect):
        moved = moved + layer.bend(times, points, grid)
    return float(moved.norm(dim=1).amax()) <= _FOLDS * width


def moves_in_layers(field: LayeredField) -> bool:
    """True when the motion of every layer is known outside it too."""
    return all(layer.edge_width is not None for layer in field.layers)
