"""The motion at a time between two frames on which both frames agree.

Flow gives two opinions, one from each frame. Of these, and of steadier mixtures of them, those are taken along which
the two frames look alike: a bilateral cost, as in Park et al., "BMBC: Bilateral Motion Estimation with Bilateral Cost
Volume for Video Interpolation", ECCV 2020. All of it at half the frames' size; only the frames are looked up in full.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from ...rendering.warp import backward_warp

CANDIDATES = 6
# Keeps the blend defined where neither frame is known to show the place.
_LEAST_SEEN = 1e-4
# How far the blend follows what flow says is seen, and the choice what the frames' disagreement (0..1) says.
_TRUST, _PICKINESS = 0.25, 200.0


class Agreement(NamedTuple):
    """What the frames say of a time between them, on the half grid.

    options [B,K,4,h,w]: what may be the flows, px, (dx, dy) to the first and to the second frame; apart [B,K,h,w]: how
    different, 0..1, the frames are where each leads to; choice [B,K,h,w]: its logit; share [B,1,h,w]: the logit of
    the first frame's part in the blend.
    """

    options: Tensor
    apart: Tensor
    choice: Tensor
    share: Tensor


def flow_agreement(a: Tensor, b: Tensor, flows: Tensor, seen: Tensor, t: Tensor) -> Agreement:
    """From frames [B,3,h,w], flows [B,4,h,w] and seen [B,2,h,w] (see `correspondence.Between`), times [B,1,1,1]."""
    options = candidates(flows, t)
    apart = torch.cat([_disagreement(a, b, option) for option in options.unbind(1)], 1)
    surely = seen + _LEAST_SEEN
    share = _TRUST * (surely[:, :1] / surely[:, 1:]).log() + ((1 - t) / t).log()
    return Agreement(options, apart, -_PICKINESS * box_mean(apart, 3), share)


def candidates(flows: Tensor, t: Tensor) -> Tensor:
    """What may be the flows [B,6,4,h,w] at times t [B,1,1,1], of what each frame says, `flows` [B,4,h,w]:

    both as they are; steady motion as the first frame has it, as the second has it, as their mean has it; the
    neighbourhood's mean, narrow and wide.
    """
    first, second = -flows[:, :2] / t, flows[:, 2:] / (1 - t)  # px from frame to frame
    both = (first + second) / 2
    steady = [
        torch.cat([-t * motion, (1 - t) * motion], 1) for motion in (first, second, both, box_mean(both, 13))
    ]
    return torch.stack([flows, *steady[:3], box_mean(flows, 5), steady[3]], 1)


def softmax_mean(options: Tensor, logits: Tensor) -> Tensor:
    """The mean [B,4,h,w] of options [B,K,4,h,w], weighted by the softmax of logits [B,K,h,w]."""
    return (options * logits.softmax(1)[:, :, None]).sum(1)


def compose_frame(a: Tensor, b: Tensor, flows: Tensor, share: Tensor) -> Tensor:
    """Frames [B,3,H,W] warped along `flows` [B,4,H/2,W/2], px of that grid, and blended; `share` [B,1,H/2,W/2] is the
    logit of a's part."""
    flows = upsample_2x(flows) * 2
    first, second = lookup(a, flows[:, :2], "bicubic"), lookup(b, flows[:, 2:], "bicubic")
    return torch.lerp(second, first, upsample_2x(share).sigmoid())


def box_mean(x: Tensor, size: int) -> Tensor:
    """Mean over windows of `size` pixels, those at the border smaller."""
    return F.avg_pool2d(x, size, 1, size // 2, count_include_pad=False)


def upsample_2x(x: Tensor) -> Tensor:
    """[B,C,h,w] at twice the size."""
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


def lookup(image: Tensor, flow: Tensor, mode: str = "bilinear") -> Tensor:
    """`image` [B,C,H,W] at x + flow(x), flow [B,2,H,W] in px."""
    return backward_warp(image, flow.permute(0, 2, 3, 1), mode=mode)


def _disagreement(a: Tensor, b: Tensor, flows: Tensor) -> Tensor:
    return (lookup(a, flows[:, :2]) - lookup(b, flows[:, 2:])).abs().mean(1, keepdim=True)
