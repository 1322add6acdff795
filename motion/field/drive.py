"""A motion that is driven by a curve, such as the level of a sound, instead of running by itself."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .easing import monotone_curve, smooth_share

_SAMPLES = 4096  # of the curve, for its integral
_CLOSING = 0.85  # of the clip, after which the curve of a seamless loop returns to its first value


class Drive:
    """The values of a drive over the clip. In a seamless loop it returns to its first value, so that it closes."""

    def __init__(self, curve: Sequence[tuple[float, float]], seamless: bool):
        self.times, self.values = np.asarray(curve, dtype=np.float64).T
        self.seamless = seamless
        at = np.linspace(0, 1, _SAMPLES + 1)
        level = np.maximum(self.value(at), 0)
        self._way = np.concatenate([[0.0], np.cumsum((level[1:] + level[:-1]) / 2)]) / _SAMPLES

    def value(self, times: np.ndarray) -> np.ndarray:
        """The value [T] at clip times 0..1."""
        found = monotone_curve(self.times, self.values, np.clip(times, 0, 1))
        if self.seamless:
            late = smooth_share((np.asarray(times) - _CLOSING) / (1 - _CLOSING))
            found = found + (self.values[0] - self.values[-1]) * late
        return found

    def progress(self, times: np.ndarray) -> np.ndarray:
        """The progress [T] of a motion at clip times 0..1, which is 0 at time 0, where the picture shows the region."""
        return self.value(times) - self.values[0]

    def way(self, times: np.ndarray) -> np.ndarray:
        """The integral [T] from time 0 of the value, where it is positive: the way of a flow that is as fast as the value."""
        return np.interp(times, np.linspace(0, 1, _SAMPLES + 1), self._way)
