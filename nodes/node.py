"""The base of all nodes: what runs in one of them ends soon after the artist has cancelled."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from comfy_api.latest import io

from ..hosts import host
from ..interruption import interruptible


class Node(io.ComfyNode):
    """A node whose `execute` runs within `interruption.interruptible`, so that the library notices a cancel."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        execute = vars(cls).get("execute")
        # ComfyUI makes a copy of the class for each run, in which `execute` is wrapped already and cannot be replaced.
        if execute is not None and not hasattr(execute.__func__, "__wrapped__"):
            cls.execute = classmethod(_interruptible(execute.__func__))


def _interruptible(execute: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(execute)
    def run(cls: type[Node], *arguments: Any, **inputs: Any) -> Any:
        with interruptible(host().check_cancel):
            return execute(cls, *arguments, **inputs)

    return run
