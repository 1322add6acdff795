"""Latent guidance: a motion field as the conditioning latents that image-to-video transformers read.

Three ways, for three families of weights. `warped_video`, here, is for the bundled model: pixels carried along the
field, then encoded, with a validity mask. `wan_move.latent_copy` and `ati.soft_copy` carry the latents of the first
frame. All make what ComfyUI's Wan conditioning holds: `concat_latent_image`, raw latents [1,16,T',h,w], and
`concat_mask` [1,4,T',h,w], inverted: 0 = known, 1 = unknown.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor

from ..rendering.warp import WarpedClip
from .carriers import CELL
from .latent_frames import STRIDE, latent_frames

GREY = 0.5  # what Wan's image-to-video shows where it knows nothing
Latents = tuple[Tensor, Tensor]  # `concat_latent_image` and `concat_mask`


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


def warped_video(clip: WarpedClip, encode: Callable[[Tensor], Tensor]) -> Latents:
    """The warped clip encoded, and where it is known. `encode` takes [1,3,T,H,W] in -1..1 to raw latents."""
    mask = validity_to_mask(clip.coverage)
    latents = encode(rearrange(clip.frames, "t h w c -> 1 c t h w") * 2 - 1)
    if latents.shape[2:] != mask.shape[2:]:
        raise ValueError(
            f"The VAE made latents {list(latents.shape)} of this clip; {list(mask.shape[2:])} frames, rows"
            " and columns were expected (a causal VAE with strides 4 and 8)."
        )
    return latents, mask


def known_frames(first: Tensor, last: Tensor | None, length: int) -> tuple[Tensor, Tensor]:
    """A clip [T,H,W,3] that is grey but for its first (and last) frame, and what of it is known [T,H,W].

    `first` and `last` are IMAGE [1,H,W,3] in 0..1; the clip is on their device.
    """
    frames = first.new_full((length, *first.shape[1:]), GREY)
    known = first.new_zeros(frames.shape[:3])
    frames[0], known[0] = first[0], 1.0
    if last is not None:
        frames[-1], known[-1] = last[0], 1.0
    return frames, known


def held(latents: Tensor, unknown: Tensor) -> dict[str, Tensor]:
    """LATENT of latents [1,16,T',h,w] whose noise mask lets the sampler make anew what is `unknown` [1,4,T',h,w]."""
    return {"samples": latents, "noise_mask": unknown.mean(1, keepdim=True)}


def with_values(conditioning: list, values: Latents) -> list[Any]:
    """The conditioning with `concat_latent_image` and `concat_mask` in each part; the given one stays as it is."""
    image, mask = values
    added = {"concat_latent_image": image, "concat_mask": mask}
    return [[part[0], {**part[1], **added}] for part in conditioning]
