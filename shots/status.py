"""The progress of a run on the terminal: one bar for all shots, what each place does, and a line for each shot that ends."""

from __future__ import annotations

import contextlib
import sys
import threading
from typing import Any, TextIO

_BAR = "{n_fmt}/{total_fmt} shots {bar:20} {elapsed}<{remaining} {desc}"


class LastingStream:
    """A text stream that takes what is written after its reader has gone, so that a run goes on without being watched.

    tqdm would otherwise keep its lock for ever when a refresh fails, and every thread that reports would wait for it.
    """

    def __init__(self, stream: TextIO):
        self._stream = stream

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError, ValueError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class Status:
    """A bar of tqdm, which several threads report to. A closed stream stops no run."""

    def __init__(self, stream: TextIO | None = None):
        self._stream: Any = LastingStream(stream or sys.stderr)
        self._bar: Any = None
        self._lock = threading.Lock()
        self._working: dict[str, str] = {}

    def begin(self, total: int, finished: int) -> None:
        """Start a bar for shots, some of which are finished already."""
        from tqdm import tqdm

        self.end()
        if finished:
            self.say(f"{finished} of {total} shots are finished already.")
        if total > finished:
            self._bar = tqdm(
                total=total, initial=finished, file=self._stream, bar_format=_BAR, mininterval=1.0
            )

    def end(self) -> None:
        """Close the bar."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def working(self, place: str, shot: str, node: str, share: float) -> None:
        """A place is at a node of a shot, of which a share is done."""
        with self._lock:
            self._working[place] = f"{shot} {share:.0%} {node.removeprefix('Flowbrush ')}"
            self._show()

    def resting(self, place: str) -> None:
        """A place has no shot."""
        with self._lock:
            self._working.pop(place, None)
            self._show()

    def finished(self, shot: str, place: str, record: dict[str, Any]) -> None:
        """A shot is finished."""
        followed = record.get("followed")
        motion = "" if followed is None else f", follows the motion to {followed:.0f} %"
        self._line(f"{shot} took {record['seconds']:.1f} s on {place}{motion}", 1)

    def failed(self, shot: str, error: str, for_good: bool) -> None:
        """A shot has failed, for good or to be tried again."""
        self._line(f"{shot} failed{'' if for_good else ' and is tried again'}: {error}", int(for_good))

    def say(self, text: str) -> None:
        """Write a line above the bar."""
        self._line(text, 0)

    def _line(self, text: str, ended: int) -> None:
        from tqdm import tqdm

        with self._lock:
            tqdm.write(text, file=self._stream)
            if self._bar is not None:
                self._bar.update(ended)

    def _show(self) -> None:
        if self._bar is not None:
            self._bar.set_description_str(" | ".join(self._working.values())[:120], refresh=False)
            self._bar.update(0)
