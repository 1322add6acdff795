"""Gaussian noise from seeds.

Each call uses its own CPU generator, so the noise of a seed depends neither on the device nor on torch's global generator.
"""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

StepNoise = Callable[[float, float], Tensor]
"""`noise(sigma, sigma_next) -> [B,...]`: new unit Gaussian noise for one step of a stochastic solver."""

_LARGEST_SEED = 0xFFFF_FFFF_FFFF_FFFF


class SeededNoise:
    """ComfyUI's NOISE object: `generate_noise(input_latent)` returns the same tensor that ComfyUI makes for `seed`.

    `batch_index` selects items of an unlimited batch with that seed: `[3]` is the fourth item of any longer batch.
    Equal indices give equal noise. A latent's own `batch_index` takes precedence. Raises ValueError for a seed outside
    0..2^64 - 1.
    """

    def __init__(self, seed: int, batch_index: list[int] | None = None):
        if not 0 <= seed <= _LARGEST_SEED:
            raise ValueError(f"`seed` is {seed}; it must be between 0 and {_LARGEST_SEED}")
        self.seed = seed
        self.batch_index = batch_index

    def generate_noise(self, input_latent: Mapping[str, Any]) -> Tensor:
        """Unit Gaussian noise on the CPU, of the shape and dtype of `input_latent["samples"]` [B,...].

        Raises ValueError if `batch_index` does not have one entry of at least 0 for each item of the batch.
        """
        samples = input_latent["samples"]
        index = input_latent.get("batch_index", self.batch_index)
        generator = torch.Generator("cpu").manual_seed(self.seed)
        if samples.is_nested:  # a latent for each of several streams, for example picture and sound
            parts = [_noise_of_items(part, generator, index) for part in samples.unbind()]
            return type(samples)(parts)
        return _noise_of_items(samples, generator, index)

    def __repr__(self) -> str:
        return f"SeededNoise({self.seed})"


def _noise_of_items(samples: Tensor, generator: torch.Generator, index: list[int] | None) -> Tensor:
    if index is None:
        return torch.randn(samples.shape, generator=generator).to(samples.dtype)
    index = [int(item) for item in index]
    if len(index) != len(samples) or min(index) < 0:
        raise ValueError(
            f"`batch_index` is {index}; it must have one entry, 0 or more, for each of {len(samples)} items"
        )
    selected, noise_of = set(index), {}
    # All items up to the last one are drawn, so that the noise of an item depends on its index alone.
    for item in range(max(index) + 1):
        noise = torch.randn((1, *samples.shape[1:]), generator=generator)
        if item in selected:
            noise_of[item] = noise.to(samples.dtype)
    return torch.cat([noise_of[item] for item in index])


def step_noise(x: Tensor, seed: int) -> StepNoise:
    """A function that returns new unit noise of the shape of `x` at each call: the same sequence for the same seed.

    It is drawn on the CPU, so it does not depend on the device. Its sequence differs from that of `SeededNoise(seed)`: a
    solver that added the initial noise again would put back exactly what the network has just removed.
    """
    generator = torch.Generator("cpu").manual_seed((seed + 0x9E37_79B9_7F4A_7C15) & _LARGEST_SEED)

    def noise(sigma: float, sigma_next: float) -> Tensor:
        return torch.randn(x.shape, generator=generator).to(device=x.device, dtype=x.dtype)

    return noise
