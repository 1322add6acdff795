"""Rotary position embedding over time, height and width, as in Wan 2.x.

A head of size D is split into three parts for (t, h, w), of D - 4*(D//6), 2*(D//6) and 2*(D//6) channels. In each part,
the channels (2i, 2i+1) span a plane that is rotated by the angle position * 10000^(-2i/size of the part).
Source: RoFormer (arXiv 2104.09864), Equation 34; the split is that of Wan 2.1.
"""

from functools import lru_cache
from typing import NamedTuple

import torch

GridSize = tuple[int, int, int]

THETA = 10000.0


class Rotary(NamedTuple):
    """Cosine and sine of every angle, float32 [tokens, 1, head_dim / 2]. On a CPU, `phase` is cos + i sin, else None."""

    cos: torch.Tensor
    sin: torch.Tensor
    phase: torch.Tensor | None


def axis_sizes(head_dim: int) -> GridSize:
    """The numbers of a head's channels that encode time, height and width."""
    spatial = 2 * (head_dim // 6)
    return head_dim - 2 * spatial, spatial, spatial


def rotary(grid: GridSize, head_dim: int, device: torch.device | str = "cpu") -> Rotary:
    """The rotations of all tokens of a (t, h, w) grid in row-major order, cached for each grid and device."""
    if torch.compiler.is_compiling():
        from .uncompiled import called_uncompiled

        return called_uncompiled(_rotary, tuple(grid), head_dim, str(device))  # pyright: ignore[reportCallIssue]  (decorated)
    return _rotary(tuple(grid), head_dim, str(device))


@lru_cache(maxsize=16)
def _rotary(grid: GridSize, head_dim: int, device: str) -> Rotary:
    # The cached table must not be an inference tensor, which a later training step could not use.
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


def rotate(x: torch.Tensor, rotation: Rotary) -> torch.Tensor:
    """Queries or keys [B, tokens, heads, head_dim], rotated by their positions in float32 and returned in their dtype."""
    planes = x.float().unflatten(-1, (-1, 2))
    if rotation.phase is not None and not torch.compiler.is_compiling():
        # A complex product computes the same in one pass over memory.
        return torch.view_as_real(torch.view_as_complex(planes) * rotation.phase).flatten(-2).to(x.dtype)
    even, odd = planes.unbind(-1)
    rotated = torch.stack(
        (even * rotation.cos - odd * rotation.sin, even * rotation.sin + odd * rotation.cos), dim=-1
    )
    return rotated.flatten(-2).to(x.dtype)
