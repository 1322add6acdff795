"""Three ways to choose what a latent frame sees of a trajectory given at pixel frames.

A causal video VAE with temporal stride 4 maps T = 4k+1 pixel frames to T' = k+1 latent frames: latent frame 0 is pixel
frame 0, latent frame j >= 1 is the group of pixel frames 4(j-1)+1 .. 4j. Methods that were trained on such latents
each sample the group in their own way, and their weights expect it.
"""

from __future__ import annotations

import torch
from einops import rearrange

from ..models.latent_format import LATENT_CHANNELS

STRIDE = 4  # pixel frames of each latent frame after the first
CELL = 8  # pixels; the side of a latent cell of the Wan family


def latent_frames(frames: int, stride: int = STRIDE) -> int:
    """Number of latent frames of `frames` pixel frames. Raises ValueError unless it is stride k + 1 (a `stride` of 1
    takes any)."""
    if frames < 1 or (frames - 1) % stride:
        nearest = max(1, round((frames - 1) / stride) * stride + 1)
        raise ValueError(
            f"{frames} frames cannot be grouped; a causal video VAE needs {stride}k+1 frames: try {nearest}"
        )
    return (frames - 1) // stride + 1


def empty_latent(width: int, height: int, length: int, batch: int = 1) -> dict[str, torch.Tensor]:
    """A LATENT of zeros [B,16,T',H/8,W/8] for a clip of `length` = 4k+1 frames: the empty canvas of a sampler."""
    size = (latent_frames(length), height // CELL, width // CELL)
    return {"samples": torch.zeros(batch, LATENT_CHANNELS, *size)}


def wan_move_frames(samples: torch.Tensor) -> torch.Tensor:
    """[T,...] -> [T',...]: the last frame of each group, pixel frame 4j (Wan-Move, arXiv 2512.08765)."""
    latent_frames(len(samples))
    return samples[::STRIDE]


def time_to_move_frames(samples: torch.Tensor, stride: int = STRIDE) -> torch.Tensor:
    """[T,...] -> [T',...]: the first frame of each group, frames 0, 1, 5, 9, ... (Time-to-Move, arXiv 2511.08633). A
    VAE with another temporal `stride` has groups of that length; with 1 every frame is a group."""
    latent_frames(len(samples), stride)
    return torch.cat([samples[:1], samples[1::stride]])


def ati_group_mean(
    samples: torch.Tensor, visibility: torch.Tensor | None = None
) -> tuple[torch.Tensor, torch.Tensor]:
    """[T,...] -> ([T',...], visible [T',...]): the mean over the visible frames of each group; a group is visible when
    any of its frames is (ATI, `motion_patch.py`).

    `visibility` has the leading dimensions of `samples` (default: all visible). The mean of a group without a visible
    frame is the plain mean. Sums are divided by 1e-5 more than their number, as the reference does it: measured from the
    middle of the picture, as there, that is a millionth of the way to it.
    """
    latent_frames(len(samples))
    if visibility is None:
        visibility = torch.ones(len(samples), dtype=torch.bool, device=samples.device)
    if visibility.shape != samples.shape[: visibility.ndim]:
        raise ValueError(
            f"visibility {list(visibility.shape)} does not match the samples {list(samples.shape)} in its dimensions"
        )
    groups = rearrange(samples[1:], "(j f) ... -> j f ...", f=STRIDE)
    seen = rearrange(visibility[1:].bool(), "(j f) ... -> j f ...", f=STRIDE)
    any_seen = seen.any(1)
    counted = torch.where(any_seen[:, None], seen, torch.ones_like(seen)).to(samples.dtype)
    counted = counted.reshape(*counted.shape, *[1] * (groups.ndim - counted.ndim))
    means = (groups * counted).sum(1) / (counted.sum(1) + 1e-5)
    return torch.cat([samples[:1], means]), torch.cat([visibility[:1].bool(), any_seen])
