"""The sound of shots in a row."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from .sequence import ShotSpan

Audio = dict[str, Any]
"""`{"waveform": [1,channels,samples], "sample_rate"}`, ComfyUI's AUDIO."""


def sound_in_a_row(spans: Sequence[ShotSpan], sounds: Sequence[Audio | None], rate: Fraction) -> Audio | None:
    """The sounds of shots as one, cross-faded where the shots dissolve; None where no shot has a sound.

    Each sound is cut off where its shot ends, and a shot without one is silent. The rate and the number of channels are the largest
    of all sounds.
    """
    known = [sound for sound in sounds if sound is not None and sound["waveform"].shape[-1]]
    if not known:
        return None
    hertz = max(int(sound["sample_rate"]) for sound in known)
    channels = max(int(sound["waveform"].shape[1]) for sound in known)

    def sample(frame: int) -> int:
        return round(frame * hertz / float(rate))

    whole = torch.zeros(channels, sample(spans[-1].start + spans[-1].count))
    for number, (span, sound) in enumerate(zip(spans, sounds, strict=True)):
        if sound is None or not sound["waveform"].shape[-1]:
            continue
        first, last = sample(span.start), sample(span.start + span.count)
        own = _resampled(sound, hertz, channels)[:, : last - first].clone()
        after = spans[number + 1].shared if number + 1 < len(spans) else 0
        fade_in, fade_out = sample(span.shared), sample(after)
        times = torch.arange(own.shape[1])
        if fade_in:
            own *= (times / fade_in).clamp(max=1)
        if fade_out:
            own *= ((last - first - times) / fade_out).clamp(max=1)
        whole[:, first : first + own.shape[1]] += own
    return {"waveform": whole[None].clamp(-1, 1), "sample_rate": hertz}


def _resampled(sound: Audio, hertz: int, channels: int) -> Tensor:
    """A sound [channels,N] at another rate, linearly; further channels repeat the last one, so mono is heard on both sides."""
    waveform = sound["waveform"][0].detach().float().cpu()
    if int(sound["sample_rate"]) != hertz:
        length = max(1, round(waveform.shape[1] * hertz / int(sound["sample_rate"])))
        waveform = F.interpolate(waveform[None], length, mode="linear", align_corners=False)[0]
    missing = channels - len(waveform)
    return torch.cat([waveform, waveform[-1:].expand(missing, -1)]) if missing else waveform
