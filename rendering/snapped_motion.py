"""A layered motion whose regions are moved to the edges of the objects in a picture, where the artist asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor

from .layered_motion import Layer, LayeredMotion
from .layered_picture import UNPAINTED
from .matte import snapped_matte


@dataclass(frozen=True)
class SnappedMotion:
    """A layered motion with other covers. `unsnapped` holds the indices of layers for which no object was found."""

    motion: LayeredMotion
    layers: Sequence[Layer]
    unsnapped: tuple[int, ...]

    @property
    def times(self) -> Sequence[float] | np.ndarray:
        return self.motion.times

    @property
    def depths(self) -> Tensor | None:
        return self.motion.depths

    def positions(
        self,
        index: int,
        times: Sequence[float] | np.ndarray,
        places: Tensor,
        depths: Tensor | None = None,
    ) -> Tensor:
        """See `motion_inverse.DepthMotion`."""
        return self.motion.positions(index, times, places, depths)


def snapped_motion(motion: LayeredMotion, picture: Tensor) -> SnappedMotion:
    """The motion with the regions that snap fitted to a picture [H,W,3] of the motion's grid.

    A region for which no object is found keeps what was painted.
    """
    layers, unsnapped, left = [], [], torch.ones(picture.shape[:2])
    passed = False  # whether the unpainted part was passed; what lies behind it makes a hole in it
    changed = False
    for layer in motion.layers:
        if layer.index == UNPAINTED:
            passed = True
            layers.append(_with_cover(layer, left) if changed else layer)
            continue
        if layer.snap:
            matte = snapped_matte(picture, layer.cover)
            if matte is None:
                unsnapped.append(layer.index)
            else:
                layer, changed = _with_cover(layer, matte), changed or not passed
        layers.append(layer)
        if not passed:
            left = left * (1 - layer.cover)
    return SnappedMotion(motion, layers, tuple(unsnapped))


def snap_remark(unsnapped: int) -> str:
    """A sentence about a number of regions that should snap and did not; "" for none."""
    if not unsnapped:
        return ""
    regions = "One region keeps" if unsnapped == 1 else f"{unsnapped} regions keep"
    return f"{regions} the painted outline: no object with a clear edge was found there to snap to."


def _with_cover(layer: Layer, cover: Tensor) -> Layer:
    return cast(Layer, replace(cast(Any, layer), cover=cover))


def moving_cover(motion: LayeredMotion) -> Tensor:
    """[H,W] in 0..1: what the moving layers in front of the unpainted part cover at time 0."""
    unpainted = [entry.index for entry in motion.layers].index(UNPAINTED)
    cover = torch.zeros_like(motion.layers[unpainted].cover)
    for entry in motion.layers[unpainted + 1 :]:
        if not entry.still:
            cover = torch.maximum(cover, entry.cover)
    return cover
