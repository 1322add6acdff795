"""Low-rank adapters (LoRA, Hu et al. 2021, arXiv 2106.09685): W + (alpha / rank) B A, where only A and B are trained.

Files use the tensor names that ComfyUI's LoRA loaders read for Wan: `diffusion_model.NAME.lora_A.weight` [rank, in],
`.lora_B.weight` [out, rank] and `.alpha`.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ...files import atomic_write

# The matrices of a block that get an adapter: those of self-attention, cross-attention and the MLP.
TARGETS = r"blocks\.\d+\.((self|cross)_attn\.[qkvo]|ffn\.[02])"


class Adapter(nn.Module):
    """The low-rank part (alpha / rank) B A x of one matrix; initially zero, because B is."""

    def __init__(self, base: nn.Linear, rank: int, alpha: float, generator: torch.Generator):
        super().__init__()
        self.lora_A = nn.Parameter(torch.empty(rank, base.in_features))
        self.lora_B = nn.Parameter(torch.zeros(base.out_features, rank))
        self.scale = alpha / rank
        with torch.no_grad():
            self.lora_A.uniform_(-1, 1, generator=generator).mul_(base.in_features**-0.5)

    def forward(self, x: Tensor) -> Tensor:
        down, up = (matrix.to(x.dtype) for matrix in (self.lora_A, self.lora_B))
        return self.scale * nn.functional.linear(nn.functional.linear(x, down), up)

    def change(self) -> Tensor:
        """The matrix [out, in] that the adapter adds to the base matrix."""
        return self.scale * self.lora_B @ self.lora_A


class Adapters(nn.Module):
    """Adapters for those linear layers of a network whose names match `targets`; hooks add their output to the layer's.

    The network itself is frozen and keeps its tensor names and weights. Raises ValueError if no layer matches.
    """

    def __init__(
        self, network: nn.Module, rank: int, alpha: float, targets: str = TARGETS, seed: int = 0
    ) -> None:
        super().__init__()
        if rank < 1:
            raise ValueError(f"the rank of a LoRA is {rank}; it must be at least 1")
        self.rank, self.alpha = rank, alpha
        generator = torch.Generator().manual_seed(seed)
        self.adapters = nn.ModuleDict()
        network.requires_grad_(False)
        for name, module in network.named_modules():
            if isinstance(module, nn.Linear) and re.fullmatch(targets, name):
                adapter = Adapter(module, rank, alpha, generator)
                module.register_forward_hook(_adding_hook(adapter))
                self.adapters[name.replace(".", "/")] = adapter  # a module's name cannot hold a dot
        if not self.adapters:
            raise ValueError(f"no matrix of the network has a name like {targets!r}")

    def merged_state(self, state: dict[str, Tensor]) -> dict[str, Tensor]:
        """The network's state with the adapters merged into its matrices, for use without a LoRA loader."""
        merged = dict(state)
        for name, adapter in self.adapters.items():
            assert isinstance(adapter, Adapter)
            weight = f"{name.replace('/', '.')}.weight"
            merged[weight] = (state[weight].float() + adapter.change().to(state[weight].device)).to(
                state[weight].dtype
            )
        return merged


def _adding_hook(adapter: Adapter) -> Any:
    """A forward hook that adds the adapter's output to the layer's output."""
    return lambda _module, inputs, output: output + adapter(inputs[0])


def save_lora(path: Path, state: dict[str, Tensor], alpha: float, facts: dict[str, Any]) -> None:
    """Write the state of `Adapters` to a file under the names that ComfyUI reads, in bfloat16.

    Raises ValueError if a tensor is not finite.
    """
    from safetensors.torch import save_file

    stored = {}
    for name, value in state.items():
        if not torch.isfinite(value).all():
            raise ValueError(f"tensor {name!r} contains NaN or infinity; {path.name} was not written")
        module, matrix = name.removeprefix("adapters.").rsplit(".", 1)
        place = f"diffusion_model.{module.replace('/', '.')}"
        stored[f"{place}.{matrix}.weight"] = value.detach().to("cpu", torch.bfloat16).contiguous()
        stored[f"{place}.alpha"] = torch.tensor(float(alpha))
    header = {"format": "pt", "flowbrush": json.dumps({"kind": "lora", "facts": facts})}
    with atomic_write(path) as temporary:
        save_file(stored, temporary, header)
