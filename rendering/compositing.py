"""Compositing: the source image's own pixels replace those of a decoded video wherever they are known."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from .warp import WarpedClip

_EDGE = 5  # px; the seam is this wide and lies this far inside the known area


@torch.no_grad()
def composite_known(frames: Tensor, clip: WarpedClip) -> Tensor:
    """`frames` [T,H,W,3] with the pixels of `clip` where its coverage is 1, blended over a soft seam.

    Frame 0 becomes the source image. Raises ValueError when `frames` and `clip` differ in length or size.
    """
    if frames.shape != clip.frames.shape:
        raise ValueError(
            f"The video is {list(frames.shape[:3])} (frames, height, width), but the warped source is "
            f"{list(clip.frames.shape[:3])}; the two must have the same length and size."
        )
    known = clip.coverage.to(frames)[:, None]
    # max_pool2d pads with -inf, so the picture's border is not a seam.
    inside = -F.max_pool2d(-known, _EDGE, 1, _EDGE // 2)
    seam = F.avg_pool2d(inside, _EDGE, 1, _EDGE // 2, count_include_pad=False).movedim(1, -1).clamp(0, 1)
    blended = torch.lerp(frames, clip.frames.to(frames), seam)
    blended[0] = clip.frames[0].to(frames)
    return blended
