"""The seam of a loop: the step from the last frame back to the first, compared with the usual step between frames."""

from __future__ import annotations

import math
from itertools import pairwise

from torch import Tensor


def seam_ratio(frames: Tensor) -> float:
    """The mean change of a pixel from the last frame [T,H,W,3] to the first, divided by that of the usual step.

    The usual step is the mean over all pairs of neighbouring frames, or over the two pairs beside the seam where that is more:
    what swings is fastest where the loop begins, and a step like those beside it is no jump. Up to about 1 the seam cannot be
    seen. NaN for fewer than three frames or a video without any change.
    """
    if len(frames) < 3:
        return math.nan
    seam, mean, beside = _steps(frames)
    return seam / max(mean, beside) if max(mean, beside) > 0 else math.nan


def seam_to_mean(frames: Tensor) -> float:
    """The change from the last frame [T,H,W,3] to the first, divided by the mean over all pairs of neighbouring frames.

    Of a swing without any seam it is up to pi / 2. NaN as `seam_ratio`.
    """
    if len(frames) < 3:
        return math.nan
    seam, mean, _ = _steps(frames)
    return seam / mean if mean > 0 else math.nan


def _steps(frames: Tensor) -> tuple[float, float, float]:
    """The mean change of a pixel at the seam, at all other steps, and at the two steps beside the seam."""
    steps = [float((later - earlier).abs().mean()) for earlier, later in pairwise(frames)]
    return float((frames[0] - frames[-1]).abs().mean()), sum(steps) / len(steps), (steps[0] + steps[-1]) / 2
