"""A picture continued beyond its border: which parts are completed one after the other, and the outlines of layers there."""

from __future__ import annotations

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from .completion import NEARNESS

NOTICEABLE = 0.02  # coverage above which a layer counts as visible at a pixel
# `nearness` along the border and away from it: a horizon keeps its height, but patches that all come from the very border are streaks.
NEAR_BORDER = (1.0, 0.2)
_BORDER = 0.25  # fraction of a side, at its end, from which the picture is extended outwards at least


def sides(
    hole: Tensor, inside: Tensor, beyond: tuple[int, int]
) -> Iterator[tuple[tuple[slice, slice], Tensor, tuple[float, float]]]:
    """The parts [h,w] of a hole that are completed one after the other, each with the rows and columns that are copied from,
    and its `nearness` (see `complete_picture`).

    Inside the picture, patches rather come from beside the hole than from above or below it, where a photo shows other things.
    A continuation beyond a border is copied from what is near that border, so that no flag, face or boat appears a
    second time, and a horizon keeps its height. Corners belong to the upper and the lower border.
    """
    everywhere = slice(None)
    yield (everywhere, everywhere), hole & inside, NEARNESS
    rows, (top, left) = len(inside), beyond
    between = torch.zeros_like(hole)
    between[top : rows - top] = True
    for axis, by in ((1, left), (0, top)):
        side = inside.shape[axis] - 2 * by
        width = by + min(side, round(max(_BORDER * side, 2 * by)))
        for first in (True, False) if by else ():
            strip = slice(0, width) if first else slice(inside.shape[axis] - width, None)
            outer = torch.zeros_like(hole)
            outer.narrow(axis, 0 if first else inside.shape[axis] - by, by).fill_(True)
            box = (everywhere, strip) if axis else (strip, everywhere)
            along, away = NEAR_BORDER
            nearness = (along, away) if axis else (away, along)
            yield box, hole & outer & (between if axis else ~between), nearness


def padded(values: Tensor, beyond: tuple[int, int], constant: float | None = None) -> Tensor:
    """`values` [h,w] or [h,w,3], padded by `beyond` rows and columns on each side with the border or a constant."""
    top, left = beyond
    if not top and not left:
        return values
    planes = values[None, None] if values.ndim == 2 else values.permute(2, 0, 1)[None]
    if constant is None:
        padded = F.pad(planes, (left, left, top, top), mode="replicate")[0]
    else:
        padded = F.pad(planes, (left, left, top, top), value=constant)[0]
    return padded[0] if values.ndim == 2 else padded.permute(1, 2, 0)


def mirrored(values: Tensor, beyond: tuple[int, int]) -> Tensor:
    """The outline of a layer, or another property of it [H,W], continued beyond the border to [h,w].

    A thing that the border cuts off is mirrored there, but does not get wider than at the border, so that a disc closes and a
    strip that meets the border squarely goes on.
    """
    straight = padded(values, beyond)
    for axis, by in enumerate(beyond):
        side = values.shape[axis]
        index = torch.arange(-by, side + by)
        index = torch.where(index < 0, -1 - index, index)
        index = torch.where(index >= side, 2 * side - 1 - index, index).clamp(0, side - 1)
        values = values.index_select(axis, index.to(values.device))
    return torch.minimum(values, straight)


def reach_beyond(cover: Tensor, most: float) -> tuple[float, float]:
    """How far a thing that the border cuts off goes on beyond it (see `mirrored`): fractions of the height and width, up to `most`.

    cover: [H,W] in 0..1.
    """
    height, width = cover.shape
    by = round(most * height), round(most * width)
    around = mirrored(cover, by) > NOTICEABLE
    if not bool(around.any()):
        return 0.0, 0.0
    reach = []
    for axis, side, extra in ((1, height, by[0]), (0, width, by[1])):
        found = torch.nonzero(around.any(axis))[:, 0]
        reach.append(max(0, extra - int(found[0]), int(found[-1]) + 1 - extra - side) / side)
    return reach[0], reach[1]
