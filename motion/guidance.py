"""Latent guidance: a motion field as the conditioning latents that image-to-video transformers read.

Three ways, for three families of weights. `warped_video`, here, is for the bundled model: pixels carried along the
field, then encoded, with a validity mask. `wan_move.latent_copy` and `ati.soft_copy` carry the latents of the first
frame. All make what ComfyUI's Wan conditioning holds: `concat_latent_image`, raw latents [1,16,T',h,w], and
`concat_mask` [1,4,T',h,w], inverted: 0 = known, 1 = unknown.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor

from .carriers import CELL
from .temporal import STRIDE, latent_frames
from .warp import WarpedClip


def validity_to_mask(known: Tensor) -> Tensor:
    """How much is known, [T,H,W] in 0..1, as `concat_mask` [1,4,T',H/8,W/8]: the mean over each cell, inverted.

    The four channels are the four pixel frames of a latent frame; frame 0 fills all four of the first. Raises
    ValueError unless T = 4k+1 and H and W are multiples of 8.
    """
    if known.ndim != 3:
        raise ValueError(f"A validity mask is [T,H,W], not {list(known.shape)}.")
    frames, height, width = known.shape
    latent_frames(frames)
    if height % CELL or width % CELL:
        raise ValueError(f"The size {width}x{height} is not a multiple of {CELL} pixels.")
    cells = F.avg_pool2d(known.float()[:, None], CELL)[:, 0]
    cells = torch.cat([cells[:1].expand(STRIDE, -1, -1), cells[1:]])
    return 1 - rearrange(cells, "(t f) h w -> 1 f t h w", f=STRIDE).clamp(0, 1)


def warped_video(clip: WarpedClip, encode: Callable[[Tensor], Tensor]) -> tuple[Tensor, Tensor]:
    """The warped clip encoded, and where it is known. `encode` takes [1,3,T,H,W] in -1..1 to raw latents."""
    mask = validity_to_mask(clip.coverage)
    latents = encode(rearrange(clip.frames, "t h w c -> 1 c t h w") * 2 - 1)
    if latents.shape[2:] != mask.shape[2:]:
        raise ValueError(
            f"The VAE made latents {list(latents.shape)} of this clip; {list(mask.shape[2:])} frames, rows"
            " and columns were expected (a causal VAE with strides 4 and 8)."
        )
    return latents, mask
