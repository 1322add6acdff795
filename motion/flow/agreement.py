"""The motion from a time between two frames to both frames, chosen where the two frames look most alike.

Optical flow gives one estimate from each frame. These and smoother mixtures of them are the candidates; each is weighted
by how similar the two frames are where it leads. This is a bilateral cost, as in Park et al., "BMBC: Bilateral Motion
Estimation with Bilateral Cost Volume for Video Interpolation", ECCV 2020. Motion is estimated at half the frames' size;
only the final warp samples the frames at full size.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from ...rendering.backward_sampling import backward_warp

CANDIDATES = 6
# Smallest visibility, so that the blend is defined where both frames are occluded.
_LEAST_VISIBILITY = 1e-4
# Weight of the visibility in the blend's logit, and of the frames' difference (0..1) in the candidates' logits.
_VISIBILITY_WEIGHT, _DIFFERENCE_WEIGHT = 0.25, 200.0


class Agreement(NamedTuple):
    """Candidate flows at a time between two frames and their weights, at half the frames' size.

    candidates: [B,K,4,h,w], (dx, dy) in px to the first and to the second frame. difference: [B,K,h,w] in 0..1, between
    the frames where each candidate leads. logits: [B,K,h,w] of the candidates. share: [B,1,h,w], the logit of the first
    frame's share in the blend.
    """

    candidates: Tensor
    difference: Tensor
    logits: Tensor
    share: Tensor


def flow_agreement(a: Tensor, b: Tensor, flows: Tensor, visible: Tensor, t: Tensor) -> Agreement:
    """The agreement of frames a, b [B,3,h,w] at times t [B,1,1,1] in 0..1.

    flows [B,4,h,w] and visible [B,2,h,w] are those of `correspondence.Between`.
    """
    flow_candidates = candidates(flows, t)
    difference = torch.cat([_difference(a, b, candidate) for candidate in flow_candidates.unbind(1)], 1)
    visibility = visible + _LEAST_VISIBILITY
    share = _VISIBILITY_WEIGHT * (visibility[:, :1] / visibility[:, 1:]).log() + ((1 - t) / t).log()
    return Agreement(flow_candidates, difference, -_DIFFERENCE_WEIGHT * box_mean(difference, 3), share)


def candidates(flows: Tensor, t: Tensor) -> Tensor:
    """The six candidates [B,6,4,h,w] at times t [B,1,1,1], from the flows [B,4,h,w] to the first and second frame.

    The candidates are: the flows unchanged; constant motion from frame to frame according to the first flow, the second
    flow and their mean; the flows averaged over 5 pixels; and the mean constant motion averaged over 13 pixels.
    """
    first, second = -flows[:, :2] / t, flows[:, 2:] / (1 - t)  # px from the first frame to the second
    both = (first + second) / 2
    steady = [
        torch.cat([-t * motion, (1 - t) * motion], 1) for motion in (first, second, both, box_mean(both, 13))
    ]
    return torch.stack([flows, *steady[:3], box_mean(flows, 5), steady[3]], 1)


def softmax_mean(flow_candidates: Tensor, logits: Tensor) -> Tensor:
    """The mean [B,4,h,w] of candidates [B,K,4,h,w], weighted by the softmax of logits [B,K,h,w]."""
    return (flow_candidates * logits.softmax(1)[:, :, None]).sum(1)


def compose_frame(a: Tensor, b: Tensor, flows: Tensor, share: Tensor) -> Tensor:
    """The frame [B,3,H,W] blended from a and b [B,3,H,W], warped along `flows` [B,4,H/2,W/2] (px of that grid).

    share: [B,1,H/2,W/2], the logit of a's share in the blend.
    """
    flows = upsample_2x(flows) * 2
    first, second = lookup(a, flows[:, :2], "bicubic"), lookup(b, flows[:, 2:], "bicubic")
    return torch.lerp(second, first, upsample_2x(share).sigmoid())


def box_mean(x: Tensor, size: int) -> Tensor:
    """Mean over windows of `size` x `size` pixels; windows at the border are cut off there."""
    return F.avg_pool2d(x, size, 1, size // 2, count_include_pad=False)


def upsample_2x(x: Tensor) -> Tensor:
    """`x` [B,C,h,w] enlarged to twice its size, bilinear."""
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


def lookup(image: Tensor, flow: Tensor, mode: str = "bilinear") -> Tensor:
    """`image` [B,C,H,W] sampled at x + flow(x), for a flow [B,2,H,W] in px."""
    return backward_warp(image, flow.permute(0, 2, 3, 1), mode=mode)


def _difference(a: Tensor, b: Tensor, flows: Tensor) -> Tensor:
    return (lookup(a, flows[:, :2]) - lookup(b, flows[:, 2:])).abs().mean(1, keepdim=True)
