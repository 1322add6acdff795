"""The progress of a running node on the terminal, and the exception for a run that the user stopped."""

from __future__ import annotations

import sys
from typing import Any

from torch import Tensor


class Cancelled(Exception):
    """The user asked to stop."""


class ProgressBar:
    """A tqdm bar on the terminal, or nothing when `visible` is False or stderr goes to a file."""

    def __init__(self, total: int, title: str = "", visible: bool = True):
        self.total = max(int(total), 1)
        self.done = 0
        self._bar: Any = None
        if visible and sys.stderr.isatty():
            from tqdm import tqdm

            self._bar = tqdm(total=self.total, desc=title or None, leave=False, unit="")

    def update(self, n: int = 1, preview: Tensor | None = None) -> None:
        """Count `n` more parts as done. A terminal cannot show `preview`."""
        self.done += n
        if self._bar is not None:
            self._bar.update(n)
            if self.done >= self.total:
                self._bar.close()
