"""Outlines of sprites as signed distances: positive inside, 0 on the outline, about 1 at the middle of a round shape.

Distances are exact, or nearly so, inside the shape (Quilez, "2D distance functions"), so that edges, soft shadows and
shading have the same width everywhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

# Outlines reach this far from their centre at most, in plane units.
REACH = 1.35
# The number of random parameters that each outline may use.
NUMBERS = 12


def _polygon(x: Tensor, y: Tensor, sides: int) -> Tensor:
    turns = [2 * math.pi * i / sides - math.pi / 2 for i in range(sides)]
    facing = [math.cos(turn) * x + math.sin(turn) * y for turn in turns]
    return 1.15 * math.cos(math.pi / sides) - torch.stack(facing).amax(0)


def _circle(x: Tensor, y: Tensor, own: Tensor) -> Tensor:
    return 1 - torch.hypot(x, y)


def _square(x: Tensor, y: Tensor, own: Tensor) -> Tensor:
    return 0.85 - torch.maximum(x.abs(), y.abs())


def _triangle(x: Tensor, y: Tensor, own: Tensor) -> Tensor:
    return _polygon(x, y, 3)


def _star(x: Tensor, y: Tensor, own: Tensor) -> Tensor:
    # By symmetry one half of one point is enough: its outline is a straight line from the tip to a notch.
    radius, sector = torch.hypot(x, y), 2 * math.pi / 5
    angle = torch.remainder(torch.atan2(x, -y) + sector / 2, sector) - sector / 2
    px, py = radius * angle.cos(), radius * angle.abs().sin()
    tip, notch = 1.2, 0.52
    nx, ny = notch * math.cos(sector / 2), notch * math.sin(sector / 2)
    length = math.hypot(tip - nx, ny)
    return ((tip - px) * ny - py * (tip - nx)) / length


def _blob(x: Tensor, y: Tensor, own: Tensor) -> Tensor:
    radius = torch.hypot(x, y).clamp_min(1e-6)
    cos, sin = x / radius, y / radius
    outline, c, s = torch.ones_like(cos), cos, sin
    for k in range(4):
        c, s = c * cos - s * sin, s * cos + c * sin  # cos and sin of (k + 2) theta
        outline = outline + 0.11 * (own[2 * k] * c + own[2 * k + 1] * s)
    return 0.9 * (outline.clamp(0.3, REACH) - radius)


def _ring(x: Tensor, y: Tensor, own: Tensor) -> Tensor:
    return 0.26 - (torch.hypot(x, y) - 0.76).abs()


def _cross(x: Tensor, y: Tensor, own: Tensor) -> Tensor:
    x, y = x.abs(), y.abs()
    across, down = torch.minimum(1 - x, 0.34 - y), torch.minimum(0.34 - x, 1 - y)
    return torch.maximum(across, down)


def _heart(x: Tensor, y: Tensor, own: Tensor) -> Tensor:
    # Quilez' heart of height 1.1 with its tip at the origin, turned upright and moved to the middle.
    scale = 1.65
    x, y = x.abs() / scale, 0.58 - y / scale
    lobe = torch.hypot(x - 0.25, y - 0.75) - math.sqrt(2) / 4
    fold = (0.5 * (x + y)).clamp_min(0)
    side = torch.minimum(torch.hypot(x, y - 1), torch.hypot(x - fold, y - fold)) * (x - y).sign()
    return -scale * torch.where(x + y > 1, lobe, side)


def _moon(x: Tensor, y: Tensor, own: Tensor) -> Tensor:
    return torch.minimum(1 - torch.hypot(x, y), torch.hypot(x - 0.5, y) - 0.78)


def _leaf(x: Tensor, y: Tensor, own: Tensor) -> Tensor:
    return 1.25 - torch.hypot(x.abs() + 0.67, y)


def _letter(x: Tensor, y: Tensor, own: Tensor) -> Tensor:
    # A line through four points of a 3x3 lattice, each different from the one before.
    column, row = (((own[i].abs() * 40).floor() % 3) for i in (0, 1))
    nearest = torch.full_like(x, 9.0)
    for i in range(2, 8, 2):
        step = 1 + (own[i].abs() * 40).floor() % 8  # 1..8: any of the other eight points
        place = (3 * row + column + step) % 9
        ax, ay = 0.72 * (column - 1), 0.72 * (row - 1)
        row, column = (place / 3).floor(), place % 3
        sx, sy = 0.72 * (column - 1) - ax, 0.72 * (row - 1) - ay
        t = (((x - ax) * sx + (y - ay) * sy) / (sx * sx + sy * sy)).clamp(0, 1)
        nearest = torch.minimum(nearest, torch.hypot(x - ax - t * sx, y - ay - t * sy))
    return 0.2 - nearest


OUTLINES: dict[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
    "circle": _circle, "square": _square, "triangle": _triangle, "star": _star, "blob": _blob, "ring": _ring,
    "cross": _cross, "heart": _heart, "moon": _moon, "leaf": _leaf, "letter": _letter,
}  # fmt: skip
SHAPES = tuple(OUTLINES)


def depth(x: Tensor, y: Tensor, shapes: Sequence[int], own: Tensor) -> Tensor:
    """The signed distance [B,...] of the plane points x, y [B,...] from the outline of each clip's shape, positive inside.

    `shapes` [B] are indices into `SHAPES` and `own` [B,NUMBERS] the random parameters of each outline. Raises ValueError
    for an empty batch.
    """
    spread = own.T.reshape(NUMBERS, len(own), *(1,) * (x.dim() - 1))
    result = None
    for index in sorted(set(shapes)):
        inside = OUTLINES[SHAPES[index]](x, y, spread)
        if result is None:
            result = inside
        else:
            here = torch.tensor([shape == index for shape in shapes], device=x.device)
            result = torch.where(here.view(-1, *(1,) * (x.dim() - 1)), inside, result)
    if result is None:
        raise ValueError("`shapes` is empty; there must be at least one clip")
    return result
