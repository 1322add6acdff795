"""The interpolation network, which refines flow-based frame interpolation.

It follows the intermediate-flow design of RIFE (Huang et al., "Real-Time Intermediate Flow Estimation for Video Frame
Interpolation", ECCV 2022, arXiv 2011.06294): flows from the intermediate time to both frames, backward warps and a
blending mask. Unlike RIFE, it starts from optical flow: `motion.flow.agreement` computes the intermediate flows at half
size, and the network, a small U-Net, adds corrections to them and to the blending mask. A new network corrects nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..motion.flow.agreement import (
    CANDIDATES,
    compose_frame,
    flow_agreement,
    lookup,
    softmax_mean,
    upsample_2x,
)
from ..motion.flow.frame_interpolation import At, HalfSize, Method

ALIGN = 16  # Frames are padded to a multiple of this height and width.
_FLOW_UNIT = 8.0  # The network's input is the flow in px of the half-size grid, divided by this.


@dataclass(frozen=True)
class InterpolatorConfig:
    """The sizes of an `Interpolator`. Raises ValueError for sizes that no network can have.

    `widths` and `blocks` are the channels and residual blocks at a quarter, an eighth and a sixteenth of the picture's
    size. The decoder has the same number of blocks at the first two. `head` is the number of channels at half size.
    """

    widths: tuple[int, int, int] = (32, 48, 64)
    blocks: tuple[int, int, int] = (1, 1, 2)
    head: int = 16

    def __post_init__(self) -> None:
        if len(self.widths) != 3 or len(self.blocks) != 3:
            raise ValueError(
                f"an interpolator has 3 levels, but `widths` is {self.widths} and `blocks` {self.blocks}"
            )
        if min(*self.widths, self.head) < 1 or min(self.blocks) < 0:
            raise ValueError(
                f"an interpolator's `widths` {self.widths} and `head` {self.head} must be at least 1 and its `blocks` "
                f"{self.blocks} at least 0"
            )


class Block(nn.Module):
    """Two convolutions with a residual connection, for [B,C,h,w]."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(dim, dim, 3, padding=1), nn.Conv2d(dim, dim, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.second(F.silu(self.first(F.silu(x))))


class Interpolator(nn.Module):
    """The network that refines the intermediate flows and the blending mask of two frames."""

    def __init__(self, config: InterpolatorConfig) -> None:
        super().__init__()
        self.config = config
        quarter, eighth, sixteenth = config.widths
        down = config.blocks
        self.stem = nn.Conv2d(4 * (3 + 3 + CANDIDATES + 2) + 4 + 1, quarter, 3, padding=1)
        self.quarter_in = nn.Sequential(*(Block(quarter) for _ in range(down[0])))
        self.to_eighth = nn.Conv2d(quarter, eighth, 3, stride=2, padding=1)
        self.eighth_in = nn.Sequential(*(Block(eighth) for _ in range(down[1])))
        self.to_sixteenth = nn.Conv2d(eighth, sixteenth, 3, stride=2, padding=1)
        self.sixteenth = nn.Sequential(*(Block(sixteenth) for _ in range(down[2])))
        self.from_sixteenth = nn.Conv2d(sixteenth, eighth, 1)
        self.eighth_out = nn.Sequential(*(Block(eighth) for _ in range(down[1])))
        self.from_eighth = nn.Conv2d(eighth, quarter, 1)
        self.quarter_out = nn.Sequential(*(Block(quarter) for _ in range(down[0])))
        self.to_half = nn.Conv2d(quarter, 4 * config.head, 3, padding=1)
        self.head = nn.Conv2d(config.head, CANDIDATES + 4 + 1, 3, padding=1)
        with torch.no_grad():
            for parameter in self.head.parameters():
                parameter.zero_()

    def channels_last(self) -> Interpolator:
        """Store the kernels channels-last, in place, which makes convolutions on a CPU faster; returns the network."""
        for parameter in self.parameters():
            if parameter.ndim == 4:
                parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
        return self

    def forward(self, a: Tensor, b: Tensor, flows: Tensor, seen: Tensor, t: Tensor) -> Tensor:
        """The pictures [B,3,H,W] at times t [B], 0 < t < 1, between `a` and `b` [B,3,H,W]; see `refine`."""
        return compose_frame(a, b, *self.refine(a, b, flows, seen, t))

    def refine(self, a: Tensor, b: Tensor, flows: Tensor, seen: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
        """Refined flows [B,4,H/2,W/2], and the logit [B,1,H/2,W/2] of the share of `a` in the blend.

        `a` and `b` [B,3,H,W] are the frames, t [B] the time between them. `flows` [B,4,H/2,W/2], in px of that grid, lead
        from time t to `a` and to `b`; `seen` [B,2,H/2,W/2] in 0..1 is the probability that the place is visible in each.
        Raises ValueError unless both frames have one size, in multiples of 16.
        """
        if a.shape != b.shape or a.shape[-2] % ALIGN or a.shape[-1] % ALIGN:
            raise ValueError(
                f"the frames are {list(a.shape)} and {list(b.shape)}; they must have one size, in multiples of {ALIGN}"
            )
        t = t.view(-1, 1, 1, 1)
        a, b = F.avg_pool2d(a, 2), F.avg_pool2d(b, 2)
        options, apart, choice, share = flow_agreement(a, b, flows, seen, t)
        likely = softmax_mean(options, choice)
        x = torch.cat([lookup(a, likely[:, :2]) - 0.5, lookup(b, likely[:, 2:]) - 0.5, 8 * apart, seen], 1)
        x = F.pixel_unshuffle(x, 2)
        time = t.expand(-1, 1, *x.shape[-2:])
        quarter = self.quarter_in(self.stem(torch.cat([x, F.avg_pool2d(likely, 2) / _FLOW_UNIT, time], 1)))
        eighth = self.eighth_in(self.to_eighth(F.silu(quarter)))
        sixteenth = self.sixteenth(self.to_sixteenth(F.silu(eighth)))
        eighth = self.eighth_out(eighth + upsample_2x(self.from_sixteenth(F.silu(sixteenth))))
        quarter = self.quarter_out(quarter + upsample_2x(self.from_eighth(F.silu(eighth))))
        half = F.pixel_shuffle(self.to_half(F.silu(quarter)), 2)
        better, change, more = self.head(F.silu(half)).split((CANDIDATES, 4, 1), 1)
        return softmax_mean(options, choice + 8 * better) + change, share + more


def interpolation_method(network: Interpolator) -> Method:
    """The interpolation method (`motion.flow.frame_interpolation`) that refines the optical flow with `network`."""

    def between(a: Tensor, b: Tensor) -> At:
        pair = HalfSize(a, b, ALIGN)

        @torch.no_grad()
        def at(t: float) -> Tensor:
            flows, seen = pair.correspondence.at(t)
            return pair.picture(*network.refine(pair.a, pair.b, flows, seen, torch.tensor([t])))

        return at

    return between
