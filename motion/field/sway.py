"""Sway of an anchored region: wind, let go, pendulum, breathing and jelly.

A tuft, a branch or a flag that is fixed at its anchor bends like a clamped beam: most at its free end, not at all at the
anchor. The shapes are the first two modes of Euler and Bernoulli's beam, cosh bu - cos bu - s (sinh bu - sin bu) with
b = 1.8751, 4.6941 (Rao, "Mechanical vibrations", table of clamped-free beams), of u, the distance to the anchor over that of
the farthest point of the region. Wind drives them by harmonics with random phases, as in Chuang et al., "Animating
pictures with stochastic motion textures" (SIGGRAPH 2005), with gusts as sidebands, and travels across the region. A part that is
let go is a damped oscillator. Every kind is a sum of products of a function of time and a function of place.
"""

from __future__ import annotations

import math

import numpy as np
import torch

from ..document.document import Sway
from .ambient import uniform
from .easing import whole_rounds

BEAM = ((1.875104, 0.734096), (4.694091, 1.018467))  # b and s of the first two modes
SECOND_RATE = (BEAM[1][0] / BEAM[0][0]) ** 2  # frequency of the second mode, relative to the first
_BEYOND = 1.3  # of the region's length; the shapes stay the same farther out
_HARMONICS = ((1, 0, 1.0), (2, 0, 0.35), (3, 1, 0.3))  # multiple of the pace, mode, amplitude
_WHIP = 0.12  # share of the second mode in a part that is let go
_PULL = 0.2  # of the motion's time, in which a part is pulled before it is let go
_REST = 0.85  # of the motion's time, after which a loop comes to rest


class SwayMotion:
    """A sway in units about `anchor` [2] for a region whose centre is `centre` and whose farthest point is `length` away.

    span: the share of the clip in which the motion runs. seamless: whether it has to close; then it makes whole periods.
    """

    def __init__(
        self, sway: Sway, anchor: np.ndarray, centre: np.ndarray, length: float, span: float, seamless: bool
    ):
        self.sway, self.anchor, self.length = sway, anchor, max(length, 1e-3)
        axis = centre - anchor
        reach = np.linalg.norm(axis)
        self.axis = axis / reach if reach > 1e-3 else np.array([0.0, -1.0])
        self.across = np.array([-self.axis[1], self.axis[0]])
        self.span, self.seamless = span, seamless
        self.periods = sway.speed * span
        if seamless and sway.speed > 0:
            self.periods = whole_rounds(self.periods)
        self.angle = sway.amount / self.length  # by which the free end moves `amount`
        self.waves = self._waves() if sway.kind == "wind" else []

    def _waves(self) -> list[tuple[float, int, float, float]]:
        """The waves of the wind: periods over the span, mode, amplitude and phase of each."""
        slow = max(1, round(self.periods / 3)) if self.seamless else self.periods / 3
        waves = []
        for number, (multiple, mode, size) in enumerate(_HARMONICS):
            periods, phase = multiple * self.periods, 2 * math.pi * uniform(self.sway.seed, 2 * number)
            gust = 2 * math.pi * uniform(self.sway.seed, 2 * number + 1)
            waves.append((periods, mode, size, phase))
            # (1 + g sin b) sin a = sin a + g/2 cos(a - b) - g/2 cos(a + b)
            waves.append((periods - slow, mode, size * self.sway.gust / 2, phase - gust + math.pi / 2))
            waves.append((periods + slow, mode, -size * self.sway.gust / 2, phase + gust + math.pi / 2))
        return waves

    def coefficients(self, elapsed: np.ndarray) -> torch.Tensor:
        """The time factors [T,J] for the time since the motion's start, in fractions of the clip; zero at 0."""
        turn = 2 * math.pi * elapsed / self.span
        kind = self.sway.kind
        if kind == "wind":
            angles = turn[:, None] * np.array([wave[0] for wave in self.waves])
            values = np.concatenate([np.cos(angles) - 1, np.sin(angles)], axis=1)
        elif kind == "pendulum":
            angle = self.angle * np.sin(self.periods * turn)
            values = np.stack([np.cos(angle) - 1, np.sin(angle)], axis=1)
        elif kind == "breathe":
            values = np.exp(self.angle * (1 - np.cos(self.periods * turn)) / 2)[:, None] - 1
        elif kind == "jelly":
            stretch = self.angle * self.let_go(elapsed / self.span, 1.0)
            values = np.stack([np.exp(stretch) - 1, np.exp(-stretch) - 1], axis=1)
        else:
            share = elapsed / self.span
            both = [(1 - _WHIP) * self.let_go(share, 1.0), _WHIP * self.let_go(share, SECOND_RATE)]
            values = np.stack(both, axis=1)
        return torch.tensor(values, dtype=torch.float32)

    def let_go(self, share: np.ndarray, rate: float) -> np.ndarray:
        """The deflection [T] at shares 0..1 of the motion: pulled to 1 and let go, a damped oscillation of `rate` times the pace.

        After the release, x = exp(-z w t) (cos w' t + z w / w' sin w' t) with w' = w sqrt(1 - z^2) and damping ratio z.
        """
        pulled = np.clip(share / _PULL, 0, 1)
        damping = min(self.sway.damping, 0.99)
        w = 2 * math.pi * max(self.periods, 1e-6) * rate / (1 - _PULL)
        damped = w * math.sqrt(1 - damping**2)
        t = np.maximum(share - _PULL, 0)
        free = np.exp(-damping * w * t) * (np.cos(damped * t) + damping * w / damped * np.sin(damped * t))
        if self.seamless:
            rest = np.clip((share - _REST) / (1 - _REST), 0, 1)
            free = free * (1 - rest * rest * (3 - 2 * rest))
        return np.where(share < _PULL, pulled * pulled * (3 - 2 * pulled), free)

    def basis(self, points: torch.Tensor) -> torch.Tensor:
        """The space factors [J,2,P] for points [P,2] in units."""
        kind = self.sway.kind
        arm = points - points.new_tensor(self.anchor)
        axis, across = points.new_tensor(self.axis), points.new_tensor(self.across)
        if kind == "breathe":
            return arm.T[None]
        if kind == "pendulum":
            x, y = arm.unbind(1)
            return torch.stack([torch.stack([x, y]), torch.stack([-y, x])])
        if kind == "jelly":
            return torch.stack([axis[:, None] * (arm @ axis), across[:, None] * (arm @ across)])
        shapes = [beam_shape(arm.norm(dim=1) / self.length, mode) * self.sway.amount for mode in (0, 1)]
        if kind == "release":
            return torch.stack([across[:, None] * shape for shape in shapes])
        along = arm @ across / self.length
        angles = torch.stack([phase - math.pi * (1 + mode) * along for _, mode, _, phase in self.waves])
        sizes = torch.stack([size * shapes[mode] for _, mode, size, _ in self.waves])
        waves = torch.cat([torch.sin(angles) * sizes, torch.cos(angles) * sizes])
        return waves[:, None] * across[:, None]


def beam_shape(u: torch.Tensor, mode: int) -> torch.Tensor:
    """The shape of a mode of a clamped beam at distances u from its anchor, 1 at the free end, where u is 1."""

    def shape(at: torch.Tensor) -> torch.Tensor:
        b = BEAM[mode][0] * at
        return torch.cosh(b) - torch.cos(b) - BEAM[mode][1] * (torch.sinh(b) - torch.sin(b))

    end = torch.ones(1, dtype=torch.float64)
    return (shape(u.double().clamp(0, _BEYOND)) / shape(end)).to(u.dtype)
