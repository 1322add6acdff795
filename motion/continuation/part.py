"""A part of a motion's time, as the clip time of a field of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Part:
    """The part of a motion from clip time `start` on, whose own clip times 0..1 last `duration` of the motion's.

    wraps: True for a seamless loop, which is at time 1 where it is at time 0.
    """

    start: float
    duration: float
    wraps: bool = False

    def times(self, own: np.ndarray | list[float]) -> np.ndarray:
        """The motion's clip times for the part's own clip times; above 1 the motion has gone on after its end."""
        at = self.start + self.duration * np.asarray(own, dtype=np.float64)
        return at % 1 if self.wraps else at

    @property
    def first(self) -> float:
        """The motion's clip time where the part begins."""
        return float(self.times(np.zeros(1))[0])

    def part(self, inner: Part) -> Part:
        """The part of the motion that `inner`, given in this part's own clip times, is."""
        return Part(self.start + self.duration * inner.start, self.duration * inner.duration, self.wraps)

    def update_digest(self, digest) -> None:
        """Add everything that the part depends on to a hashlib digest."""
        digest.update(f"{self.start} {self.duration} {self.wraps}".encode())
