"""Optical flow between pictures, its forward-backward consistency, and the pixels of a first frame tracked through a clip.

The flow is OpenCV's DIS (Kroeger et al., "Fast Optical Flow using Dense Inverse Search", ECCV 2016).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ...interruption import check_interruption
from ...rendering.backward_sampling import backward_warp

PRESETS = ("ultrafast", "fast", "medium")
# The finest pyramid level of each preset (0 is full size). Level 0 halves the error and takes twice as long.
_FINEST = {"ultrafast": 2, "fast": 1, "medium": 0}
# DIS matches patches of 8 pixels on a pyramid; a picture with a shorter side than this is enlarged first.
_SMALLEST = 128
_LARGEST = 32767  # OpenCV's limit of a side
# A larger correction (px) against the first frame is a mismatch rather than drift.
_MAX_DRIFT = 3.0


def dis_flow(a: Tensor, b: Tensor, preset: str = "medium") -> Tensor:
    """Flow [H,W,2] in pixels from picture `a` to picture `b` ([H,W,3], 0..1): a(x) is seen at b(x + flow(x)).

    preset: ultrafast, fast or medium. Raises ValueError for different sizes, an unknown preset, or NaN.
    """
    if a.shape != b.shape or a.ndim != 3 or a.shape[-1] != 3:
        raise ValueError(
            f"Flow needs two pictures [H,W,3] of one size, got {list(a.shape)} and {list(b.shape)}."
        )
    return torch.from_numpy(_dis(_grey(a), _grey(b), _solver(preset))).to(a.device)


def flow_consistency(forward: Tensor, backward: Tensor) -> Tensor:
    """Round-trip error [H,W] in px: the distance between a point and its image under `forward` [H,W,2] then `backward`."""
    if forward.shape != backward.shape or forward.ndim != 3:
        raise ValueError(
            f"Flows of one size are needed, got {list(forward.shape)} and {list(backward.shape)}."
        )
    returned = backward_warp(backward.permute(2, 0, 1)[None], forward[None])[0].permute(1, 2, 0)
    return torch.linalg.vector_norm(forward + returned, dim=-1)


def is_consistent(forward: Tensor, backward: Tensor) -> Tensor:
    """[H,W] bool: whether the error of `flow_consistency` is below 0.5 px plus 5 % of the flow's length.

    The test of Sundaram et al., "Dense Point Trajectories by GPU-accelerated Large Displacement Optical Flow",
    ECCV 2010, eq. 5, in lengths instead of squares.
    """
    length = torch.linalg.vector_norm(forward, dim=-1)
    return flow_consistency(forward, backward) < 0.5 + 0.05 * length


def track_pixels(
    video: Tensor, preset: str = "medium", on_frame: Callable[[int], None] | None = None
) -> tuple[Tensor, Tensor]:
    """Track every pixel of frame 0 through `video` [T,H,W,3].

    The flows between neighbouring frames are chained, then corrected by matching against frame 0, so that errors do
    not accumulate. Returns the displacement [T,H,W,2] in pixels and the visibility [T,H,W] (0 or 1), which becomes 0
    when the point leaves the picture or the flow is inconsistent. `on_frame(t)` is called after each frame.
    Raises ValueError for another shape or NaN.
    """
    if video.ndim != 4 or video.shape[-1] != 3 or len(video) < 1:
        raise ValueError(f"Tracking pixels needs a video [T,H,W,3], got {list(video.shape)}.")
    count, height, width, _ = video.shape
    # A coarser flow is enough between neighbouring frames, as the match with frame 0 corrects its errors.
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
        corrected, trusted = _correct_drift(first, now, chained, matcher)
        stays = inside(corrected).float()
        displacement[t] = corrected
        visibility[t] = visibility[t - 1] * stays * ((seen[2] > 0.5) | trusted)
        before = now
        if on_frame is not None:
            on_frame(t)
    return displacement.to(video.device), visibility.to(video.device)


def _correct_drift(first: np.ndarray, now: np.ndarray, chained: Tensor, solver: Any) -> tuple[Tensor, Tensor]:
    """The chained displacement [H,W,2] corrected by a direct match with frame 0, and where the match is trusted [H,W].

    Frame `now` is warped back along the chained displacement; the flow from frame 0 to the result is the
    remaining error. It is trusted where it is consistent and small.
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
    # The residual is defined on frame 0: the corrected displacement is chained(x + r(x)) + r(x).
    moved = backward_warp(chained.permute(2, 0, 1)[None], residual[None])[0].permute(1, 2, 0) + residual
    return torch.where(trusted[..., None], moved, chained), trusted


def inside(displacement: Tensor) -> Tensor:
    """[H,W] bool: whether x + displacement(x) [H,W,2] lies in the picture."""
    height, width = displacement.shape[:2]
    x = torch.arange(width) + displacement[..., 0]
    y = torch.arange(height)[:, None] + displacement[..., 1]
    return (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)


def _grey(picture: Tensor) -> np.ndarray:
    """8-bit brightness [H,W] (Rec. 601)."""
    values = picture.detach().float().cpu()
    if not bool(torch.isfinite(values.sum())):
        raise ValueError("The pictures for optical flow contain NaN or infinite values.")
    grey = values @ torch.tensor([0.299, 0.587, 0.114])
    return (grey.clamp(0, 1) * 255).round().to(torch.uint8).numpy()


def _solver(preset: str) -> Any:
    import cv2

    if preset not in PRESETS:
        raise ValueError(f"The flow preset {preset!r} is unknown; choose one of {', '.join(PRESETS)}.")
    base = cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST if preset == "ultrafast" else cv2.DISOPTICAL_FLOW_PRESET_FAST
    solver = cv2.DISOpticalFlow.create(base)
    solver.setFinestScale(_FINEST[preset])
    solver.setPatchStride(4)
    return solver


def _dis(a: np.ndarray, b: np.ndarray, solver: Any) -> np.ndarray:
    """DIS flow [H,W,2] between 8-bit pictures; small pictures are enlarged so that the coarsest level can hold a patch."""
    import cv2

    check_interruption()
    height, width = a.shape
    scale = max(1.0, _SMALLEST / min(height, width))
    if max(height, width) * scale >= _LARGEST:
        raise ValueError(
            f"Pictures of {width} x {height} are too long and narrow for optical flow: their longer side may have at most "
            f"{round(_LARGEST / scale) - 1} pixels."
        )
    if scale == 1:
        return solver.calc(a, b, None)
    size = (round(width * scale), round(height * scale))
    a, b = (cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC) for picture in (a, b))
    flow = cv2.resize(solver.calc(a, b, None), (width, height), interpolation=cv2.INTER_AREA)
    return flow * np.array([width / size[0], height / size[1]], np.float32)
