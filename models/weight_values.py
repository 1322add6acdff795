"""A check of weights for values with which a network gives noise or nothing: NaN, infinite, or absurdly large."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import Tensor

from ..interruption import check_interruption

LARGEST = 1e8
"""The largest magnitude that is accepted. Weights of published networks stay below some thousands."""


def check_values(names: Iterable[str], tensor: Callable[[str], Tensor], file: str) -> None:
    """Refuse weights that are not finite or exceed LARGEST, tensor by tensor.

    `tensor(name)` returns one of them, of any type; `file` is the name of the file for the message. Raises ValueError.
    """
    for name in names:
        check_interruption()
        value = tensor(name)
        if not value.is_floating_point() or not value.numel():
            continue
        if value.element_size() == 1:  # fp8 has no reductions
            value = value.to(torch.float32)
        largest = float(value.abs().amax())
        if not largest <= LARGEST:
            what = (
                f"values up to {largest:.3g}" if largest < float("inf") else "values that are NaN or infinite"
            )
            raise ValueError(
                f"{file} is damaged: its tensor {name[:100]!r} has {what}; download or copy the file again"
            )
