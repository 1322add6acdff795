"""Resampling tracks to another number of frames, and to the 121 samples from which ATI's sampler takes its frames."""

from __future__ import annotations

import math

import torch

ATI_SAMPLES = 121


def fill_gaps(path: torch.Tensor, visible: torch.Tensor) -> torch.Tensor:
    """The path [T,N,2] with positions of invisible frames interpolated, or those of the nearest visible frame at the ends."""
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
    """Path [T,N,2] and visibility [T,N] at `frames` evenly spaced times of the same clip.

    Positions are interpolated linearly, visibility is that of the nearest frame. Raises ValueError for `frames` below 1.
    """
    if frames < 1:
        raise ValueError(f"tracks cannot be resampled to {frames} frames; at least 1 is needed")
    if frames == len(path):
        return path, visible
    return interpolate_tracks(path, visible, torch.linspace(0, len(path) - 1, frames, dtype=torch.float64))


def interpolate_tracks(
    path: torch.Tensor, visible: torch.Tensor, places: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Path [M,N,2] and visibility [M,N] at fractional frame numbers [M]."""
    before = places.floor().long().clamp(0, len(path) - 1)
    after = (before + 1).clamp(max=len(path) - 1)
    mix = (places - before).to(path.dtype)[:, None, None]
    return torch.lerp(path[before], path[after], mix), visible[places.round().long().clamp(0, len(path) - 1)]


def ati_sample_indices(frames: int) -> torch.Tensor:
    """Indices [frames] of the samples that ATI's sampler reads, one of the 121 for each frame.

    ATI's `process_tracks` reads the first sample, repeats each of the other 120 until their number is a multiple of
    frames-1, and reads these at an even stride. For 121 frames the last index would lie beyond the samples, so it is
    clamped.
    """
    if frames < 2:
        return torch.zeros(frames, dtype=torch.long)
    steps = frames - 1
    common = math.gcd(ATI_SAMPLES - 1, steps)
    stride, repeat = (ATI_SAMPLES - 1) // common, steps // common
    picks = (1 + stride * torch.arange(steps)) // repeat + 1
    return torch.cat([torch.zeros(1, dtype=torch.long), picks.clamp(max=ATI_SAMPLES - 1)])


def frame_of_sample(samples: torch.Tensor, picks: torch.Tensor) -> torch.Tensor:
    """The fractional frame number of each sample [M], given that frame t is at sample picks[t].

    It is linear between the picks and constant outside. When several frames pick one sample, the first of them counts.
    """
    keep = torch.cat([torch.ones(1, dtype=torch.bool), picks[1:] > picks[:-1]])
    frames, picks = torch.arange(len(picks), dtype=torch.float64)[keep], picks[keep]
    if len(picks) == 1:
        return torch.zeros_like(samples)
    right = torch.searchsorted(picks, samples).clamp(1, len(picks) - 1)
    a, b = picks[right - 1], picks[right]
    mix = ((samples - a) / (b - a)).clamp(0, 1)
    return torch.lerp(frames[right - 1], frames[right], mix)
