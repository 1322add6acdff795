"""Sway of an anchored region: wind, let go, pendulum, breathing and jelly.

A tuft, a branch or a flag that is fixed at its anchor bends like a clamped beam: most at its free end, not at all at the
anchor. The shapes are the first two modes of Euler and Bernoulli's beam, cosh bu - cos bu - s (sinh bu - sin bu) with
b = 1.8751, 4.6941 (Rao, "Mechanical vibrations", table of clamped-free beams), of u, the distance to the anchor over that of
the farthest point of the region. Wind drives them by harmonics with random phases, as in Chuang et al., "Animating
pictures with stochastic motion textures" (SIGGRAPH 2005), with gusts as sidebands, and travels across the region. A part that is
let go is a damped oscillator. Every kind is a sum of products of a function of time and a function of place.

With `bend` `region` the shapes are the modes of the painted region itself (shape_modes.py), each with its own frequency. With a
`heading` the wind travels over the whole picture, f(t - x / c), so that a gust reaches one region after the other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch

from ..document.document import Sway
from .ambient import uniform
from .easing import whole_rounds
from .shape_modes import ShapeModes

BEAM = ((1.875104, 0.734096), (4.694091, 1.018467))  # b and s of the first two modes
SECOND_RATE = (BEAM[1][0] / BEAM[0][0]) ** 2  # frequency of the second mode, relative to the first
_BEYOND = 1.3  # of the region's length; the shapes stay the same farther out
_HARMONICS = ((1, 0, 1.0), (2, 0, 0.35), (3, 1, 0.3))  # multiple of the pace, mode, amplitude
_OWN_SIZES = (1.0, 0.35, 0.2)  # amplitude of each mode of a region in the wind
_FASTEST = 4.0  # times the pace, the fastest of those modes
_WIND_LENGTH = 1.5  # units; the wave length of a wind that travels over the picture
_WHIP = 0.12  # share of the second mode in a part that is let go
_PULL = 0.2  # of the motion's time, in which a part is pulled before it is let go
_REST = 0.85  # of the motion's time, after which a loop comes to rest


class SwayMotion:
    """A sway in units about `anchor` [2] for a region whose centre is `centre` and whose farthest point is `length` away.

    span: the share of the clip in which the motion runs. seamless: whether it has to close; then it makes whole periods. modes: the
    modes of the region, where they replace those of a beam.
    """

    def __init__(
        self,
        sway: Sway,
        anchor: np.ndarray,
        centre: np.ndarray,
        length: float,
        span: float,
        seamless: bool,
        modes: ShapeModes | None = None,
    ):
        self.sway, self.anchor, self.length = sway, anchor, max(length, 1e-3)
        self.axis, self.across = directions(anchor, centre)
        self.modes = modes
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
        for number, (multiple, mode, size) in enumerate(self._harmonics()):
            periods, phase = multiple * self.periods, 2 * math.pi * uniform(self.sway.seed, 2 * number)
            gust = 2 * math.pi * uniform(self.sway.seed, 2 * number + 1)
            waves.append((periods, mode, size, phase))
            # (1 + g sin b) sin a = sin a + g/2 cos(a - b) - g/2 cos(a + b)
            waves.append((periods - slow, mode, size * self.sway.gust / 2, phase - gust + math.pi / 2))
            waves.append((periods + slow, mode, -size * self.sway.gust / 2, phase + gust + math.pi / 2))
        return waves

    def _harmonics(self) -> Sequence[tuple[float, int, float]]:
        """Multiple of the pace, mode and amplitude of what the wind drives."""
        if self.modes is None:
            return _HARMONICS
        multiples = np.minimum(self.modes.rates, _FASTEST)
        if self.seamless:
            multiples = np.array([whole_rounds(rate * self.periods) / self.periods for rate in multiples])
        return [(rate, mode, _OWN_SIZES[mode]) for mode, rate in enumerate(multiples)]

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
        elif self.modes is not None:
            share, rates = elapsed / self.span, np.minimum(self.modes.rates, SECOND_RATE)
            values = np.stack(
                [size * self.let_go(share, rate) for size, rate in zip(self.modes.pull, rates, strict=True)],
                axis=1,
            )
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
        if self.modes is not None:
            shapes = self.modes.basis(points) * self.sway.amount
        else:
            beams = [beam_shape(arm.norm(dim=1) / self.length, mode) * self.sway.amount for mode in (0, 1)]
            shapes = torch.stack([across[:, None] * beam for beam in beams])
        if kind == "release":
            return shapes
        angles = torch.stack([phase - way for (_, _, _, phase), way in self._delays(points, arm @ across)])
        sizes = torch.stack([size * shapes[mode] for _, mode, size, _ in self.waves])
        return torch.cat([torch.sin(angles)[:, None] * sizes, torch.cos(angles)[:, None] * sizes])

    def _delays(self, points: torch.Tensor, along: torch.Tensor):
        """Yield each wave with the phase [P] by which it comes later at points [P,2], which lie `along` [P] across the region."""
        heading = self.sway.heading
        for wave in self.waves:
            if heading is None:
                yield wave, (math.pi * (1 + wave[1]) / self.length) * along
                continue
            towards = points.new_tensor([math.cos(math.radians(heading)), math.sin(math.radians(heading))])
            wave_length = _WIND_LENGTH * self.periods / max(wave[0], 1e-6)
            yield wave, (2 * math.pi / max(wave_length, _WIND_LENGTH / _FASTEST)) * (points @ towards)


def directions(anchor: np.ndarray, centre: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The unit vectors [2] from an anchor to a region's centre, upwards where both are the same, and across that direction."""
    axis = centre - anchor
    reach = np.linalg.norm(axis)
    axis = axis / reach if reach > 1e-3 else np.array([0.0, -1.0])
    return axis, np.array([-axis[1], axis[0]])


def beam_shape(u: torch.Tensor, mode: int) -> torch.Tensor:
    """The shape of a mode of a clamped beam at distances u from its anchor, 1 at the free end, where u is 1."""

    def shape(at: torch.Tensor) -> torch.Tensor:
        b = BEAM[mode][0] * at
        return torch.cosh(b) - torch.cos(b) - BEAM[mode][1] * (torch.sinh(b) - torch.sin(b))

    end = torch.ones(1, dtype=torch.float64)
    return (shape(u.double().clamp(0, _BEYOND)) / shape(end)).to(u.dtype)
