"""Deformation: how much a displacement stretches each pixel, and where it tears the picture apart."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

# A pixel is torn, not stretched, when its displacement changes by more than this per pixel towards both neighbours.
_TEAR = 1.5
# The area that is used for a torn pixel.
_TORN_AREA = 0.02


class Deformation(NamedTuple):
    """Derivatives of D = (u, v) by x and y, the area of each pixel after the motion, and whether it is torn; all
    [N,h,W]."""

    ux: Tensor
    uy: Tensor
    vx: Tensor
    vy: Tensor
    area: Tensor
    torn: Tensor


def local_deformation(displacement: Tensor, lines: slice | None = None) -> Deformation:
    """The Jacobian of x + D(x) for the pixels of `lines` (default: all) of a displacement [N,H,W,2].

    Derivatives are one-sided differences, the smaller of the two, so that a pixel at the crisp edge of a region takes
    the stretch of its own side. A pixel that differs from both sides is torn.
    """
    height = displacement.shape[1]
    lines = slice(0, height) if lines is None else lines
    window = slice(max(lines.start - 1, 0), min(lines.stop + 1, height))
    keep = slice(lines.start - window.start, lines.stop - window.start)
    slopes = []
    for component in displacement[:, window].unbind(-1):
        component = component.contiguous()
        slopes += [_slope(component[:, keep], 2), _slope(component, 1)[:, keep]]
    ux, uy, vx, vy = slopes
    steepest = torch.maximum(torch.maximum(ux.abs(), vx.abs()), torch.maximum(uy.abs(), vy.abs()))
    torn = steepest > _TEAR
    area = ((1 + ux) * (1 + vy) - uy * vx).abs_().clamp_(0.05, (1 + _TEAR) ** 2)
    return Deformation(ux, uy, vx, vy, area.masked_fill_(torn, _TORN_AREA), torn)


def _slope(values: Tensor, axis: int) -> Tensor:
    """Difference to the previous or the next neighbour along `axis`, whichever is smaller."""
    size = values.shape[axis]
    if size < 2:
        return torch.zeros_like(values)
    step = values.diff(dim=axis)
    before = torch.cat([step.narrow(axis, 0, 1), step], axis)
    after = torch.cat([step, step.narrow(axis, size - 2, 1)], axis)
    return torch.where(before.abs() < after.abs(), before, after)
