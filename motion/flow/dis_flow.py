"""Optical flow from pictures: OpenCV's DIS (Kroeger et al., "Fast Optical Flow using Dense Inverse Search", ECCV 2016),
its forward-backward consistency, and points of the first frame followed through a clip."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ...rendering.warp import backward_warp

PRESETS = ("ultrafast", "fast", "medium")
# The finest pyramid level of each (0: the picture itself). Level 0 halves the error and takes twice as long.
_FINEST = {"ultrafast": 2, "fast": 1, "medium": 0}
# DIS works on patches of 8 pixels of a pyramid: below this short side the picture is enlarged first.
_SMALLEST = 128
# A correction against the first frame of more than this is a mismatch, not drift.
_MAX_DRIFT = 3.0


def dis_flow(a: Tensor, b: Tensor, preset: str = "medium") -> Tensor:
    """Flow [H,W,2] in pixels from picture `a` to picture `b` ([H,W,3], 0..1): a(x) is seen at b(x + flow(x)).

    preset: ultrafast, fast or medium. Raises ValueError for unlike sizes, an unknown preset, NaN.
    """
    if a.shape != b.shape or a.ndim != 3 or a.shape[-1] != 3:
        raise ValueError(
            f"Flow needs two pictures [H,W,3] of one size, got {list(a.shape)} and {list(b.shape)}."
        )
    return torch.from_numpy(_dis(_grey(a), _grey(b), _solver(preset))).to(a.device)


def flow_consistency(forward: Tensor, backward: Tensor) -> Tensor:
    """How far [H,W] a point misses itself when it goes along `forward` [H,W,2] and comes back along `backward`."""
    if forward.shape != backward.shape or forward.ndim != 3:
        raise ValueError(
            f"Flows of one size are needed, got {list(forward.shape)} and {list(backward.shape)}."
        )
    returned = backward_warp(backward.permute(2, 0, 1)[None], forward[None])[0].permute(1, 2, 0)
    return torch.linalg.vector_norm(forward + returned, dim=-1)


def is_consistent(forward: Tensor, backward: Tensor) -> Tensor:
    """[H,W] bool: the round trip of `flow_consistency` ends within 0.5 px plus 5 % of the way.

    The test of Sundaram et al., "Dense Point Trajectories by GPU-accelerated Large Displacement Optical Flow",
    ECCV 2010, eq. 5, in lengths instead of squares.
    """
    length = torch.linalg.vector_norm(forward, dim=-1)
    return flow_consistency(forward, backward) < 0.5 + 0.05 * length


def track_pixels(
    video: Tensor, preset: str = "medium", on_frame: Callable[[int], None] | None = None
) -> tuple[Tensor, Tensor]:
    """Follow every pixel of frame 0 through `video` [T,H,W,3].

    Steps between neighbouring frames are chained, then corrected against frame 0 itself so that errors do not add
    up. Returns the displacement [T,H,W,2] in pixels and the visibility [T,H,W] (0 or 1): 0 from the frame on where
    the point leaves the picture or the flow does not find its way back. `on_frame(t)` is called after each frame.
    """
    if video.ndim != 4 or video.shape[-1] != 3 or len(video) < 1:
        raise ValueError(f"Following motion needs a video [T,H,W,3], got {list(video.shape)}.")
    count, height, width, _ = video.shape
    # Between neighbours a coarser flow will do: what it misses, the match with frame 0 corrects.
    stepper, matcher = _solver("fast" if preset == "medium" else preset), _solver(preset)
    displacement = torch.zeros(count, height, width, 2)
    visibility = torch.ones(count, height, width)
    first = _grey(video[0])
    before = first
    for t in range(1, count):
        now = _grey(video[t])
        forward, backward = (
            torch.from_numpy(_dis(*pair, stepper)) for pair in ((before, now), (now, before))
        )
        good = is_consistent(forward, backward).float()
        so_far = displacement[t - 1]
        seen = backward_warp(torch.cat([forward, good[..., None]], -1).permute(2, 0, 1)[None], so_far[None])[
            0
        ]
        chained = so_far + seen[:2].permute(1, 2, 0)
        corrected, trusted = _corrected(first, now, chained, matcher)
        inside = _inside(corrected)
        displacement[t] = corrected
        visibility[t] = visibility[t - 1] * inside * ((seen[2] > 0.5) | trusted)
        before = now
        if on_frame is not None:
            on_frame(t)
    return displacement.to(video.device), visibility.to(video.device)


def _corrected(first: np.ndarray, now: np.ndarray, chained: Tensor, solver: Any) -> tuple[Tensor, Tensor]:
    """Chained displacement plus what a direct match of frame 0 with the frame, drawn back along it, still finds.

    Returns the displacement and where that match is consistent and small.
    """
    import cv2

    height, width = first.shape
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    back = cv2.remap(
        now,
        xs + chained[..., 0].numpy(),
        ys + chained[..., 1].numpy(),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    residual, returned = (torch.from_numpy(_dis(*pair, solver)) for pair in ((first, back), (back, first)))
    trusted = is_consistent(residual, returned) & (torch.linalg.vector_norm(residual, dim=-1) < _MAX_DRIFT)
    # The residual lives where the point looked up lies: x + r(x), seen through the chained displacement.
    moved = backward_warp(chained.permute(2, 0, 1)[None], residual[None])[0].permute(1, 2, 0) + residual
    return torch.where(trusted[..., None], moved, chained), trusted


def _inside(displacement: Tensor) -> Tensor:
    height, width = displacement.shape[:2]
    x = torch.arange(width) + displacement[..., 0]
    y = torch.arange(height)[:, None] + displacement[..., 1]
    return ((x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)).float()


def _grey(picture: Tensor) -> np.ndarray:
    """8-bit brightness [H,W] (Rec. 601)."""
    values = picture.detach().float().cpu()
    if not bool(torch.isfinite(values.sum())):
        raise ValueError("The pictures to find motion in hold NaN or infinite values.")
    grey = values @ torch.tensor([0.299, 0.587, 0.114])
    return (grey.clamp(0, 1) * 255).round().to(torch.uint8).numpy()


def _solver(preset: str) -> Any:
    import cv2

    if preset not in PRESETS:
        raise ValueError(f"The flow preset {preset!r} is unknown; there are {', '.join(PRESETS)}.")
    base = cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST if preset == "ultrafast" else cv2.DISOPTICAL_FLOW_PRESET_FAST
    solver = cv2.DISOpticalFlow.create(base)
    solver.setFinestScale(_FINEST[preset])
    solver.setPatchStride(4)
    return solver


def _dis(a: np.ndarray, b: np.ndarray, solver: Any) -> np.ndarray:
    """DIS between 8-bit pictures; small ones are enlarged so that the coarsest level still holds patches."""
    import cv2

    height, width = a.shape
    scale = max(1.0, _SMALLEST / min(height, width))
    if scale == 1:
        return solver.calc(a, b, None)
    size = (round(width * scale), round(height * scale))
    a, b = (cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC) for picture in (a, b))
    flow = cv2.resize(solver.calc(a, b, None), (width, height), interpolation=cv2.INTER_AREA)
    return flow * np.array([width / size[0], height / size[1]], np.float32)
