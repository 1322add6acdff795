"""Rotary position embedding over time, height and width, as in Wan 2.x.

A head of size D is split into three parts for (t, h, w): D - 4*(D//6), 2*(D//6) and 2*(D//6) channels. In each
part neighbouring channels (2i, 2i+1) are one plane, turned by position * 10000^(-2i/part).
Source: RoFormer (arXiv 2104.09864) equation 34; the split is that of Wan 2.1.
"""

from functools import lru_cache
from typing import NamedTuple

import torch

Grid = tuple[int, int, int]

THETA = 10000.0


class Rotary(NamedTuple):
    """Cosine and sine of every angle, float32 [tokens, 1, head_dim / 2]; `phase` = cos + i sin, on the CPU only."""

    cos: torch.Tensor
    sin: torch.Tensor
    phase: torch.Tensor | None


def axis_sizes(head_dim: int) -> Grid:
    """Channels of one head that encode (time, height, width)."""
    spatial = 2 * (head_dim // 6)
    return head_dim - 2 * spatial, spatial, spatial


@torch.compiler.disable
def rotary(grid: Grid, head_dim: int, device: torch.device | str = "cpu") -> Rotary:
    """The rotation of every token of a (t, h, w) grid, in row-major order; computed once for a grid and device."""
    return _rotary(tuple(grid), head_dim, str(device))


@lru_cache(maxsize=16)
def _rotary(grid: Grid, head_dim: int, device: str) -> Rotary:
    # A table made under inference mode could not be used in a later training step.
    with torch.inference_mode(False), torch.no_grad():
        angles = []
        for axis, (length, size) in enumerate(zip(grid, axis_sizes(head_dim), strict=True)):
            frequency = THETA ** -(torch.arange(0, size, 2, dtype=torch.float64) / size)
            angle = torch.outer(torch.arange(length, dtype=torch.float64), frequency)
            shape = [1, 1, 1, size // 2]
            shape[axis] = length
            angles.append(angle.view(shape).expand(*grid, size // 2))
        angle = torch.cat(angles, dim=-1).reshape(-1, 1, head_dim // 2)
        cos, sin = angle.cos().float(), angle.sin().float()
        phase = torch.complex(cos, sin) if torch.device(device).type == "cpu" else None
        return Rotary(cos.to(device), sin.to(device), phase)


def rotate(x: torch.Tensor, turn: Rotary) -> torch.Tensor:
    """Turn queries or keys [B, tokens, heads, head_dim] by their positions, in float32; same dtype back."""
    planes = x.float().unflatten(-1, (-1, 2))
    if turn.phase is not None and not torch.compiler.is_compiling():
        # The same four products, in one pass over memory.
        return torch.view_as_real(torch.view_as_complex(planes) * turn.phase).flatten(-2).to(x.dtype)
    even, odd = planes.unbind(-1)
    turned = torch.stack((even * turn.cos - odd * turn.sin, even * turn.sin + odd * turn.cos), dim=-1)
    return turned.flatten(-2).to(x.dtype)
