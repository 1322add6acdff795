"""Puppet pins: points of a region that are held, moved, turned or scaled, while the rest follows as rigidly as possible.

The deformation is that of moving least squares (Schaefer, McPhail and Warren, "Image deformation using moving least
squares", SIGGRAPH 2006), in which every pin is a control point. A pin that turns or scales is four more control points on a
circle around it, so that the neighbourhood turns with it; the others leave the rotation to their neighbours.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ..document.document import Pin
from .path import Curve

_SPOKES = np.array([[1, 0], [0, 1], [-1, 0], [0, -1]], dtype=np.float64)


class PinControls:
    """The control points of pins in units: where they start, how stiff they are, and where they are at any progress."""

    def __init__(self, pins: Sequence[Pin], extent: tuple[float, float]):
        self.pins = pins
        self.centres = np.array([pin.at for pin in pins]).reshape(-1, 2) * extent
        self.moves = np.array([pin.move for pin in pins]).reshape(-1, 2) * extent
        self.curves = [
            None
            if pin.path is None
            else Curve(np.asarray(pin.path.points) * extent, pin.path.corners, pin.path.times)
            for pin in pins
        ]
        turned = [pin.rotation != 0 or pin.scale != 1 for pin in pins]
        self.owners = np.concatenate(
            [np.full(1 + 4 * turns, index) for index, turns in enumerate(turned)] or [np.zeros(0)]
        ).astype(int)
        spokes = [np.concatenate([np.zeros((1, 2)), _SPOKES * turns])[: 1 + 4 * turns] for turns in turned]
        reach = np.array([pin.reach for pin in pins])[self.owners, None]
        self.offsets = np.concatenate(spokes or [np.zeros((0, 2))]) * reach
        self.stiffness = np.array([pin.stiffness for pin in pins])[self.owners]

    def __len__(self) -> int:
        return len(self.owners)

    @property
    def starts(self) -> np.ndarray:
        """The control points [K,2] at rest."""
        return self.centres[self.owners] + self.offsets

    def positions(self, progress: np.ndarray) -> np.ndarray:
        """The control points [T,K,2] at eased progress [T]: angles grow evenly, and sizes by equal factors."""
        at = np.asarray(progress)[:, None]
        centres = self.centres + at[..., None] * self.moves
        for index, curve in enumerate(self.curves):
            if curve is not None:
                centres[:, index] += curve.position(np.asarray(progress)) - curve.start
        angle = at * np.radians([pin.rotation for pin in self.pins])
        size = np.exp(at * np.array([math.log(pin.scale) for pin in self.pins]))
        cosine, sine = (size * np.cos(angle))[:, self.owners], (size * np.sin(angle))[:, self.owners]
        x, y = self.offsets.T
        return centres[:, self.owners] + np.stack([cosine * x - sine * y, sine * x + cosine * y], axis=-1)
