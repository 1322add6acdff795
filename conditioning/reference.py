"""Reference videos: a picture warped along a motion, and the strength with which a model is to follow each pixel.

Time-to-Move (arXiv 2511.08633, section 3.1) reads such a video, and a mask of the regions that the user moved. Here
the mask is soft: it holds the strength of the layer.
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
    """A warped picture, `frames` [T,H,W,3] in 0..1, and `strength` [T,H,W] in 0..1: how closely to follow each pixel."""

    frames: Tensor
    strength: Tensor


def reference_video(image: Tensor, field: MotionField) -> Reference:
    """The reference video of `image` [H,W,3] along `field`; holes are filled from their surroundings."""
    clip = warp_image(image, field)
    return Reference(clip.frames, constraint_strength(clip, field))


def constraint_strength(clip: WarpedClip, field: MotionField) -> Tensor:
    """How closely each pixel must follow the motion of a warped clip, [T,H,W] in 0..1.

    Painted regions, moving or frozen, count at their current place, with the strength of their layer. Under a camera
    everything counts that is still in view. Pixels that came into view are unconstrained.
    """
    known = (clip.coverage / SURELY_KNOWN).clamp(max=1)
    if not field.cameras:
        height, width = known.shape[1:]
        painted = clip.moving / SURELY_KNOWN + field.frozen(height, width).to(known)
        known = torch.minimum(known, painted.clamp(max=1))
    return known * clip.strength


def latent_strength(strength: Tensor, rows: int, columns: int, stride: int = 4) -> Tensor:
    """Strength [T,H,W] of pixels as strength of latents, [T',rows,columns].

    Each latent frame reads the first frame of its group of `stride` frames, as in Time-to-Move, and each cell the value
    at its centre, where the published code reads the cell's corner. Raises ValueError unless T = stride k + 1.
    """
    frames = time_to_move_frames(strength, stride)
    # Without antialiasing, bilinear interpolation reads the values at the centres of the cells.
    return F.interpolate(frames[:, None].float(), (rows, columns), mode="bilinear", align_corners=False)[:, 0]
