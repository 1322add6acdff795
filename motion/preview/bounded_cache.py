"""A cache of the values that were used last, bounded by their size in bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any


class BoundedCache:
    """Keeps the most recently used values, up to `limit` bytes in all; it is safe to use from several threads.

    The value that was used last is kept even if it is larger than `limit`.
    """

    def __init__(self, limit: int):
        self.limit, self.size = limit, 0
        self._values: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], Any], bytes_of: Callable[[Any], int]) -> Any:
        """Return the value of `key`, calling `make` when it is not in the cache and `bytes_of` for its size."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key][0]
        value = make()
        with self._lock:
            if key not in self._values:
                self._values[key] = value, bytes_of(value)
                self.size += self._values[key][1]
            while self.size > self.limit and len(self._values) > 1:
                self.size -= self._values.popitem(last=False)[1][1]
        return value
