"""The sound of shots in a row."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from .sequence import ShotSpan

Audio = dict[str, Any]
"""`{"waveform": [1,channels,samples], "sample_rate"}`, ComfyUI's AUDIO."""


_SHORTEST = 0.005  # seconds of a fade, at least: a sound that begins or ends at once clicks


class _Placed(NamedTuple):
    """A sound [channels,N] and the sample of the whole with which it begins."""

    first: int
    wave: Tensor

    @property
    def last(self) -> int:
        """The sample after the sound."""
        return self.first + self.wave.shape[1]


def sound_in_a_row(spans: Sequence[ShotSpan], sounds: Sequence[Audio | None], rate: Fraction) -> Audio | None:
    """The sounds of shots as one, cross-faded where the shots share time; None where no shot has a sound.

    The power stays even over a cross-fade, whether the two sounds are alike or not. At a cut, and where a sound is shorter than its shot, it fades
    within 5 ms. Each sound is cut off where its shot ends, and a shot without one is silent. The rate and the number of channels are the
    largest of all sounds; the length is that of all shots.
    """
    known = [sound for sound in sounds if sound is not None and sound["waveform"].shape[-1]]
    if not known:
        return None
    hertz = max(int(sound["sample_rate"]) for sound in known)
    channels = max(int(sound["waveform"].shape[1]) for sound in known)

    def sample(frame: int) -> int:
        return round(frame * hertz / float(rate))

    whole = torch.zeros(channels, sample(spans[-1].start + spans[-1].count))
    placed: list[_Placed | None] = []
    for span, sound in zip(spans, sounds, strict=True):
        first, last = sample(span.start), sample(span.start + span.count)
        if sound is None or not sound["waveform"].shape[-1]:
            placed.append(None)
        else:
            placed.append(_Placed(first, _resampled(sound, hertz, channels)[:, : last - first].clone()))
    for before, after in pairwise(placed):
        _fade(before, after, round(_SHORTEST * hertz))
    if placed[-1] is not None and placed[-1].last < whole.shape[1]:
        _fade(placed[-1], None, round(_SHORTEST * hertz))
    for one in placed:
        if one is not None:
            whole[:, one.first : one.last] += one.wave
    return {"waveform": whole[None].clamp(-1, 1), "sample_rate": hertz}


def _fade(before: _Placed | None, after: _Placed | None, shortest: int) -> None:
    """Fade the end of one sound out and the beginning of the next in, where they share time, or else each within `shortest` samples."""
    shared = 0 if before is None or after is None else min(before.last, after.last) - after.first
    if before is not None and after is not None and shared >= shortest:
        ending = before.wave[:, after.first - before.first :]
        falling, rising = _gains(ending[:, :shared], after.wave[:, :shared])
        ending[:, :shared] *= falling
        ending[:, shared:] = 0
        after.wave[:, :shared] *= rising
        return
    if before is not None:
        count = min(shortest, before.wave.shape[1])
        before.wave[:, before.wave.shape[1] - count :] *= _ramp(count).flip(0)
    if after is not None:
        count = min(shortest, after.wave.shape[1])
        after.wave[:, :count] *= _ramp(count)


def _ramp(count: int) -> Tensor:
    """[count], from 0 to 1, of which no sample is either."""
    return (torch.arange(count) + 0.5) / count


def _gains(falling: Tensor, rising: Tensor) -> tuple[Tensor, Tensor]:
    """The gains [N] of two sounds [channels,N] that are cross-faded, for which the power of their sum is even.

    Those of the equal-power fade (cosine and sine) for sounds that are unlike; for sounds whose correlation is r, both over the square root
    of 1 + r sin 2a, so that equal sounds add up to themselves.
    """
    angle = _ramp(falling.shape[1]) * (math.pi / 2)
    power = (falling.square().sum() * rising.square().sum()).sqrt().clamp_min(1e-12)
    alike = ((falling * rising).sum() / power).clamp(0, 1)
    even = (1 + alike * (2 * angle).sin()).sqrt()
    return angle.cos() / even, angle.sin() / even


def _resampled(sound: Audio, hertz: int, channels: int) -> Tensor:
    """A sound [channels,N] at another rate, linearly; further channels repeat the last one, so mono is heard on both sides."""
    waveform = sound["waveform"][0].detach().float().cpu()
    if int(sound["sample_rate"]) != hertz:
        length = max(1, round(waveform.shape[1] * hertz / int(sound["sample_rate"])))
        waveform = F.interpolate(waveform[None], length, mode="linear", align_corners=False)[0]
    missing = channels - len(waveform)
    return torch.cat([waveform, waveform[-1:].expand(missing, -1)]) if missing else waveform
