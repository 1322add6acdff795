"""The seam of a loop: the step from the last frame back to the first, compared with the usual step between frames."""

from __future__ import annotations

import math
from itertools import pairwise

from torch import Tensor


def seam_ratio(frames: Tensor) -> float:
    """The mean change of a pixel from the last frame [T,H,W,3] to the first, divided by that of the usual step.

    The usual step is the mean over all pairs of neighbouring frames. 1 is a loop whose seam cannot be seen; NaN for fewer than
    three frames or a video without any change.
    """
    if len(frames) < 3:
        return math.nan
    steps = [float((later - earlier).abs().mean()) for earlier, later in pairwise(frames)]
    usual = sum(steps) / len(steps)
    return float((frames[0] - frames[-1]).abs().mean()) / usual if usual > 0 else math.nan
