"""Correspondence of two frames: optical flow in both directions, its reliability, and both flows at a time between."""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from ...rendering.backward_sampling import backward_warp
from ...rendering.forward_splat import forward_splat
from ...rendering.hole_filling import pull_push
from .dis_flow import dis_flow, is_consistent
from .dominant_motions import dominant_motions, with_proposals

# Importance per unit of brightness error: reliable pixels are splatted over unreliable ones.
_ERROR_IMPORTANCE = 40.0
# Weight in the blend of a pixel whose flow is not consistent with the other direction.
_INCONSISTENT_WEIGHT = 0.05


class Between(NamedTuple):
    """Motion at a time between two frames.

    flows: [1,4,H,W], (dx, dy) in px from that time to the first and to the second frame. visible: [1,2,H,W] in 0..1,
    how likely each of the two frames shows the point.
    """

    flows: Tensor
    visible: Tensor


class Correspondence:
    """DIS flow between frames a and b [H,W,3] in both directions; `at(t)` moves it to the time 0 < t < 1.

    The flow is moved by softmax splatting (Niklaus and Liu, CVPR 2020); pixels whose flow is consistent in both
    directions have the larger importance.
    """

    @torch.no_grad()
    def __init__(self, a: Tensor, b: Tensor, preset: str = "medium"):
        planes = [frame.permute(2, 0, 1)[None].float() for frame in (a, b)]
        self._flows = _with_dominant_motions([dis_flow(a, b, preset), dis_flow(b, a, preset)], planes)
        self._importance, self._reliable = [], []
        for here in (0, 1):
            there = backward_warp(planes[1 - here], self._flows[here][None])
            error = F.avg_pool2d((planes[here] - there).abs().mean(1, keepdim=True), 5, 1, 2)[:, 0]
            consistent = is_consistent(self._flows[here], self._flows[1 - here])[None].float()
            self._importance.append(-_ERROR_IMPORTANCE * error.clamp_max(0.5) - 4 * (1 - consistent))
            self._reliable.append(
                torch.exp(-10 * error) * (consistent + _INCONSISTENT_WEIGHT * (1 - consistent))
            )

    @torch.no_grad()
    def at(self, t: float) -> Between:
        """The flows from time t to both frames, with holes filled from their surroundings, and the visibility in each."""
        flows, visible = [], []
        for here, elapsed in ((0, t), (1, 1 - t)):
            flow = self._flows[here].permute(2, 0, 1)[None]
            channels = torch.cat([flow, self._reliable[here][:, None]], 1)
            moved, coverage = forward_splat(
                channels, self._flows[here][None] * elapsed, self._importance[here]
            )
            flows.append(-elapsed * pull_push(moved[:, :2], (coverage * 2).clamp(0, 1)))
            visible.append(coverage * moved[:, 2])
        return Between(torch.cat(flows, 1), torch.stack(visible, 1))


def _with_dominant_motions(flows: list[Tensor], planes: list[Tensor]) -> list[Tensor]:
    """Both flows [H,W,2] between pictures [1,3,H,W], where they fail replaced by motions that much of the picture follows."""
    better = []
    for here in (0, 1):
        proposals = dominant_motions(flows[here], is_consistent(flows[here], flows[1 - here]))
        better.append(with_proposals(flows[here], proposals, planes[here], planes[1 - here]))
    return better
