"""Calls that torch.compile leaves out of the code that it compiles.

A module of its own, because the decorator imports the compiler, which takes seconds that only a compiled model needs.
"""

from collections.abc import Callable
from typing import Any

import torch


@torch.compiler.disable
def called_uncompiled(function: Callable[..., Any], *arguments: Any) -> Any:
    """The result of a function, which is not traced."""
    return function(*arguments)
