"""A limit of time for a benchmark, whose rounds end when it is used up."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from tqdm import tqdm


class Budget:
    """So many seconds for several parts of a benchmark. A part that comes later also gets what earlier ones left over."""

    def __init__(self, seconds: float, parts: int, clock: Callable[[], float] = time.monotonic):
        self._clock, self._end, self._parts = clock, clock() + seconds, parts
        self._deadline = self._end

    def start_part(self) -> None:
        """Give the next part its share of the time that is left."""
        now = self._clock()
        self._deadline = now + max(0.0, self._end - now) / max(1, self._parts)
        self._parts -= 1

    @property
    def is_spent(self) -> bool:
        """Whether the time of the current part is used up."""
        return self._clock() >= self._deadline

    def rounds(self, most: int, name: str) -> Iterator[int]:
        """Count rounds under a progress bar: at least one, and at most `most` while there is time."""
        for number in tqdm(range(most), desc=name, unit="round", leave=False):
            if number and self.is_spent:
                return
            yield number


ENDLESS = Budget(float("inf"), 1)
