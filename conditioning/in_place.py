"""In-place guides: a video's own latents with a strength for each cell, for models that read a noise level per token.

LTX-Video (arXiv 2501.00103, section 2.4) and others were trained with first frames that have less noise than the rest.
At sampling, a `noise_mask` of 1 - strength gives every token its own share of the noise level.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ..models.video_grid import time_grid


def latent_cell_means(values: Tensor, latents: Tensor) -> Tensor:
    """The mean of `values` [T,H,W] over the pixels of each cell of causal `latents` [1,C,T',h,w], as [1,1,T',h,w].

    Raises ValueError where the frames or pixels do not divide into the latent frames and cells of a known video VAE.
    """
    count, rows, columns = latents.shape[2:]
    frames, height, width = values.shape
    sizes = time_grid(frames, count).sizes(frames)
    if height % rows or width % columns:
        raise ValueError(f"{width}x{height} pixels do not divide into {columns}x{rows} latent cells")
    cells = F.avg_pool2d(values.float()[:, None], (height // rows, width // columns))[:, 0]
    return torch.stack([group.mean(0) for group in cells.split(sizes)])[None, None]


def in_place_noise_mask(
    latents: Tensor,
    coverage: Tensor,
    constrained: Tensor,
    strength: float,
    elsewhere: float,
    behind: float = 0.0,
) -> Tensor:
    """The `noise_mask` [1,1,T',h,w] with which sampling keeps latents [1,C,T',h,w] of a warped picture nearly unchanged.

    The first frame is kept entirely. After it, pixels that the motion constrains, `constrained` [T,H,W] in 0..1, are
    kept with `strength` and all others with `elsewhere` (0..1). Pixels without `coverage` [T,H,W], which the motion
    uncovered, are kept with `behind`, by default not at all.
    """
    known = constrained * strength + (1 - constrained) * elsewhere
    kept = coverage * known + (1 - coverage) * behind
    kept = torch.cat([torch.ones_like(kept[:1]), kept[1:]])
    return 1 - latent_cell_means(kept, latents).clamp(0, 1)


def held_frames(latents: Tensor, noise_mask: Tensor | None, known: Tensor) -> tuple[Tensor, Tensor]:
    """`latents` [B,C,T',h,w] that begin with `known` [1,C,t,h,w], and the noise mask [1 or B,1,T',h,w] that keeps those frames.

    A given noise mask stays as it is for the other frames. Raises ValueError where `known` has other channels or another size, or
    leaves no frame to sample.
    """
    if latents.ndim != 5 or known.ndim != 5 or known.shape[1] != latents.shape[1]:
        raise ValueError(
            f"the latent has shape {list(latents.shape)} and the encoded frames {list(known.shape)}; use the VAE of the model and a latent for video"
        )
    count, frames = known.shape[2], latents.shape[2]
    if known.shape[3:] != latents.shape[3:]:
        sizes = [f"{shape[4]}x{shape[3]}" for shape in (known.shape, latents.shape)]
        raise ValueError(
            f"the frames have {sizes[0]} latent cells and the latent {sizes[1]}; they must be of one size"
        )
    if count >= frames:
        raise ValueError(
            f"the frames to hold fill {count} latent frames and the latent has {frames}, so that nothing is left to sample"
        )
    known = known.to(latents).expand(len(latents), -1, -1, -1, -1)
    mask = torch.ones(1, 1, frames, *latents.shape[3:], device=latents.device)
    if noise_mask is not None:
        given = noise_mask.to(mask)
        mask = (given if given.ndim == 5 else given.reshape(1, 1, -1, *given.shape[-2:])).expand(
            -1, -1, frames, *latents.shape[3:]
        )
    rest = mask[:, :1, count:]
    return torch.cat([known, latents[:, :, count:]], 2), torch.cat(
        [torch.zeros_like(mask[:, :1, :count]), rest], 2
    )
