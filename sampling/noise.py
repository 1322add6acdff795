"""Noise from seeds. Every object has its own CPU generator, so nothing outside can change what a seed gives."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

StepNoise = Callable[[float, float], Tensor]
"""`noise(sigma, sigma_next) -> [B,...]`: fresh unit noise for one step of a solver that adds some."""

_LARGEST_SEED = 0xFFFF_FFFF_FFFF_FFFF


class SeededNoise:
    """A NOISE: `seed`, and `generate_noise(latent) -> [B,...]`, the tensor ComfyUI makes for that seed.

    `batch_index` picks items of the seed's endless batch (item 3 of a batch of 8 alone is `[3]`); the latent's own
    `batch_index` comes first. Equal indices get equal noise.
    """

    def __init__(self, seed: int, batch_index: list[int] | None = None):
        if not 0 <= seed <= _LARGEST_SEED:
            raise ValueError(f"`seed` is {seed}; it must be between 0 and {_LARGEST_SEED}")
        self.seed = seed
        self.batch_index = batch_index

    def generate_noise(self, latent: Mapping[str, Any]) -> Tensor:
        """Unit Gaussian noise on the CPU, of the shape and type of `latent["samples"]` [B,...].

        Raises: ValueError when `batch_index` does not have one entry, 0 or more, for each item of the batch.
        """
        samples = latent["samples"]
        index = latent.get("batch_index", self.batch_index)
        generator = torch.Generator("cpu").manual_seed(self.seed)
        if samples.is_nested:  # one latent for each of several streams, e.g. picture and sound
            parts = [_seeded(part, generator, index) for part in samples.unbind()]
            return type(samples)(parts)
        return _seeded(samples, generator, index)

    def __repr__(self) -> str:
        return f"SeededNoise({self.seed})"


def _seeded(samples: Tensor, generator: torch.Generator, index: list[int] | None) -> Tensor:
    if index is None:
        return torch.randn(samples.shape, generator=generator).to(samples.dtype)
    index = [int(item) for item in index]
    if len(index) != len(samples) or min(index) < 0:
        raise ValueError(
            f"`batch_index` is {index}; it must have one entry, 0 or more, for each of {len(samples)} items"
        )
    wanted, drawn = set(index), {}
    for item in range(
        max(index) + 1
    ):  # each item is drawn in turn, so that item 3 does not depend on the others
        noise = torch.randn((1, *samples.shape[1:]), generator=generator)
        if item in wanted:
            drawn[item] = noise.to(samples.dtype)
    return torch.cat([drawn[item] for item in index])


def step_noise(x: Tensor, seed: int) -> StepNoise:
    """Fresh noise like `x` for each call, the same sequence for the same seed on every device.

    It is drawn on the CPU. The sequence is apart from `SeededNoise(seed)`: reusing the first noise in the first step
    would give back what was just removed.
    """
    generator = torch.Generator("cpu").manual_seed((seed + 0x9E37_79B9_7F4A_7C15) & _LARGEST_SEED)

    def noise(sigma: float, sigma_next: float) -> Tensor:
        return torch.randn(x.shape, generator=generator).to(device=x.device, dtype=x.dtype)

    return noise
