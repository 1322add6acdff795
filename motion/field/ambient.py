"""Ambient motion: a smooth random sway with a seed, for water, leaves and hair.

The motion is a sum of plane waves, so neighbouring points sway alike. Each wave is separable in time and space
(sin(a + b) = sin a cos b + cos a sin b), so that it joins the matrix product of the other motions.
"""

from __future__ import annotations

import math

import numpy as np
import torch

from ..document.document import Ambient
from .easing import whole_rounds

WAVES = 8


def integer_hash(value: int) -> int:
    """A 32-bit hash of an integer (two multiply-xorshift rounds); the editor computes the same in JavaScript."""
    value &= 0xFFFFFFFF
    for _ in range(2):
        value = ((value ^ (value >> 16)) * 0x45D9F3B) & 0xFFFFFFFF
    return value ^ (value >> 16)


def uniform(seed: int, index: int) -> float:
    """A pseudo-random number in [0,1) for a seed and an index."""
    return integer_hash(integer_hash(seed + 0x9E3779B9) + index) / 2**32


class AmbientWaves:
    """Plane waves whose sum has a root mean square of `amount` units.

    They have 0.6 to 2 periods per short side, and 0.5 to 1.5 times `speed` periods per clip. In a seamless loop each wave makes a
    whole number of periods in the `span` of the clip (0..1) in which the motion runs.
    """

    def __init__(self, ambient: Ambient, span: float | None = None):
        draw = np.array([[uniform(ambient.seed, 5 * k + j) for j in range(5)] for k in range(WAVES)])
        angle, heading = 2 * math.pi * draw[:, 0], 2 * math.pi * draw[:, 1]
        frequency = 2 * math.pi * (0.6 + 1.4 * draw[:, 2])
        self.wave_vector = torch.tensor(np.stack([np.cos(angle), np.sin(angle)], 1) * frequency[:, None])
        self.phase = torch.tensor(2 * math.pi * draw[:, 3])
        periods = ambient.speed * (0.5 + draw[:, 4])
        if span is not None and ambient.speed > 0:
            periods = np.array([whole_rounds(count * span) for count in periods]) / span
        self.rate = 2 * math.pi * periods
        # each wave moves along `heading` with mean square 1/2 about its own mean
        size = ambient.amount * math.sqrt(2 / WAVES)
        self.swing = torch.tensor(np.stack([np.cos(heading), np.sin(heading)], 1) * size, dtype=torch.float32)

    def coefficients(self, elapsed: np.ndarray) -> torch.Tensor:
        """The time factors [T, 2 WAVES] for the time since the motion's start, in fractions of the clip; zero at 0."""
        b = elapsed[:, None] * self.rate[None]
        return torch.tensor(np.concatenate([np.cos(b) - 1, np.sin(b)], axis=1), dtype=torch.float32)

    def basis(self, points: torch.Tensor) -> torch.Tensor:
        """The space factors [2 WAVES, 2, P] for points [P,2] in units."""
        a = self.wave_vector.to(points) @ points.T + self.phase.to(points)[:, None]
        waves = torch.cat([torch.sin(a), torch.cos(a)])
        return waves[:, None] * self.swing.to(points).repeat(2, 1)[..., None]
