"""A way for long computations of the library to be cancelled without knowing the host.

A host, or whoever calls the library, names a function that raises its own exception when the user has cancelled; the
library calls it within loops that can take long. The function belongs to the current thread and task.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_check: ContextVar[Callable[[], None] | None] = ContextVar("flowbrush_check_interruption", default=None)


@contextmanager
def interruptible(check: Callable[[], None]) -> Iterator[None]:
    """Call `check` from time to time within the block; it raises an exception to end the computation."""
    token = _check.set(check)
    try:
        yield
    finally:
        _check.reset(token)


def check_interruption() -> None:
    """Raise the caller's exception if the user has cancelled; nothing outside of `interruptible`."""
    check = _check.get()
    if check is not None:
        check()
