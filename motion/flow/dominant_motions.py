"""The few motions that most of a picture follows, proposed again for the pixels at which optical flow fails.

Optical flow starts from large parts of the picture, so a small or thin thing (a flag, a mast) on a large still background
gets the motion of the background. Most often it moves with something larger. Each dominant motion is an affine map fitted
to the reliable flow by random sample consensus (Fischler and Bolles, 1981), largest first. Offering such maps to every pixel
and keeping the one that matches is the fusion of proposals of Lempitsky et al., "FusionFlow", CVPR 2008, decided here pixel
by pixel on the mean error of a window.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ...rendering.backward_sampling import backward_warp

# At most so many motions, each followed by at least this share of the pixels.
_MOST, _LEAST_SHARE = 4, 0.005
# Pixels of the sampled flow, and the distance (px) within which a pixel follows a motion.
_SAMPLES, _WITHIN = 4000, 0.6
# A proposal replaces the flow where it halves an error above the second value (0..1), in windows of so many pixels.
_BETTER, _WRONG, _WINDOW = 0.5, 0.02, 5


def dominant_motions(flow: Tensor, reliable: Tensor) -> list[Tensor]:
    """The flows [H,W,2] of at most four affine motions that `flow` [H,W,2] follows where `reliable` [H,W] is true,
    the one with the most pixels first."""
    import cv2

    height, width = reliable.shape
    ys, xs = np.nonzero(reliable.cpu().numpy())
    every = max(1, len(xs) // _SAMPLES)
    places = np.stack([xs[::every], ys[::every]], 1).astype(np.float32)
    moved = places + flow.cpu().numpy()[ys[::every], xs[::every]]
    least = max(8, round(_LEAST_SHARE * len(places)))
    found: list[Tensor] = []
    for _ in range(_MOST):
        if len(places) < least:
            break
        matrix, inliers = cv2.estimateAffinePartial2D(
            places, moved, method=cv2.RANSAC, ransacReprojThreshold=_WITHIN
        )
        if matrix is None or inliers.sum() < least:
            break
        found.append(_affine_flow(torch.from_numpy(matrix).float(), height, width).to(flow.device))
        left = ~inliers[:, 0].astype(bool)
        places, moved = places[left], moved[left]
    return found


def with_proposals(flow: Tensor, proposals: list[Tensor], here: Tensor, there: Tensor) -> Tensor:
    """`flow` [H,W,2] from picture `here` to `there` ([1,3,H,W], 0..1), replaced by the proposal [H,W,2] that matches best
    where that halves the error of the flow."""
    if not proposals:
        return flow
    flows = torch.stack([flow, *proposals])
    errors = (backward_warp(there.expand(len(flows), -1, -1, -1), flows) - here).abs().mean(1, keepdim=True)
    errors = F.avg_pool2d(errors, _WINDOW, 1, _WINDOW // 2, count_include_pad=False)[:, 0]
    least, chosen = errors[1:].min(0)
    replaced = (least < _BETTER * errors[0]) & (errors[0] > _WRONG)
    picked = flows[1:].gather(0, chosen[None, :, :, None].expand(1, *flow.shape))[0]
    return torch.where(replaced[..., None], picked, flow)


def _affine_flow(matrix: Tensor, height: int, width: int) -> Tensor:
    """The flow [H,W,2] that carries (x, y) to `matrix` [2,3] (x, y, 1)."""
    y, x = torch.meshgrid(torch.arange(height).float(), torch.arange(width).float(), indexing="ij")
    place = torch.stack([x, y, torch.ones_like(x)], -1)
    return place @ matrix.T - place[..., :2]
