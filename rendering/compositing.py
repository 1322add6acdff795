"""Putting the source's own pixels back where they are known, over a decoded video."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from .warp import WarpedClip

_EDGE = 5  # px; the seam lies this far inside what is known, and is this wide


@torch.no_grad()
def composite_known(frames: Tensor, clip: WarpedClip) -> Tensor:
    """`frames` [T,H,W,3] with the pixels of `clip` where its coverage is whole, blended over a soft seam.

    Frame 0 becomes the source itself. Raises ValueError when the two differ in length or size.
    """
    if frames.shape != clip.frames.shape:
        raise ValueError(
            f"the video is {list(frames.shape[:3])} (frames, height, width) and the source along its motion "
            f"{list(clip.frames.shape[:3])}; both must be alike"
        )
    known = clip.coverage.to(frames)[:, None]
    inside = -F.max_pool2d(-known, _EDGE, 1, _EDGE // 2)  # pads with -inf: the picture's own edge is no seam
    seam = F.avg_pool2d(inside, _EDGE, 1, _EDGE // 2, count_include_pad=False).movedim(1, -1).clamp(0, 1)
    blended = torch.lerp(frames, clip.frames.to(frames), seam)
    blended[0] = clip.frames[0].to(frames)
    return blended
