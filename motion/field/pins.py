"""Puppet pins: points of a region that are held, moved, turned or scaled, while the rest follows as rigidly as possible.

The deformation is that of moving least squares (Schaefer, McPhail and Warren, "Image deformation using moving least
squares", SIGGRAPH 2006), in which every pin is a control point. A pin that turns or scales is four more control points on a
circle around it, so that the neighbourhood turns with it; the others leave the rotation to their neighbours.

A bone from one pin to another is three more control points between them, which keep it straight, and it makes the second pin a part
of the first: where the first turns or scales, the second goes round it, and so on along the bones (forward kinematics). A pin with a path, or one that follows a layer, is not carried.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from ..document.document import Pin
from .path import Curve

_SPOKES = np.array([[1, 0], [0, 1], [-1, 0], [0, -1]], dtype=np.float64)


Follow = Callable[[str, np.ndarray, np.ndarray], np.ndarray]
"""The displacement [T,2] in units, at clip times [T], of the layer with this name at a point [2]."""
_ALONG = np.array([0.25, 0.5, 0.75])  # of a bone, where its control points lie


class PinControls:
    """The control points of pins and bones in units: where they start, how stiff they are, and where they are at any progress."""

    def __init__(
        self,
        pins: Sequence[Pin],
        extent: tuple[float, float],
        bones: Sequence[tuple[int, int]] = (),
        follow: Follow | None = None,
    ):
        self.pins, self.follow = pins, follow
        self.centres = np.array([pin.at for pin in pins]).reshape(-1, 2) * extent
        self.moves = np.array([pin.move for pin in pins]).reshape(-1, 2) * extent
        self.curves = [
            None
            if pin.path is None
            else Curve(np.asarray(pin.path.points) * extent, pin.path.corners, pin.path.times)
            for pin in pins
        ]
        self.parents = {second: first for first, second in bones}
        self.bones = np.array(bones, dtype=int).reshape(-1, 2)
        turned = [pin.rotation != 0 or pin.scale != 1 for pin in pins]
        self.owners = np.concatenate(
            [np.full(1 + 4 * turns, index) for index, turns in enumerate(turned)] or [np.zeros(0)]
        ).astype(int)
        spokes = [np.concatenate([np.zeros((1, 2)), _SPOKES * turns])[: 1 + 4 * turns] for turns in turned]
        reach = np.array([pin.reach for pin in pins])[self.owners, None]
        self.offsets = np.concatenate(spokes or [np.zeros((0, 2))]) * reach
        stiffness = np.array([pin.stiffness for pin in pins])
        along = stiffness[self.bones].mean(1).repeat(len(_ALONG)) if len(bones) else np.zeros(0)
        self.stiffness = np.concatenate([stiffness[self.owners], along])

    def __len__(self) -> int:
        return len(self.stiffness)

    @property
    def starts(self) -> np.ndarray:
        """The control points [K,2] at rest."""
        alone = self.centres[self.owners] + self.offsets
        return np.concatenate([alone, self._on_bones(self.centres[None])[0]])

    def _on_bones(self, centres: np.ndarray) -> np.ndarray:
        """The control points [T,B,2] on the bones between pins at `centres` [T,P,2]."""
        first, second = centres[:, self.bones[:, 0], None], centres[:, self.bones[:, 1], None]
        return (first + (second - first) * _ALONG[:, None]).reshape(len(centres), -1, 2)

    def positions(self, progress: np.ndarray, times: np.ndarray | None = None) -> np.ndarray:
        """The control points [T,K,2] at eased progress [T]: angles grow evenly, and sizes by equal factors.

        times: the clip times [T], which a pin that follows a layer needs.
        """
        at = np.asarray(progress)
        turn = np.exp(
            at[:, None]
            * np.array([math.log(pin.scale) + 1j * math.radians(pin.rotation) for pin in self.pins])
        )  # [T,P] a rotation and scaling as a complex number
        moves = at[:, None, None] * self.moves
        for index, (pin, curve) in enumerate(zip(self.pins, self.curves, strict=True)):
            if curve is not None:
                moves[:, index] += curve.position(at) - curve.start
            if pin.follow and self.follow is not None and times is not None:
                moves[:, index] += self.follow(pin.follow, times, self.centres[index])
        centres = self.centres + moves
        for index in sorted(self.parents):
            parent = self.parents[index]
            if self.curves[index] is not None or self.pins[index].follow:
                continue
            arm = self.centres[index] - self.centres[parent]
            centres[:, index] = centres[:, parent] + _turned(arm, turn[:, parent]) + moves[:, index]
            turn[:, index] *= turn[:, parent]
        alone = centres[:, self.owners] + _turned(self.offsets, turn[:, self.owners])
        return np.concatenate([alone, self._on_bones(centres)], axis=1)


def _turned(arms: np.ndarray, turn: np.ndarray) -> np.ndarray:
    """Arms [...,2] after a rotation and scaling that is given as a complex number."""
    turned = (arms[..., 0] + 1j * arms[..., 1]) * turn
    return np.stack([turned.real, turned.imag], axis=-1)
