"""Inputs of Wan's image-to-video networks in addition to the noise: latents of a partly known clip, and a mask.

Both are part of a CONDITIONING in ComfyUI. `concat_latent_image` holds the raw latents [1,16,T',h,w] of a clip that is grey
where it is unknown. `concat_mask` [1,4,T',h,w] is 0 where pixels are known and 1 where the network has to paint them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor

from ..models.latent_format import LATENT_CHANNELS
from .latent_frames import CELL, STRIDE, latent_frames

GREY = 0.5  # the tone in which Wan's image-to-video training clips show unknown frames

Encode = Callable[[Tensor], Tensor]
"""A VAE's encoder: frames [T,H,W,3] in 0..1 to raw latents [1,C,T',h,w]."""


class ConcatLatents(NamedTuple):
    """Raw latents [1,16,T',h,w] and their mask [1,4,T',h,w]: 0 where the clip is known, 1 where it is not."""

    image: Tensor
    mask: Tensor


def validity_to_mask(known: Tensor) -> Tensor:
    """The `concat_mask` [1,4,T',H/8,W/8] of how much of each pixel is known, [T,H,W] in 0..1: cell means, inverted.

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


def known_frames(first: Tensor, last: Tensor | None, length: int) -> tuple[Tensor, Tensor]:
    """A clip [T,H,W,3] that is grey except for its first (and last) frame, and its validity [T,H,W], 1 in those frames.

    `first` and `last` are IMAGE [1,H,W,3] in 0..1; the clip is on their device.
    """
    frames = first.new_full((length, *first.shape[1:]), GREY)
    known = first.new_zeros(frames.shape[:3])
    frames[0], known[0] = first[0], 1.0
    if last is not None:
        frames[-1], known[-1] = last[0], 1.0
    return frames, known


def clip_latents(frames: Tensor, known: Tensor, encode: Encode) -> ConcatLatents:
    """The latents and mask of a clip [T,H,W,3] in 0..1; `known` [T,H,W] in 0..1 says how far each pixel is known.

    Raises ValueError for sizes and lengths that the VAE cannot take whole, and for a VAE of another family than Wan's.
    """
    mask = validity_to_mask(known)
    latents = encode(frames)
    expected = (LATENT_CHANNELS, *mask.shape[2:])
    if latents.shape[1:] != expected:
        raise ValueError(
            f"The VAE made latents {list(latents.shape[1:])} of this clip; the Wan 2.1 VAE, which these weights need, "
            f"makes {list(expected)} (channels, frames, rows, columns)."
        )
    return ConcatLatents(latents, mask)


def first_frame_latents(first: Tensor, last: Tensor | None, length: int, encode: Encode) -> ConcatLatents:
    """Image to video without a motion: the latents of a clip of which only `first` (and `last`) [1,H,W,3] is known."""
    return clip_latents(*known_frames(first, last, length), encode)


def masked_latent(concat: ConcatLatents) -> dict[str, Tensor]:
    """A LATENT that holds the known parts; its noise mask [1,1,T',h,w] lets a sampler replace only the others."""
    return {"samples": concat.image, "noise_mask": concat.mask.mean(1, keepdim=True)}


def with_concat_latents(conditioning: list, concat: ConcatLatents) -> list[Any]:
    """A copy of a CONDITIONING that also holds `concat_latent_image` and `concat_mask`."""
    return with_values(conditioning, concat_latent_image=concat.image, concat_mask=concat.mask)


def with_values(conditioning: list, **values: Any) -> list[Any]:
    """A copy of a CONDITIONING with `values` added to the dictionary of each part."""
    return [[part[0], {**part[1], **values}] for part in conditioning]
