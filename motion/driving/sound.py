"""How loud a sound is at every moment: as a whole, in bands, at its onsets; and a grid of beats."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

RATE = 50  # values a second
BANDS = {"bass": (20.0, 250.0), "middle": (250.0, 2000.0), "treble": (2000.0, 16000.0)}  # Hz
_WINDOW = 2048  # samples of a spectrum at 44.1 kHz
_RELEASE = 0.15  # seconds in which a value falls to 1 / e after a peak
_ATTACK = 0.06  # seconds in which the pulse of a beat rises
_LOUD = 0.98  # the quantile of the values that counts as 1


def sound_values(waveform: Tensor, sample_rate: int, kind: str, seconds: float) -> np.ndarray:
    """Values [N] in 0..1 of a waveform [C,S], RATE a second over so many seconds; 0 after its end.

    kind: `level` is the root of the power, a name in BANDS that of a band, and `onset` the spectral flux (Bello et al., "A tutorial
    on onset detection in music signals", 2005, section III.B), the rise of the logarithmic magnitudes. They rise at once and fall
    slowly, as an envelope follower does.
    """
    mono = waveform.float().mean(0)
    count = round(seconds * RATE) + 1
    size = max(64, round(_WINDOW * sample_rate / 44100))
    hop = sample_rate / RATE
    padded = torch.nn.functional.pad(mono, (size // 2, size))
    starts = (torch.arange(count) * hop).round().long()
    starts = starts[starts + size <= len(padded)]
    if not len(starts):
        return np.zeros(count)
    pieces = padded[starts[:, None] + torch.arange(size)] * torch.hann_window(size)
    power = torch.fft.rfft(pieces).abs().square()
    if kind == "onset":
        heights = torch.log1p(1000 * power.sqrt() / size)
        found = (heights[1:] - heights[:-1]).clamp_min(0).sum(1)
        found = torch.cat([found.new_zeros(1), found])
    elif kind == "level":
        found = power.sum(1).sqrt()
    else:
        low, high = BANDS[kind]
        frequency = torch.fft.rfftfreq(size, 1 / sample_rate)
        found = power[:, (frequency >= low) & (frequency < high)].sum(1).sqrt()
    loud = float(torch.quantile(found, _LOUD))
    # What is 80 dB below full scale is silence, not a whisper to be made loud.
    silence = 1e-4 * size if kind != "onset" else 1e-3
    values = (found / loud).clamp(0, 1).numpy() if loud > silence else np.zeros(len(found))
    return np.pad(followed(values.astype(np.float64)), (0, count - len(values)))


def followed(values: np.ndarray) -> np.ndarray:
    """The values [N], which fall no faster than by 1 / e in the time of the release."""
    result, fade = values.copy(), np.exp(-1 / (_RELEASE * RATE))
    for index in range(1, len(result)):
        result[index] = max(result[index], result[index - 1] * fade)
    return result


def beat_values(bpm: float, seconds: float) -> np.ndarray:
    """Values [N] in 0..1, RATE a second, that rise to 1 at every beat and fall until the next; the first beat is at time 0."""
    period = 60 / bpm
    time = np.arange(round(seconds * RATE) + 1) / RATE
    after, before = time % period, period - time % period
    rise = np.clip(1 - before / min(_ATTACK, period / 4), 0, 1)
    return np.maximum(np.exp(-after / min(_RELEASE, period / 3)), rise)
