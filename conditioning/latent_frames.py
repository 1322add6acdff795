"""Latent frames of a causal video VAE, and three ways to sample a trajectory at them.

The VAE of Wan, with temporal stride 4, maps T = 4k+1 pixel frames to T' = k+1 latent frames: latent frame 0 is pixel
frame 0, and latent frame j >= 1 is the group of pixel frames 4(j-1)+1 .. 4j. Each published method samples
trajectories in these groups in its own way, and its weights expect that way.
"""

from __future__ import annotations

import torch
from einops import rearrange

from ..models.latent_format import LATENT_CHANNELS
from ..models.video_grid import WAN, TimeGrid

STRIDE = WAN.time.more[0]  # pixel frames of each latent frame after the first, in the Wan family
CELL = WAN.cell  # pixels; the side of a latent cell of the Wan family


def latent_frames(frames: int) -> int:
    """Number of latent frames of a Wan clip of `frames` pixel frames. Raises ValueError for another length than 4k+1."""
    return WAN.time.latent_frames(frames)


def empty_latent(width: int, height: int, length: int, batch: int = 1) -> dict[str, torch.Tensor]:
    """A LATENT of zeros [B,16,T',H/8,W/8] from which a sampler makes a new clip of `length` = 4k+1 frames."""
    size = (latent_frames(length), height // CELL, width // CELL)
    return {"samples": torch.zeros(batch, LATENT_CHANNELS, *size)}


def wan_move_frames(samples: torch.Tensor) -> torch.Tensor:
    """[T,...] -> [T',...]: the last frame of each group, pixel frame 4j (Wan-Move, arXiv 2512.08765)."""
    latent_frames(len(samples))
    return samples[::STRIDE]


def time_to_move_frames(samples: torch.Tensor, time: TimeGrid = WAN.time) -> torch.Tensor:
    """[T,...] -> [T',...]: the first frame of each group, frames 0, 1, 5, 9, ... (Time-to-Move, arXiv 2511.08633).

    `time` says which pixel frames are a group. Raises ValueError for a length that it does not have.
    """
    return samples[time.starts(len(samples))]


def ati_group_mean(
    samples: torch.Tensor, visibility: torch.Tensor | None = None
) -> tuple[torch.Tensor, torch.Tensor]:
    """[T,...] -> ([T',...], visible [T',...]): the mean over the visible frames of each group (ATI, `motion_patch.py`).

    A group is visible when any of its frames is; the mean of an invisible group is that of all its frames.
    `visibility` has the leading dimensions of `samples`; without it all frames are visible. As in the reference, sums
    are divided by the count plus 1e-5, which moves means by a few millionths towards 0.
    """
    latent_frames(len(samples))
    if visibility is None:
        visibility = torch.ones(len(samples), dtype=torch.bool, device=samples.device)
    if visibility.shape != samples.shape[: visibility.ndim]:
        raise ValueError(
            f"visibility has shape {list(visibility.shape)}; it must be the leading dimensions of the samples, {list(samples.shape)}"
        )
    groups = rearrange(samples[1:], "(j f) ... -> j f ...", f=STRIDE)
    seen = rearrange(visibility[1:].bool(), "(j f) ... -> j f ...", f=STRIDE)
    any_seen = seen.any(1)
    counted = torch.where(any_seen[:, None], seen, torch.ones_like(seen)).to(samples.dtype)
    counted = counted.reshape(*counted.shape, *[1] * (groups.ndim - counted.ndim))
    means = (groups * counted).sum(1) / (counted.sum(1) + 1e-5)
    return torch.cat([samples[:1], means]), torch.cat([visibility[:1].bool(), any_seen])
