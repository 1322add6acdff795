"""The motion of a picture in layers, as `layered_picture` reads it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from torch import Tensor

from .motion_inverse import DepthMotion


class Layer(Protocol):
    """A layer of a motion; `motion.field.moving_layers.MovingLayer` implements it and explains its members."""

    @property
    def index(self) -> int: ...
    @property
    def cover(self) -> Tensor: ...
    @property
    def still(self) -> bool: ...
    @property
    def activity(self) -> Tensor: ...
    @property
    def strength(self) -> Tensor: ...
    @property
    def snap(self) -> bool: ...
    @property
    def stays(self) -> bool: ...
    @property
    def flows(self) -> bool: ...
    @property
    def second(self) -> int | None: ...
    @property
    def fade(self) -> Callable[[np.ndarray], np.ndarray] | None: ...


class LayeredMotion(DepthMotion, Protocol):
    """A motion as a list of layers, back to front; `motion.field.moving_layers.MovingLayers` implements it."""

    @property
    def depths(self) -> Tensor | None:
        """The picture's inverse depth [C,H,W] for each camera; None where the cameras see a plane."""
        ...

    @property
    def times(self) -> Sequence[float] | np.ndarray:
        """The clip time 0..1 of each frame."""
        ...

    @property
    def layers(self) -> Sequence[Layer]: ...
