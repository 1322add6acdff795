"""The period of what repeats in a picture along a direction: steps, bricks, waves.

A flow whose copies are one period apart shows the same in both, so it closes without a cross-fade that could be seen. The period is
the first high maximum of the autocorrelation along the direction (Lin, Wang and Yang, "Extracting periodicity of a regular
texture based on autocorrelation functions", Pattern Recognition Letters 1997), normalized over the overlap of the region with
its shifted self (Padfield, "Masked object registration in the Fourier domain", IEEE TIP 2012, equation 10).
"""

from __future__ import annotations

import numpy as np

_SIDE = 384  # px; short side at which pictures are examined
_LONGEST = 0.35  # short sides
_SHORTEST = 3.0  # px of the reduced picture
_STEP = 0.25  # px between the examined shifts
_LEAST, _DIP = 0.5, 0.25  # correlation at a period, and by how much it is lower halfway
_AS_GOOD = 0.93  # share of the best maximum that an earlier one must reach
_OVERLAP = 0.25  # share of the region that must overlap its shifted self


def period_along(image: np.ndarray, inside: np.ndarray, direction: tuple[float, float]) -> float | None:
    """The period in short sides of a picture [H,W,3] in 0..1 along (x, y) in the region `inside` [h,w] bool; None where nothing repeats."""
    import cv2

    height, width = image.shape[:2]
    scale = min(1.0, _SIDE / min(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    grey = cv2.resize(image.mean(-1).astype(np.float32), size, interpolation=cv2.INTER_AREA)
    mask = cv2.resize(inside.astype(np.float32), size, interpolation=cv2.INTER_NEAREST)
    length = float(np.hypot(*direction))
    if not mask.any() or length == 0:
        return None
    correlation = autocorrelation(grey.astype(np.float64), mask.astype(np.float64))
    shifts = np.arange(0, _LONGEST * min(size), _STEP)
    x, y = (part / length * shifts for part in direction)
    rows, columns = correlation.shape
    at = (x + columns // 2).astype(np.float32)[None], (y + rows // 2).astype(np.float32)[None]
    found = cv2.remap(correlation.astype(np.float32), *at, cv2.INTER_CUBIC, borderValue=-1)[0]
    period = first_period(found)
    return None if period is None else period * _STEP / min(size)


def autocorrelation(values: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The normalized correlation [2H,2W] of values [H,W] where the mask is 1 with themselves, by shift; no shift is in the middle."""
    height, width = values.shape
    values = values - values[mask > 0].mean()

    def spectrum(plane: np.ndarray) -> np.ndarray:
        return np.fft.rfft2(plane, (2 * height, 2 * width))

    def shifted(product: np.ndarray) -> np.ndarray:
        return np.fft.fftshift(np.fft.irfft2(product, (2 * height, 2 * width)))

    m, f, squares = (spectrum(plane) for plane in (mask, mask * values, mask * values**2))
    overlap = np.maximum(shifted(m * m.conj()), 1e-9)
    first, second = shifted(f * m.conj()), shifted(m * f.conj())
    spread = (shifted(squares * m.conj()) - first**2 / overlap) * (
        shifted(m * squares.conj()) - second**2 / overlap
    )
    result = (shifted(f * f.conj()) - first * second / overlap) / np.sqrt(np.maximum(spread, 1e-12))
    return np.where((overlap > _OVERLAP * mask.sum()) & (spread > 1e-9), result, -1)


def first_period(values: np.ndarray) -> float | None:
    """The place, in samples, of the first high maximum of a correlation [N] whose first value belongs to no shift."""
    peaks = np.flatnonzero((values[1:-1] > values[:-2]) & (values[1:-1] >= values[2:])) + 1
    peaks = [k for k in peaks if k * _STEP >= _SHORTEST and values[k] >= _LEAST]
    peaks = [k for k in peaks if values[:k].min() <= values[k] - _DIP]
    if not peaks:
        return None
    best = max(values[k] for k in peaks)
    k = next(k for k in peaks if values[k] >= _AS_GOOD * best)
    before, here, after = values[k - 1 : k + 2]
    bend = before - 2 * here + after
    return float(k + (0.5 * (before - after) / bend if bend < 0 else 0.0))
