"""Temporal flicker and dynamic degree as VBench defines them (Huang et al., "VBench: Comprehensive Benchmark Suite for
Video Generative Models", CVPR 2024; its files temporal_flickering.py and dynamic_degree.py).

There is one difference: VBench estimates motion with RAFT, these functions with DIS flow (motion/flow/dis_flow.py), so that
nothing must be downloaded. So the numbers can be compared with each other, and only roughly with VBench's.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor

from ..motion.flow.dis_flow import dis_flow

_RATE = 8.0  # frames per second at which VBench measures motion
_FASTEST = 0.05  # the share of the pixels, the fastest ones, whose mean speed counts
_SPEED, _SIDE = 6.0, 256  # threshold of that speed in px per frame, for this short side of the picture
_OFTEN, _OF = 4, 16  # a clip of 16 frames is dynamic if at least 4 of its steps exceed the threshold


def temporal_flicker(frames: Tensor) -> float:
    """VBench's temporal flickering of a video [T,H,W,3] in 0..1: 1 means none, 0 the most.

    It is (255 - mean absolute difference of neighbouring 8-bit frames) / 255. Motion lowers it too, so it should be
    measured on videos that are meant to be still. Raises ValueError for fewer than two frames.
    """
    if len(frames) < 2:
        raise ValueError(f"The video has {len(frames)} frame(s); flicker needs 2 or more.")
    levels = (frames.clamp(0, 1) * 255).round()
    return float((255 - levels.diff(dim=0).abs().mean()) / 255)


def fastest_speeds(frames: Tensor) -> Tensor:
    """Mean speed [T-1] in px per frame of the fastest 5 % of the pixels, for each step of a video [T,H,W,3]."""
    speeds = []
    for a, b in pairwise(frames):
        speed = torch.linalg.vector_norm(dis_flow(a, b), dim=-1).flatten()
        speeds.append(speed.topk(max(1, int(len(speed) * _FASTEST))).values.mean())
    return torch.stack(speeds)


def is_dynamic(frames: Tensor, rate: float = _RATE) -> bool:
    """Whether a video [T,H,W,3] of `rate` frames per second is dynamic; VBench's dynamic degree is the share that is.

    The video is sampled 8 times a second. The fastest 5 % of its pixels must move by more than 6 px per frame (at a short
    side of 256; more if the rate is below 8) in at least 4 of 16 frames. Raises ValueError if the rate is not positive.
    """
    if rate <= 0:
        raise ValueError(f"The frame rate is {rate:g}; it must be above 0 frames per second.")
    seen = frames[:: max(1, round(rate / _RATE))]
    if len(seen) < 2:
        return False
    threshold = max(1.0, _RATE / rate) * _SPEED * min(frames.shape[1:3]) / _SIDE
    moving = int((fastest_speeds(seen) > threshold).sum())
    # VBench's formula requires 0 moving steps of two frames (0.5 is rounded to 0); here it is at least one.
    return moving >= max(1, round(_OFTEN * len(seen) / _OF))
