"""The crude video that a model is made to follow: a picture carried along a motion, and how firmly each part is meant.

Time-to-Move (arXiv 2511.08633, section 3.1) takes such a video and the mask of what was moved on purpose. Here the
mask is soft: it tells the strength with which a layer asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

from ..rendering.warp import SURELY_KNOWN, WarpedClip, warp_image
from .latent_frames import time_to_move_frames

if TYPE_CHECKING:
    from ..motion.field.field import MotionField


@dataclass(frozen=True)
class Reference:
    """`frames` [T,H,W,3] in 0..1, and `strength` [T,H,W] in 0..1: where the motion was asked for, and how firmly."""

    frames: Tensor
    strength: Tensor


def reference_video(image: Tensor, field: MotionField) -> Reference:
    """`image` [H,W,3] along `field`, its holes filled from around them.

    Asked for is what is painted, moving or frozen, where it is now; a moving camera asks for all that is still in
    view. What came into view is not asked for.
    """
    clip = warp_image(image, field)
    return Reference(clip.frames, asked_share(clip, field))


def asked_share(clip: WarpedClip, field: MotionField) -> Tensor:
    """How firmly each part of a carried picture is asked for, [T,H,W] in 0..1; see `reference_video`."""
    known = (clip.coverage / SURELY_KNOWN).clamp(max=1)
    if not field.cameras:
        height, width = known.shape[1:]
        painted = clip.moving / SURELY_KNOWN + field.frozen(height, width).to(known)
        known = torch.minimum(known, painted.clamp(max=1))
    return known * clip.strength


def latent_strength(strength: Tensor, rows: int, columns: int, stride: int = 4) -> Tensor:
    """Strength [T,H,W] on latents, [T',rows,columns]: the first frame of each group of `stride`, as Time-to-Move takes
    it, and the value at the middle of each cell (the method takes that of its corner). Raises ValueError unless
    T = stride k + 1."""
    frames = time_to_move_frames(strength, stride)
    # without antialiasing this reads the picture at the cells' centres
    return F.interpolate(frames[:, None].float(), (rows, columns), mode="bilinear", align_corners=False)[:, 0]
