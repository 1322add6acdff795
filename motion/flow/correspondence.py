"""How two frames belong together: flow both ways, what confirms it, and both carried to a time in between."""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from ...rendering.forward_splat import forward_splat
from ...rendering.hole_filling import pull_push
from ...rendering.warp import backward_warp
from .dis_flow import dis_flow, is_consistent

# Unconfirmed pixels give way to confirmed ones: importance per unit of brightness error.
_ERROR_IMPORTANCE = 40.0
# How much a pixel that the other frame does not confirm counts in the blend.
_UNCONFIRMED = 0.05


class Between(NamedTuple):
    """What is known of a time between two frames: `flows` [1,4,H,W], (dx, dy) in px from there to the first and to
    the second frame; `seen` [1,2,H,W], 0..1, how surely each of them shows what is there."""

    flows: Tensor
    seen: Tensor


class Correspondence:
    """DIS flow between frames [H,W,3] in both directions; `at(t)` carries it to 0 < t < 1 by softmax splatting whose
    weights prefer what the other frame confirms (Niklaus and Liu, CVPR 2020)."""

    @torch.no_grad()
    def __init__(self, a: Tensor, b: Tensor, preset: str = "medium"):
        planes = [frame.permute(2, 0, 1)[None].float() for frame in (a, b)]
        self._flows = [dis_flow(a, b, preset), dis_flow(b, a, preset)]
        self._importance, self._reliable = [], []
        for here in (0, 1):
            there = backward_warp(planes[1 - here], self._flows[here][None])
            error = F.avg_pool2d((planes[here] - there).abs().mean(1, keepdim=True), 5, 1, 2)[:, 0]
            confirmed = is_consistent(self._flows[here], self._flows[1 - here])[None].float()
            self._importance.append(-_ERROR_IMPORTANCE * error.clamp_max(0.5) - 4 * (1 - confirmed))
            self._reliable.append(torch.exp(-10 * error) * (confirmed + _UNCONFIRMED * (1 - confirmed)))

    @torch.no_grad()
    def at(self, t: float) -> Between:
        """The flows from time t to both frames, holes filled from around, and how surely each frame shows it."""
        flows, seen = [], []
        for here, elapsed in ((0, t), (1, 1 - t)):
            flow = self._flows[here].permute(2, 0, 1)[None]
            carried = torch.cat([flow, self._reliable[here][:, None]], 1)
            moved, coverage = forward_splat(
                carried, self._flows[here][None] * elapsed, self._importance[here]
            )
            flows.append(-elapsed * pull_push(moved[:, :2], (coverage * 2).clamp(0, 1)))
            seen.append(coverage * moved[:, 2])
        return Between(torch.cat(flows, 1), torch.stack(seen, 1))
