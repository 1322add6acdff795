"""The processes that train together: one on one CPU or GPU, or several started by `accelerate launch` or `torchrun`.

Each process has one device. Either every process has all weights and gradients are averaged (DDP), or weights, gradients
and optimizer state are spread over the processes (`fully_shard`, FSDP2), which `accelerate launch --use_fsdp` also turns
on. In both cases a checkpoint stores whole tensors, so that a run can continue with another number of devices.
"""

from __future__ import annotations

import atexit
import os
import warnings
from collections.abc import Iterable
from typing import Any

import torch
from torch import nn

from ...models.attention import CrossAttention, SelfAttention
from ...models.dit import FeedForward


class Devices:
    """The place of this process among those that train together: `rank` of `count`, and its `device`.

    With `alone`, other processes are ignored. Several processes need the package `accelerate`; without it, ImportError
    is raised.
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
        wants_shards = sharded or os.environ.get("ACCELERATE_USE_FSDP", "false").lower() == "true"
        self.sharded = wants_shards and self.count > 1

    @property
    def main(self) -> bool:
        """Whether this is the main process, the only one that writes files."""
        return self.rank == 0

    def wrap(self, network: nn.Module, uses_all: bool = False) -> nn.Module:
        """The network, wrapped so that its gradients are averaged over all processes.

        `uses_all` promises that every parameter gets a gradient from every batch, which saves a search (a VAE cannot
        promise it: stills do not use its temporal layers). Sharding replaces the parameters in place, so the optimizer
        and the average must be created afterwards.
        """
        if self.count == 1:
            return network
        if self.sharded:
            return self._shard_network(network)
        from torch.nn.parallel import DistributedDataParallel

        ids = [self.device.index] if self.device.type == "cuda" else None
        return DistributedDataParallel(network, device_ids=ids, find_unused_parameters=not uses_all)

    def _shard_network(self, network: nn.Module) -> nn.Module:
        from torch.distributed.device_mesh import init_device_mesh
        from torch.distributed.fsdp import fully_shard, register_fsdp_forward_method

        # FSDP2 warns about writing into a block's output; our blocks do that only when no gradients are recorded.
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
        """The indices, out of `count` (0: one per process), that belong to this process.

        Raises ValueError if the processes cannot get equal numbers.
        """
        count = count or self.count
        if count % self.count:
            raise ValueError(
                f"{count} streams cannot be divided among {self.count} devices: use a multiple of {self.count}"
            )
        return range(self.rank, count, self.count)

    def mean(self, values: dict[str, float]) -> dict[str, float]:
        """The values' means over all processes, which must pass the same names."""
        if self.count == 1:
            return values
        from torch import distributed

        row = torch.tensor(list(values.values()), dtype=torch.float64, device=self.device)
        distributed.all_reduce(row)
        return dict(zip(values, (row / self.count).tolist(), strict=True))

    def main_value(self, value: float) -> float:
        """The main process's value, in every process: clocks differ, but all must take the same decisions."""
        if self.count == 1:
            return value
        from torch import distributed

        row = torch.tensor([value], dtype=torch.float64, device=self.device)
        distributed.broadcast(row, 0)
        return float(row)

    def gather(self, values: list[Any]) -> list[Any]:
        """The lists of all processes, merged in the order of the indices of `share`; every process gets the result."""
        if self.count == 1:
            return values
        from torch import distributed

        lists: list[list[Any]] = [[] for _ in range(self.count)]
        distributed.all_gather_object(lists, values)
        return [one for row in zip(*lists, strict=True) for one in row]

    def wait(self) -> None:
        """Wait until all processes have called this."""
        if self.count > 1:
            from torch import distributed

            distributed.barrier()


def checkpoint_gradients(blocks: Iterable[nn.Module]) -> None:
    """Turn on gradient checkpointing: only each block's input is stored, and the backward pass recomputes the block."""
    from torch.utils.checkpoint import checkpoint

    for block in blocks:
        forward = block.forward

        def checkpointed(*inputs: Any, forward: Any = forward) -> Any:
            if not torch.is_grad_enabled():
                return forward(*inputs)
            return checkpoint(forward, *inputs, use_reentrant=False)

        block.forward = checkpointed
