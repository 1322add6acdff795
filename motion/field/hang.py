"""Follow-through: a part that hangs on another layer by a spring, such as an ear, a tail or an earring.

The anchor goes with the other layer. The free end is a mass on a damped spring that the anchor pulls, x'' = w^2 (u - x) - 2 z w x'
(Rao, "Mechanical vibrations", section 3.6, motion of the base), and in between the part bends like a beam. The equation is solved
exactly between closely spaced times, or by its frequency response in a seamless loop, so the result does not depend on the frames.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from ..document.document import Hang
from .sway import beam_shape

_STEPS = 1024  # of the clip, between which the motion of the other layer is taken as straight

Movement = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""The displacement [T,2] in units, at clip times [T], of a point [2] of another layer."""


class HangMotion:
    """The motion of a part at `anchor` [2] whose farthest point is `length` away, all in units."""

    def __init__(self, hang: Hang, anchor: np.ndarray, length: float, movement: Movement, seamless: bool):
        self.anchor, self.length = anchor, max(length, 1e-3)
        self.movement = movement
        self.times = np.arange(_STEPS + 1) / _STEPS
        pulled = movement(self.times, anchor)
        frequency = 2 * np.pi * hang.speed
        solve = periodic_response if seamless else spring_response
        lag = solve(pulled, frequency, hang.damping) - pulled
        self.lag = lag - lag[:1]  # the picture shows the part at time 0

    def coefficients(self, times: np.ndarray) -> torch.Tensor:
        """The time factors [T,4] at clip times 0..1: the anchor's displacement, and that of the free end relative to it."""
        lag = np.stack([np.interp(times, self.times, part) for part in self.lag.T], axis=1)
        return torch.tensor(np.concatenate([self.movement(times, self.anchor), lag], 1), dtype=torch.float32)

    def basis(self, points: torch.Tensor) -> torch.Tensor:
        """The space factors [4,2,P] for points [P,2] in units."""
        away = (points - points.new_tensor(self.anchor)).norm(dim=1) / self.length
        both = torch.eye(2, device=points.device)[..., None].expand(2, 2, len(points))
        return torch.cat([both, both * beam_shape(away, 0)])


def spring_response(pulled: np.ndarray, frequency: float, damping: float) -> np.ndarray:
    """The places [N,2] of a mass on a spring at evenly spaced times 0..1, at rest at time 0, whose other end is `pulled` [N,2].

    Between two times the pull is straight, u = a + b t, which has the solution a + b t - 2 z b / w, and the rest decays freely.
    """
    step = 1 / (len(pulled) - 1)
    z = min(damping, 0.9999)
    w, d = frequency, frequency * np.sqrt(1 - z * z)
    fade = np.exp(-z * w * step)
    sine, cosine = np.sin(d * step) / d, np.cos(d * step)
    free = fade * np.array([[cosine + z * w * sine, sine], [-w * w * sine, cosine - z * w * sine]])
    slopes = np.diff(pulled, axis=0) / step
    places = pulled.copy()
    place, speed = pulled[0], np.zeros(pulled.shape[1])
    for index, slope in enumerate(slopes):
        rest = np.stack([place - pulled[index] + 2 * z / w * slope, speed - slope])
        rest = free @ rest
        place, speed = pulled[index + 1] - 2 * z / w * slope + rest[0], slope + rest[1]
        places[index + 1] = place
    return places


def periodic_response(pulled: np.ndarray, frequency: float, damping: float) -> np.ndarray:
    """As `spring_response`, for a pull that repeats: the motion that repeats with it, w^2 / (w^2 - v^2 + 2 i z w v) times each of
    its frequencies v."""
    spectrum = np.fft.rfft(pulled[:-1], axis=0)
    v = 2 * np.pi * np.arange(len(spectrum))
    response = frequency**2 / (frequency**2 - v**2 + 2j * damping * frequency * v)
    places = np.fft.irfft(spectrum * response[:, None], len(pulled) - 1, axis=0)
    return np.concatenate([places, places[:1]])
