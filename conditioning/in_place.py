"""Guides in place: a video's own latents, each held to a degree, for models that read a noise level for every token.

LTX-Video (arXiv 2501.00103, section 2.4) and others were trained with first frames of less noise than the rest; at
sampling, a `noise_mask` of 1 - strength tells each token its own share of the noise level.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def latent_share(share: Tensor, latents: Tensor) -> Tensor:
    """The mean of `share` [T,H,W] over what each cell of causal `latents` [1,C,T',h,w] holds, [1,1,T',h,w]: latent frame
    0 holds frame 0, the others an equal group each. Raises ValueError where frames or pixels do not divide."""
    count, rows, columns = latents.shape[2:]
    frames, height, width = share.shape
    stride = (frames - 1) // max(1, count - 1)
    if 1 + stride * (count - 1) != frames or (count == 1 and frames > 1):
        raise ValueError(f"{frames} frames do not divide into {count} latent frames of a causal video VAE")
    if height % rows or width % columns:
        raise ValueError(f"{width}x{height} pixels do not divide into {columns}x{rows} latent cells")
    cells = F.avg_pool2d(share.float()[:, None], (height // rows, width // columns))[:, 0]
    groups = cells[1:].reshape(count - 1, stride, rows, columns).mean(1) if count > 1 else cells[1:]
    return torch.cat([cells[:1], groups])[None, None]


def held_in_place(
    latents: Tensor, coverage: Tensor, asked: Tensor, strength: float, elsewhere: float
) -> Tensor:
    """`noise_mask` [1,1,T',h,w] that holds latents [1,C,T',h,w] of a carried picture: the first frame whole, then what
    is `asked` [T,H,W] by `strength`, all else by `elsewhere` (0..1), and nothing of what `coverage` [T,H,W] does not
    know."""
    hold = coverage * (asked * strength + (1 - asked) * elsewhere)
    hold = torch.cat([torch.ones_like(hold[:1]), hold[1:]])
    return 1 - latent_share(hold, latents).clamp(0, 1)
