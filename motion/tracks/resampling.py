"""Bringing tracks to another number of samples, and to the 121 that ATI's sampler picks its frames from."""

from __future__ import annotations

import math

import torch

ATI_SAMPLES = 121


def without_gaps(path: torch.Tensor, visible: torch.Tensor) -> torch.Tensor:
    """Path [T,N,2] with the positions of invisible frames interpolated between visible ones, and held at the end."""
    path = path.clone()
    frames = torch.arange(len(path))
    for n in (~visible.all(0)).nonzero()[:, 0].tolist():
        known = frames[visible[:, n]]
        after = torch.searchsorted(known, frames).clamp(max=len(known) - 1)
        before = (after - 1).clamp(min=0)
        a, b = known[before], known[after]
        mix = ((frames - a) / (b - a).clamp(min=1)).clamp(0, 1)[:, None]
        path[:, n] = torch.lerp(path[a, n], path[b, n], mix)
    return path


def resample(path: torch.Tensor, visible: torch.Tensor, frames: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Path [T,N,2] and visibility [T,N] at `frames` evenly spaced times over the same clip (linear; nearest)."""
    if frames < 1:
        raise ValueError(f"tracks cannot be resampled to {frames} frames")
    if frames == len(path):
        return path, visible
    return at_places(path, visible, torch.linspace(0, len(path) - 1, frames, dtype=torch.float64))


def at_places(
    path: torch.Tensor, visible: torch.Tensor, places: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Path and visibility at fractional frame numbers [M]."""
    before = places.floor().long().clamp(0, len(path) - 1)
    after = (before + 1).clamp(max=len(path) - 1)
    mix = (places - before).to(path.dtype)[:, None, None]
    return torch.lerp(path[before], path[after], mix), visible[places.round().long().clamp(0, len(path) - 1)]


def ati_picks(frames: int) -> torch.Tensor:
    """Which of ATI's 121 samples the sampler takes for each of `frames` frames (`process_tracks`: the first, then of
    the other 120, repeated to a multiple of frames-1, every so many; for 121 frames that is one short, and the last
    sample is taken twice)."""
    if frames < 2:
        return torch.zeros(frames, dtype=torch.long)
    steps = frames - 1
    common = math.gcd(ATI_SAMPLES - 1, steps)
    stride, repeat = (ATI_SAMPLES - 1) // common, steps // common
    picks = (1 + stride * torch.arange(steps)) // repeat + 1
    return torch.cat([torch.zeros(1, dtype=torch.long), picks.clamp(max=ATI_SAMPLES - 1)])


def piecewise(samples: torch.Tensor, picks: torch.Tensor) -> torch.Tensor:
    """Frame number of each sample when frame t is at sample picks[t]; linear between, held outside. Where several
    frames pick one sample, it is the first of them."""
    keep = torch.cat([torch.ones(1, dtype=torch.bool), picks[1:] > picks[:-1]])
    frames, picks = torch.arange(len(picks), dtype=torch.float64)[keep], picks[keep]
    if len(picks) == 1:
        return torch.zeros_like(samples)
    right = torch.searchsorted(picks, samples).clamp(1, len(picks) - 1)
    a, b = picks[right - 1], picks[right]
    mix = ((samples - a) / (b - a)).clamp(0, 1)
    return torch.lerp(frames[right - 1], frames[right], mix)
