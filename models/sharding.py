"""Tensors that are spread over several processes (DTensor, FSDP2): gathering them and sharding them alike."""

from __future__ import annotations

from typing import Any

from torch import Tensor


def is_sharded(value: Any) -> bool:
    """Whether a tensor is spread over several processes (a DTensor)."""
    return hasattr(value, "full_tensor")


def whole(tree: Any) -> Any:
    """A copy of nested dictionaries, lists and tensors in which every sharded tensor is gathered into a whole one.

    All processes must call this together.
    """
    if isinstance(tree, dict):
        return {key: whole(value) for key, value in tree.items()}
    if isinstance(tree, list | tuple):
        return [whole(value) for value in tree]
    return tree.full_tensor() if is_sharded(tree) else tree


def sharded_like(value: Tensor, like: Tensor) -> Tensor:
    """A whole tensor, moved to the device of `like` and sharded like it."""
    value = value.to(like.device)
    if not is_sharded(like):
        return value
    from torch.distributed.tensor import distribute_tensor

    # Every process has the same whole tensor and keeps its part, so nothing needs to be sent (src_data_rank=None).
    return distribute_tensor(value, like.device_mesh, like.placements, src_data_rank=None)  # pyright: ignore[reportAttributeAccessIssue]
