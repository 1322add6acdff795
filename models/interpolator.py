"""The interpolation network: a small U-Net that corrects what optical flow says about a time between two frames.

It follows the intermediate-flow design of RIFE (Huang et al., "Real-Time Intermediate Flow Estimation for Video Frame
Interpolation", ECCV 2022, arXiv 2011.06294): flows from the wanted time to both frames, backward warps, a blending
mask. Unlike there, the flows begin as an estimate that is cheap to have (`motion.correspondence` at half size), so the
network learns corrections only, and before any training it gives what that estimate gives.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..motion.warp import backward_warp

# Frames are padded to a multiple of this.
ALIGN = 16
# Keeps the blend defined where neither frame is known to show the place.
_LEAST_SEEN = 1e-4
_FLOW_UNIT = 8.0  # px of the half grid that the network reads as 1


@dataclass(frozen=True)
class InterpolatorConfig:
    """Channels at a quarter, an eighth and a sixteenth of the picture's size, residual blocks of each on the way
    down (the last also on the way up), and channels of the head at half size."""

    widths: tuple[int, int, int] = (48, 80, 128)
    blocks: tuple[int, int, int] = (1, 1, 2)
    head: int = 24

    def __post_init__(self) -> None:
        if len(self.widths) != 3 or len(self.blocks) != 3:
            raise ValueError(f"an interpolator has 3 levels, got widths {self.widths}, blocks {self.blocks}")
        if min(*self.widths, self.head) < 1 or min(self.blocks) < 0:
            raise ValueError(
                f"an interpolator cannot have widths {self.widths}, blocks {self.blocks}, head {self.head}"
            )


class Block(nn.Module):
    """Two convolutions and the way around them, [B,C,h,w]."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(dim, dim, 3, padding=1), nn.Conv2d(dim, dim, 3, padding=1)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.second(F.silu(self.first(F.silu(x))))


class Interpolator(nn.Module):
    """Two frames, an estimate of the motion between them and a time: the picture at that time."""

    def __init__(self, config: InterpolatorConfig) -> None:
        super().__init__()
        self.config = config
        quarter, eighth, sixteenth = config.widths
        down = config.blocks
        self.stem = nn.Conv2d(2 * 3 * 16 + 4 + 2 * 4 + 1, quarter, 3, padding=1)
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
        self.head = nn.Conv2d(config.head, 4 + 4 + 12, 3, padding=1)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, a: Tensor, b: Tensor, flows: Tensor, seen: Tensor, t: Tensor) -> Tensor:
        """The frames [B,3,H,W] at times t [B], 0 < t < 1, between `a` and `b` [B,3,H,W]; see `refine`."""
        return self.composed(a, b, *self.refine(a, b, flows, seen, t))

    def refine(
        self, a: Tensor, b: Tensor, flows: Tensor, seen: Tensor, t: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """From the estimate `flows` [B,4,H/2,W/2] (px of that grid, to `a` and to `b`) and `seen` [B,2,H/2,W/2]:

        flows [B,4,H,W] in px, logit [B,1,H,W] of the share of `a`, and what is added to the blend [B,3,H,W].
        H and W must be multiples of 16; anything else raises ValueError.
        """
        if a.shape != b.shape or a.shape[-2] % ALIGN or a.shape[-1] % ALIGN:
            raise ValueError(
                f"frames of one size, in multiples of {ALIGN}, are needed; got {list(a.shape)} and {list(b.shape)}"
            )
        t = t.view(-1, 1, 1, 1)
        rough = _doubled(flows) * 2
        warped = torch.cat((_looked_up(a, rough[:, :2]), _looked_up(b, rough[:, 2:])), 1)
        x = torch.cat(
            (
                F.pixel_unshuffle(warped - 0.5, 4),
                F.avg_pool2d(flows, 2) / _FLOW_UNIT,
                F.pixel_unshuffle(seen, 2),
                t.expand(-1, 1, a.shape[-2] // 4, a.shape[-1] // 4),
            ),
            1,
        )
        quarter = self.quarter_in(self.stem(x))
        eighth = self.eighth_in(self.to_eighth(F.silu(quarter)))
        sixteenth = self.sixteenth(self.to_sixteenth(F.silu(eighth)))
        eighth = self.eighth_out(eighth + _doubled(self.from_sixteenth(F.silu(sixteenth))))
        quarter = self.quarter_out(quarter + _doubled(self.from_eighth(F.silu(eighth))))
        half = F.pixel_shuffle(self.to_half(F.silu(quarter)), 2)
        change, logit, added = self.head(F.silu(half)).split((4, 4, 12), 1)
        known = (1 - t) * (seen[:, :1] + _LEAST_SEEN), t * (seen[:, 1:] + _LEAST_SEEN)
        prior = known[0].log() - known[1].log()
        return (
            _doubled(flows + change) * 2,
            _doubled(prior) + F.pixel_shuffle(logit, 2),
            F.pixel_shuffle(added, 2),
        )

    @staticmethod
    def composed(a: Tensor, b: Tensor, flows: Tensor, logit: Tensor, added: Tensor) -> Tensor:
        """Both frames warped along `flows`, blended by `logit`, and `added`: [B,3,H,W]."""
        first = _looked_up(a, flows[:, :2], "bicubic")
        second = _looked_up(b, flows[:, 2:], "bicubic")
        return torch.lerp(second, first, logit.sigmoid()) + added


def _doubled(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


def _looked_up(image: Tensor, flow: Tensor, mode: str = "bilinear") -> Tensor:
    """`image` [B,3,H,W] at x + flow(x), flow [B,2,H,W]."""
    return backward_warp(image, flow.permute(0, 2, 3, 1), mode=mode)
