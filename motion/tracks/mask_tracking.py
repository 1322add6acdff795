"""Tracking the shape of a mask through a video: its position, scale and rotation in every frame.

The masks of an object (from a segmenter, a rotoscope or an alpha channel) give its outline, but not the motion of its
points. The motion is taken to be the similarity transform that best maps the first mask onto each later mask. It is
found by registering the blurred masks, coarse to fine (Lucas and Kanade, IJCAI 1981, with Levenberg's damping). A
rotation is assumed only if the masks show it; those of a rolling ball do not. What the masks do not show stays at 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from torch import Tensor

from ..field.mask_values import masks_in_unit_range
from .mask_windows import mask_windows, visible_frames
from .similarity_fit import CLEARLY_SEEN, JUST_SEEN, SimilarityFit

# Rotation, and shifts that only small features show, are used only if they reduce the clip's total difference to less
# than these shares of the one without them. Otherwise they would follow the noise of a segmenter.
_ROTATION_GAIN, _SHIFT_GAIN = 0.8, 0.6


@dataclass(frozen=True)
class ShapeTrack:
    """The pose of a shape in every frame, relative to the first.

    pose: [T,4], shift (dx, dy) in units (the short side is 1), natural logarithm of the scale, and clockwise rotation in
    radians about `pivot` (x, y in units). visible: [T] bool. overlap: [T], intersection over union of the first mask,
    moved by the pose, with the mask of the frame. unseen: the direction (x, y) of length 1 along which the masks of
    most frames show no movement, or None.
    """

    pose: np.ndarray
    pivot: tuple[float, float]
    visible: np.ndarray
    overlap: np.ndarray
    unseen: tuple[float, float] | None = None


def track_shape(
    masks: Tensor,
    turns: bool = True,
    grows: bool = True,
    on_frame: Callable[[int], None] | None = None,
) -> ShapeTrack:
    """The track of the shape in masks [T,H,W] (0..1); `turns` and `grows` allow rotation and scaling.

    Poses of frames with an empty mask are interpolated between their neighbours, or extrapolated after the last mask.
    `on_frame(t)` is called for each frame once, once more if `turns`, and once more if the outline shows movement in one
    direction only by small features. Raises ValueError for another shape, and when the first
    mask is empty or covers everything.
    """
    if masks.ndim != 3 or masks.numel() == 0:
        raise ValueError(f"the masks have shape {list(masks.shape)}; they must be [frames, height, width]")
    masks = masks_in_unit_range(masks).values.cpu()
    visible = visible_frames(masks)
    if not visible[0]:
        raise ValueError("the first mask is empty; start the clip at a frame in which the object is visible")
    if not visible_frames(1 - masks[:1])[0]:
        raise ValueError("the first mask covers the whole picture, so there is no outline to track")
    windows = mask_windows(masks, visible)

    def fitted(rotates: bool, seen: float) -> _Poses:
        return _track_poses(SimilarityFit(windows, (True, True, grows, rotates), seen), visible, on_frame)

    seen, found = CLEARLY_SEEN, fitted(False, CLEARLY_SEEN)
    unseen = found.unseen
    if unseen:
        closer = fitted(False, JUST_SEEN)
        if closer.difference < _SHIFT_GAIN * found.difference:
            seen, found, unseen = JUST_SEEN, closer, closer.unseen
        elif np.abs(closer.poses[:, :2] - found.poses[:, :2]).max() < windows.cell:
            unseen = closer.unseen  # the finer features show that nothing moves
    if turns:
        turned = fitted(True, seen)
        if turned.difference < _ROTATION_GAIN * found.difference:
            found = turned
    poses = _fill_invisible(found.poses, visible)
    return ShapeTrack(poses, found.pivot, visible, found.overlap, _common_direction(unseen, visible))


class _Poses(NamedTuple):
    """Poses [T,4] of one fit, their overlap [T], the total squared difference of the masks, and unseen directions."""

    poses: np.ndarray
    pivot: tuple[float, float]
    overlap: np.ndarray
    difference: float
    unseen: list[np.ndarray]


def _track_poses(fit: SimilarityFit, visible: np.ndarray, on_frame: Callable[[int], None] | None) -> _Poses:
    """The poses of all visible frames, each fitted from the extrapolation of the previous poses and from the last."""
    poses, overlap, difference = np.zeros((len(visible), 4)), np.zeros(len(visible)), 0.0
    overlap[0], unseen = 1.0, []
    last = speed = np.zeros(4)
    for t in range(1, len(visible)):
        if on_frame is not None:
            on_frame(t)
        if visible[t]:
            poses[t], overlap[t], direction = fit.pose(t, [last + speed, last])
            difference += fit.difference(t, poses[t])
            unseen += [] if direction is None else [direction]
            speed, last = (poses[t] - last) if visible[t - 1] else np.zeros(4), poses[t]
    return _Poses(poses, fit.pivot, overlap, difference, unseen)


def _common_direction(unseen: list[np.ndarray], visible: np.ndarray) -> tuple[float, float] | None:
    """The mean direction in which no movement can be seen, or None where that holds for the fewer frames.

    A direction and its opposite are the same, so the mean is taken over doubled angles.
    """
    if 2 * len(unseen) <= visible[1:].sum():
        return None
    doubled = sum(complex(x, y) ** 2 for x, y in unseen)
    angle = math.atan2(doubled.imag, doubled.real) / 2
    return math.cos(angle), math.sin(angle)


def _fill_invisible(poses: np.ndarray, visible: np.ndarray) -> np.ndarray:
    """Poses [T,4] with those of invisible frames interpolated, or extrapolated in position after the last mask."""
    frames = np.arange(len(poses))
    known = frames[visible]
    filled = np.stack([np.interp(frames, known, poses[known, i]) for i in range(4)], axis=1)
    last = known[-1]
    if last + 1 < len(poses) and len(known) > 1:
        before = known[-min(4, len(known))]
        speed = (poses[last, :2] - poses[before, :2]) / (last - before)
        filled[last + 1 :, :2] = poses[last, :2] + speed * (frames[last + 1 :] - last)[:, None]
    return filled
