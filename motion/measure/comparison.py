"""A video's own motion beside the motion that was asked for, point by point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

from ...rendering.forward_splat import forward_splat
from ...rendering.warp import backward_warp
from ..flow.dis_flow import track_pixels

if TYPE_CHECKING:
    from ..field.field import MotionField

# A place is textured when brightness changes by this much per pixel in its flattest direction (0..1 units).
_TEXTURED = 0.006


@dataclass(frozen=True)
class Comparison:
    """Where the points of the first frame were asked to be and where they are, as displacements [T,H,W,2] in pixels.

    `found` [T,H,W] bool: where the flow finds its way back. `measurable` [T-1,H,W] bool, without frame 0: what shows
    texture, and is seen by the field itself.
    """

    asked: Tensor
    measured: Tensor
    found: Tensor
    measurable: Tensor

    @property
    def error(self) -> Tensor:
        """Distance [T-1,H,W] between the two in pixels, without frame 0."""
        return torch.linalg.vector_norm(self.measured - self.asked, dim=-1)[1:]

    @property
    def usable(self) -> Tensor:
        """[T-1,H,W] bool: where the error says something."""
        return self.found[1:] & self.measurable


@torch.no_grad()
def compare_motion(frames: Tensor, motion: MotionField) -> Comparison:
    """A video [T,H,W,3] followed by optical flow, beside the field re-timed to T frames.

    Raises ValueError for a wrong shape, a single frame, NaN.
    """
    frames = checked_video(frames)
    count, height, width, _ = frames.shape
    asked = at_length(motion, count).displacement(height, width)
    measured, found = track_pixels(frames)
    measurable = is_seen(motion, asked)[1:] & is_textured(frames[0])
    return Comparison(asked, measured, found > 0.5, measurable)


def checked_video(frames: Tensor) -> Tensor:
    if frames.ndim != 4 or frames.shape[-1] != 3 or len(frames) < 2:
        raise ValueError(
            f"Measuring motion needs a video [T,H,W,3] of 2 frames or more, got {list(frames.shape)}."
        )
    return frames.float().cpu()


def at_length(motion: MotionField, frames: int) -> MotionField:
    return motion if motion.frames == frames else motion.at_frames(frames)


def is_textured(image: Tensor) -> Tensor:
    """[H,W] bool: where motion can be told in every direction (smaller eigenvalue of the structure tensor, Shi and
    Tomasi, "Good Features to Track", CVPR 1994), over windows of 7 pixels."""
    grey = (image.float() @ torch.tensor([0.299, 0.587, 0.114], device=image.device))[None, None]
    grey = F.pad(grey, (1, 1, 1, 1), mode="replicate")
    dx = (grey[..., 1:-1, 2:] - grey[..., 1:-1, :-2]) / 2
    dy = (grey[..., 2:, 1:-1] - grey[..., :-2, 1:-1]) / 2
    products = torch.cat([dx * dx, dy * dy, dx * dy], 1)
    xx, yy, xy = F.avg_pool2d(F.pad(products, (3, 3, 3, 3), mode="replicate"), 7, stride=1)[0]
    smaller = (xx + yy) / 2 - (((xx - yy) / 2) ** 2 + xy**2).clamp_min(0).sqrt()
    return smaller > _TEXTURED**2


def is_seen(motion: MotionField, asked: Tensor) -> Tensor:
    """[T,H,W] bool: by the field itself, the point is inside the picture and nothing in front hides it."""
    count, height, width, _ = asked.shape
    order = motion.order(height, width)
    x = torch.arange(width) + asked[..., 0]
    y = torch.arange(height)[:, None] + asked[..., 1]
    seen = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    if bool((order == order[0, 0]).all()):
        return seen
    for t in range(1, count):
        front, _ = forward_splat(order[None, None], asked[t : t + 1], 12 * order[None])
        there = backward_warp(front, asked[t : t + 1])[0, 0]
        seen[t] &= there < order + 0.25
    return seen
