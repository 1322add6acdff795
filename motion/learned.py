"""Frames between frames by the interpolation network."""

from __future__ import annotations

import torch

from ..models.interpolator import ALIGN, Interpolator
from .interpolate import At, HalfSize, Method


def learned(network: Interpolator) -> Method:
    """The method of `motion.interpolate` in which `network` corrects what the frames agree on."""

    def between(a: torch.Tensor, b: torch.Tensor) -> At:
        pair = HalfSize(a, b, ALIGN)

        @torch.no_grad()
        def at(t: float) -> torch.Tensor:
            flows, seen = pair.correspondence.at(t)
            return pair.picture(*network.refine(pair.a, pair.b, flows, seen, torch.tensor([t])))

        return at

    return between
