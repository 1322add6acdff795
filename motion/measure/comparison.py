"""A video's measured motion compared with the motion field that it should follow, point by point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

from ...rendering.backward_sampling import backward_warp
from ...rendering.forward_splat import forward_splat
from ..flow.dis_flow import track_pixels

if TYPE_CHECKING:
    from ..field.field import MotionField

# A pixel is textured when brightness (0..1) changes by this much per pixel in every direction.
_TEXTURED = 0.006


@dataclass(frozen=True)
class Comparison:
    """The requested and the measured displacement of every point of the first frame, [T,H,W,2] in pixels.

    consistent: [T,H,W] bool, where the tracked flow is consistent. measurable: [T-1,H,W] bool, without frame 0, where the
    point is textured and the field itself neither hides it nor moves it out of the picture.
    """

    requested: Tensor
    measured: Tensor
    consistent: Tensor
    measurable: Tensor

    @property
    def error(self) -> Tensor:
        """Endpoint error [T-1,H,W] in pixels, without frame 0."""
        return torch.linalg.vector_norm(self.measured - self.requested, dim=-1)[1:]

    @property
    def usable(self) -> Tensor:
        """[T-1,H,W] bool: where the endpoint error is meaningful."""
        return self.consistent[1:] & self.measurable


@torch.no_grad()
def compare_motion(frames: Tensor, motion: MotionField) -> Comparison:
    """The motion of a video [T,H,W,3], tracked by optical flow, compared with the field resampled to T frames.

    Raises ValueError for another shape, a single frame, or NaN.
    """
    frames = checked_video(frames)
    count, height, width, _ = frames.shape
    requested = at_length(motion, count).displacement(height, width)
    measured, consistent = track_pixels(frames)
    measurable = is_visible(motion, requested)[1:] & is_textured(frames[0])
    return Comparison(requested, measured, consistent > 0.5, measurable)


def checked_video(frames: Tensor) -> Tensor:
    """The video as float32 on the CPU; raises ValueError unless it is [T,H,W,3] with at least 2 frames."""
    if frames.ndim != 4 or frames.shape[-1] != 3 or len(frames) < 2:
        raise ValueError(
            f"Measuring motion needs a video [T,H,W,3] of at least 2 frames, got {list(frames.shape)}."
        )
    return frames.float().cpu()


def at_length(motion: MotionField, frames: int) -> MotionField:
    """The motion over `frames` frames; the same object, with its caches, when it has that length already."""
    return motion if motion.frames == frames else motion.at_frames(frames)


def is_textured(image: Tensor) -> Tensor:
    """[H,W] bool: where `image` [H,W,3] has enough texture to measure motion in every direction.

    The test is the smaller eigenvalue of the structure tensor over windows of 7 pixels (Shi and Tomasi, "Good Features
    to Track", CVPR 1994).
    """
    grey = (image.float() @ torch.tensor([0.299, 0.587, 0.114], device=image.device))[None, None]
    grey = F.pad(grey, (1, 1, 1, 1), mode="replicate")
    dx = (grey[..., 1:-1, 2:] - grey[..., 1:-1, :-2]) / 2
    dy = (grey[..., 2:, 1:-1] - grey[..., :-2, 1:-1]) / 2
    products = torch.cat([dx * dx, dy * dy, dx * dy], 1)
    xx, yy, xy = F.avg_pool2d(F.pad(products, (3, 3, 3, 3), mode="replicate"), 7, stride=1)[0]
    smaller = (xx + yy) / 2 - (((xx - yy) / 2) ** 2 + xy**2).clamp_min(0).sqrt()
    return smaller > _TEXTURED**2


def is_visible(motion: MotionField, requested: Tensor) -> Tensor:
    """[T,H,W] bool: where the field keeps a point inside the picture and moves nothing nearer in front of it."""
    count, height, width, _ = requested.shape
    order = motion.order(height, width)
    x = torch.arange(width) + requested[..., 0]
    y = torch.arange(height)[:, None] + requested[..., 1]
    visible = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    if bool((order == order[0, 0]).all()):
        return visible
    for t in range(1, count):
        front, _ = forward_splat(order[None, None], requested[t : t + 1], 12 * order[None])
        there = backward_warp(front, requested[t : t + 1])[0, 0]
        visible[t] &= there < order + 0.25
    return visible
