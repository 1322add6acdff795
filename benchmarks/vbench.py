"""Temporal flicker and dynamic degree as VBench defines them (Huang et al., "VBench: Comprehensive Benchmark Suite for
Video Generative Models", CVPR 2024; its files temporal_flickering.py and dynamic_degree.py).

One part differs: VBench finds motion with RAFT, these functions with the flow of motion/flow/dis_flow.py, so that nothing is
downloaded. Numbers can be compared among themselves and, with that in mind, with VBench's.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor

from ..motion.flow.dis_flow import dis_flow

_RATE = 8.0  # frames a second at which VBench looks at motion
_FASTEST = 0.05  # part of the picture whose speed counts
_SPEED, _SIDE = 6.0, 256  # px a frame from which a picture of that short side moves
_OFTEN, _OF = 4, 16  # so many steps of a clip of so many frames must move


def temporal_flicker(frames: Tensor) -> float:
    """Temporal flickering of a video [T,H,W,3] in 0..1: 1 is none, 0 the most.

    (255 - mean absolute difference of neighbouring 8-bit frames) / 255. Motion lowers it too: VBench takes it of
    videos whose prompt asks for a still scene, so take it where no motion was asked for. ValueError for one frame.
    """
    if len(frames) < 2:
        raise ValueError(f"Flicker is between frames: 2 or more are needed, got {len(frames)}.")
    levels = (frames.clamp(0, 1) * 255).round()
    return float((255 - levels.diff(dim=0).abs().mean()) / 255)


def fastest_speeds(frames: Tensor) -> Tensor:
    """Mean speed [T-1], px a frame, of the fastest 5 % of the pixels between neighbours of a video [T,H,W,3]."""
    speeds = []
    for a, b in pairwise(frames):
        speed = torch.linalg.vector_norm(dis_flow(a, b), dim=-1).flatten()
        speeds.append(speed.topk(max(1, int(len(speed) * _FASTEST))).values.mean())
    return torch.stack(speeds)


def is_dynamic(frames: Tensor, rate: float = _RATE) -> bool:
    """Whether a video [T,H,W,3] of `rate` frames a second counts as moving; the dynamic degree is the part that does.

    Looked at 8 times a second, the fastest 5 % must move by 6 px a frame (of a short side of 256; more where the
    video has fewer frames than 8 a second) in at least 4 of 16 frames. ValueError for a rate that is not above 0.
    """
    if rate <= 0:
        raise ValueError(f"The frame rate is {rate:g}; it must be above 0 frames a second.")
    seen = frames[:: max(1, round(rate / _RATE))]
    if len(seen) < 2:
        return False
    threshold = max(1.0, _RATE / rate) * _SPEED * min(frames.shape[1:3]) / _SIDE
    moving = int((fastest_speeds(seen) > threshold).sum())
    # By the formula alone (0.5, rounded to 0) two frames would count as moving whatever they show.
    return moving >= max(1, round(_OFTEN * len(seen) / _OF))
