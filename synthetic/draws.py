"""Random numbers that depend on a seed alone, and neither on the device nor on the rest of the batch.

PyTorch's generators give different numbers on a GPU and on a CPU, and different numbers to a clip in a batch and to the
same clip alone. Here every number is a hash of (seed, stream, call, index), as in counter-based generators (Salmon et al.,
"Parallel Random Numbers: As Easy as 1, 2, 3", 2011), so that a clip is a function of its seed.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence

import torch
from torch import Tensor

_MASK = 0xFFFFFFFF


def _hash(x: Tensor) -> Tensor:
    """A bijection of the integers 0..2^32-1 (int64) in which every bit depends on every bit."""
    for _ in range(2):
        x = ((x ^ (x >> 16)) * 0x45D9F3B) & _MASK  # the factor has 27 bits, so no product overflows
    return x ^ (x >> 16)


class Draws:
    """A batch of independent streams of random numbers, one for each seed.

    Methods that draw numbers return a tensor [B,*shape] on `device`.
    """

    def __init__(self, seeds: Sequence[int] | Tensor, device: torch.device | str = "cpu"):
        seeds = seeds if isinstance(seeds, Tensor) else list(seeds)
        seeds = torch.as_tensor(seeds, dtype=torch.int64, device=device)
        self._key = _hash((_hash(seeds & _MASK) + (seeds >> 32)) & _MASK)
        self._calls = 0

    @classmethod
    def fresh(cls, count: int, generator: torch.Generator) -> Draws:
        """`count` streams on the generator's device, with seeds drawn from the generator."""
        return cls(new_seeds(count, generator), generator.device)

    @property
    def count(self) -> int:
        return len(self._key)

    @property
    def device(self) -> torch.device:
        return self._key.device

    def stream(self, name: str) -> Draws:
        """Independent streams for one purpose, so that drawing more numbers there does not change any other stream."""
        return self._with(_hash((self._key + zlib.crc32(name.encode())) & _MASK))

    def pick(self, rows: Tensor | slice) -> Draws:
        """The streams of the seeds with these indices."""
        return self._with(self._key[rows])

    def _with(self, key: Tensor) -> Draws:
        other = object.__new__(Draws)
        other._key, other._calls = key, 0
        return other

    def bits(self, *shape: int) -> Tensor:
        """Integers 0..2^32-1, int64."""
        self._calls += 1
        key = _hash((self._key + 0x9E3779B1 * self._calls) & _MASK)[:, None]
        index = torch.arange(math.prod(shape), device=self.device) * 0x3C6EF35F
        # The key is mixed in twice. If it were only added, two seeds could give the same sequence, shifted.
        drawn = _hash(_hash((index + key) & _MASK) ^ self._key[:, None])
        return drawn.view(self.count, *shape)

    def uniform(self, *shape: int, low: float = 0.0, high: float = 1.0) -> Tensor:
        """Uniform numbers in low..high, float32."""
        return low + (high - low) * (self.bits(*shape) >> 8).to(torch.float32) / 2**24

    def normal(self, *shape: int) -> Tensor:
        """Standard normal numbers, float32 (Box and Muller, 1958)."""
        size = math.prod(shape)
        half = (size + 1) // 2
        radius = (-2 * (1 - self.uniform(half)).log()).sqrt()
        angle = self.uniform(half, high=2 * math.pi)
        both = torch.cat((radius * angle.cos(), radius * angle.sin()), 1)
        return both[:, :size].view(self.count, *shape)

    def integers(self, *shape: int, below: int) -> Tensor:
        """Integers 0..below-1, int64."""
        return (self.bits(*shape) * below) >> 32

    def chance(self, probability: float, *shape: int) -> Tensor:
        """Booleans that are True with this probability."""
        return self.uniform(*shape) < probability


def new_seeds(count: int, generator: torch.Generator) -> Tensor:
    """Random seeds [count], int64, on the generator's device."""
    return torch.randint(0, 2**31, (count,), generator=generator, device=generator.device)
