"""The processes that train together: one on one CPU or GPU, or several that `accelerate launch` or `torchrun` started.

Each process has a device. Either every process holds all weights and gradients are averaged (DDP), or weights,
gradients and the optimizer's state are spread over them (`fully_shard`, FSDP2), which `accelerate launch --use_fsdp`
asks for as well. Checkpoints hold whole tensors in both cases, so that a run may go on with another number of devices.
"""

from __future__ import annotations

import atexit
import os
import warnings
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

from ...models.attention import CrossAttention, SelfAttention
from ...models.dit import FeedForward


class Devices:
    """This process among those that train together: `rank` of `count`, with its `device`; `alone`, one of one.

    Several processes need `accelerate`; ImportError says so where it is missing.
    """

    def __init__(self, device: str, sharded: bool = False, alone: bool = False):
        self.count, self.rank = 1 if alone else int(os.environ.get("WORLD_SIZE", "1")), 0
        self.device = torch.device(device)
        if self.count > 1:
            try:
                from accelerate import PartialState
            except ImportError as error:
                raise ImportError("training on several devices needs `pip install accelerate`") from error
            state = PartialState(cpu=self.device.type == "cpu")
            assert state.device is not None
            atexit.register(state.destroy_process_group)
            self.rank, self.count, self.device = state.process_index, state.num_processes, state.device
        asked = sharded or os.environ.get("ACCELERATE_USE_FSDP", "false").lower() == "true"
        self.sharded = asked and self.count > 1

    @property
    def main(self) -> bool:
        """Whether this is the process that writes."""
        return self.rank == 0

    def wrap(self, network: nn.Module, uses_all: bool = False) -> nn.Module:
        """The network whose `forward` makes gradients that all processes agree on; with `uses_all`, every parameter has
        one in every batch (stills leave the temporal layers of a VAE without), which saves a search.

        With sharding its parameters are replaced in place: make optimizer and average after this.
        """
        if self.count == 1:
            return network
        if self.sharded:
            return self._sharded(network)
        from torch.nn.parallel import DistributedDataParallel

        ids = [self.device.index] if self.device.type == "cuda" else None
        return DistributedDataParallel(network, device_ids=ids, find_unused_parameters=not uses_all)

    def _sharded(self, network: nn.Module) -> nn.Module:
        from torch.distributed.device_mesh import init_device_mesh
        from torch.distributed.fsdp import fully_shard, register_fsdp_forward_method

        # Its warning is of writing over a block's result, which ours do only where no gradients are recorded.
        warnings.filterwarnings("ignore", message="FSDP2-wrapped module .* returned a view tensor")
        mesh = init_device_mesh(self.device.type, (self.count,))
        for module in network.modules():
            if isinstance(module, SelfAttention | CrossAttention | FeedForward):
                fully_shard(module, mesh=mesh)
                if isinstance(module, CrossAttention):
                    register_fsdp_forward_method(module, "keys")
        fully_shard(network, mesh=mesh)
        return network

    def share(self, count: int) -> range:
        """Which of `count` things (0: as many as there are devices) are this process's; ValueError if uneven."""
        count = count or self.count
        if count % self.count:
            raise ValueError(
                f"{count} streams cannot be shared by {self.count} devices: take a multiple of that"
            )
        return range(self.rank, count, self.count)

    def mean(self, values: dict[str, float]) -> dict[str, float]:
        """The values' means over all processes; all give the same names."""
        if self.count == 1:
            return values
        from torch import distributed

        row = torch.tensor(list(values.values()), dtype=torch.float64, device=self.device)
        distributed.all_reduce(row)
        return dict(zip(values, (row / self.count).tolist(), strict=True))

    def agreed(self, value: float) -> float:
        """The main process's value, in every process: clocks differ, and decisions must not."""
        if self.count == 1:
            return value
        from torch import distributed

        row = torch.tensor([value], dtype=torch.float64, device=self.device)
        distributed.broadcast(row, 0)
        return float(row)

    def gathered(self, values: list[Any]) -> list[Any]:
        """Every process's list, one after another in the order of `share`: in every process."""
        if self.count == 1:
            return values
        from torch import distributed

        lists: list[list[Any]] = [[] for _ in range(self.count)]
        distributed.all_gather_object(lists, values)
        return [one for row in zip(*lists, strict=True) for one in row]

    def wait(self) -> None:
        """Until all processes are here."""
        if self.count > 1:
            from torch import distributed

            distributed.barrier()


def is_sharded(value: Any) -> bool:
    """Whether a tensor is spread over processes (a DTensor)."""
    return hasattr(value, "full_tensor")


def whole(tree: Any) -> Any:
    """Dictionaries and lists of tensors with every sharded tensor made whole; all processes call this together."""
    if isinstance(tree, dict):
        return {key: whole(value) for key, value in tree.items()}
    if isinstance(tree, list | tuple):
        return [whole(value) for value in tree]
    return tree.full_tensor() if is_sharded(tree) else tree


def placed(value: Tensor, like: Tensor) -> Tensor:
    """A whole tensor where `like` is, and sharded as `like` is."""
    value = value.to(like.device)
    if not is_sharded(like):
        return value
    from torch.distributed.tensor import distribute_tensor

    # Every process has the same whole tensor: each keeps its part, nothing is sent.
    return distribute_tensor(value, like.device_mesh, like.placements, src_data_rank=None)  # pyright: ignore[reportAttributeAccessIssue]


def recomputed(blocks: Iterable[nn.Module]) -> None:
    """Gradient checkpointing: keep what enters each block, and compute the block again when its gradient is due."""
    from torch.utils.checkpoint import checkpoint

    for block in blocks:
        forward = block.forward

        def again(*inputs: Any, forward: Any = forward) -> Any:
            if not torch.is_grad_enabled():
                return forward(*inputs)
            return checkpoint(forward, *inputs, use_reentrant=False)

        block.forward = again
