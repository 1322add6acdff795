"""Frames between frames by the interpolation network, which begins with the flow found at half size."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ..models.interpolator import ALIGN, Interpolator
from .correspondence import Correspondence
from .interpolate import At, Method


def learned(network: Interpolator) -> Method:
    """The method of `motion.interpolate` that asks `network`."""

    @torch.no_grad()
    def between(a: Tensor, b: Tensor) -> At:
        height, width = a.shape[:2]
        padding = (0, -width % ALIGN, 0, -height % ALIGN)
        first, second = (
            F.pad(frame.permute(2, 0, 1)[None].float(), padding, mode="replicate") for frame in (a, b)
        )
        small = (F.avg_pool2d(plane, 2)[0].permute(1, 2, 0) for plane in (first, second))
        correspondence = Correspondence(*small)

        @torch.no_grad()
        def at(t: float) -> Tensor:
            when = torch.tensor([t], device=first.device)
            made = network(first, second, *correspondence.at(t), when)
            return made[0, :, :height, :width].permute(1, 2, 0).clamp(0, 1).to(a.dtype)

        return at

    return between
