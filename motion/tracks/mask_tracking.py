"""Tracking the shape of a mask through a video: its position, scale and rotation in every frame.

The masks of an object (from a segmenter, a rotoscope or an alpha channel) give its outline, but not the motion of its
points. The motion is taken to be the similarity transform that best maps the first mask onto each later mask. It is
found by registering the blurred masks, coarse to fine (Lucas and Kanade, IJCAI 1981, with Levenberg's damping). A
rotation is assumed only if the masks show it; those of a rolling ball do not.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

LONG_SIDE = 128  # cells along the long side of the grid on which masks are compared
# Standard deviations of the blur, as shares of the long side, coarse to fine.
_BLURS = (0.03, 0.008)
_STEPS = 15
# Steps of the finite differences: x and y in units, logarithm of the scale, radians.
_PROBE = (0.004, 0.004, 0.01, 0.01)
# Prior weight on the previous rotation, relative to the weight of a translation of the same size.
_ROTATION_PRIOR = 0.005
# Rotation is used only if it reduces the clip's total difference to less than this share of the one without it.
_ROTATION_GAIN = 0.8
# A mask that covers a smaller share of the picture counts as empty.
_SMALLEST_MASK = 1e-4
# With at least this overlap no other rotation is tried.
_GOOD_OVERLAP = 0.8


@dataclass(frozen=True)
class ShapeTrack:
    """The pose of a shape in every frame, relative to the first.

    pose: [T,4], shift (dx, dy) in units (the short side is 1), natural logarithm of the scale, and clockwise rotation in
    radians about `pivot` (x, y in units). visible: [T] bool. overlap: [T], intersection over union of the first mask,
    moved by the pose, with the mask of the frame.
    """

    pose: np.ndarray
    pivot: tuple[float, float]
    visible: np.ndarray
    overlap: np.ndarray


def track_shape(
    masks: Tensor,
    turns: bool = True,
    grows: bool = True,
    on_frame: Callable[[int], None] | None = None,
) -> ShapeTrack:
    """The track of the shape in masks [T,H,W] (0..1); `turns` and `grows` allow rotation and scaling.

    Poses of frames with an empty mask are interpolated between their neighbours, or extrapolated after the last mask.
    `on_frame(t)` is called once per frame, or twice if `turns`. Raises ValueError for another shape, and when the first
    mask is empty or covers everything.
    """
    if masks.ndim != 3 or masks.numel() == 0:
        raise ValueError(f"the masks have shape {list(masks.shape)}; they must be [frames, height, width]")
    masks = masks.detach().float().cpu().clamp(0, 1)
    shares = masks.flatten(1).mean(1)
    if shares[0] < _SMALLEST_MASK:
        raise ValueError("the first mask is empty; start the clip at a frame in which the object is visible")
    if shares[0] > 1 - _SMALLEST_MASK:
        raise ValueError("the first mask covers the whole picture, so there is no outline to track")
    visible = (shares >= _SMALLEST_MASK).numpy()
    found = _track_poses(_SimilarityFit(masks, (True, True, grows, False)), visible, on_frame)
    if turns:
        turned = _track_poses(_SimilarityFit(masks, (True, True, grows, True)), visible, on_frame)
        if turned.difference < _ROTATION_GAIN * found.difference:
            found = turned
    return ShapeTrack(_fill_invisible(found.poses, visible), found.pivot, visible, found.overlap)


class _Poses(NamedTuple):
    """Poses [T,4] of one fit, their overlap [T] and the total squared difference of the masks."""

    poses: np.ndarray
    pivot: tuple[float, float]
    overlap: np.ndarray
    difference: float


def _track_poses(fit: _SimilarityFit, visible: np.ndarray, on_frame: Callable[[int], None] | None) -> _Poses:
    """The poses of all visible frames, each fitted from the previous pose and from its extrapolation."""
    poses, overlap, difference = np.zeros((len(visible), 4)), np.zeros(len(visible)), 0.0
    overlap[0] = 1.0
    last = speed = np.zeros(4)
    for t in range(1, len(visible)):
        if on_frame is not None:
            on_frame(t)
        if visible[t]:
            poses[t], overlap[t] = fit.pose(t, [last + speed, last])
            difference += fit.difference(t, poses[t])
            speed, last = (poses[t] - last) if visible[t - 1] else np.zeros(4), poses[t]
    return _Poses(poses, fit.pivot, overlap, difference)


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


class _SimilarityFit:
    """Fits the similarity transform that maps the first mask onto another mask with the least squared difference."""

    def __init__(self, masks: Tensor, free: tuple[bool, ...]) -> None:
        height, width = masks.shape[1:]
        self.free = [i for i in range(4) if free[i]]
        cells = (
            max(8, round(height * LONG_SIDE / max(height, width))),
            max(8, round(width * LONG_SIDE / max(height, width))),
        )
        small = F.interpolate(masks[:, None], size=cells, mode="area")
        # The blur repeats the border, since a shape that is cut off there has no outline at the border.
        self.levels = [_blur(small, share * LONG_SIDE) for share in _BLURS]
        self.sharp = small
        self.extent = (max(width / height, 1.0), max(height / width, 1.0))
        y, x = torch.meshgrid(
            (torch.arange(cells[0]) + 0.5) * (self.extent[1] / cells[0]),
            (torch.arange(cells[1]) + 0.5) * (self.extent[0] / cells[1]),
            indexing="ij",
        )
        self.x, self.y = x, y
        self.pivot = self._centre(0)
        self.radius = self._radius()
        self.at_border = [self._touches_border(t) for t in range(len(masks))]

    def pose(self, t: int, starts: list[np.ndarray]) -> tuple[np.ndarray, float]:
        """The pose [4] of frame t and its overlap, fitted from each of `starts` and from the mask's moments."""
        starts = [*starts]
        if not self.at_border[t]:
            guess = starts[-1].copy()
            guess[:2] = np.subtract(self._centre(t), self.pivot)
            if 2 in self.free and not self.at_border[0]:
                guess[2] = 0.5 * math.log(float(self.sharp[t].sum() / self.sharp[0].sum()))
            starts.append(guess)
        best, overlap = self._best(t, starts)
        if overlap < _GOOD_OVERLAP and 3 in self.free:
            turned = [best + np.array([0, 0, 0, math.radians(angle)]) for angle in (-60, -30, 30, 60)]
            other, better = self._best(t, turned)
            if better > overlap + 0.02:
                best, overlap = other, better
        return best, overlap

    def difference(self, t: int, pose: np.ndarray) -> float:
        """Sum of squared differences of frame t from the first mask under a pose, at the finest level."""
        return float(self._difference(self.levels[1], t, pose[None]).square().sum())

    def _best(self, t: int, starts: list[np.ndarray]) -> tuple[np.ndarray, float]:
        """The best pose of frame t of those fitted from several starts, and its overlap."""
        level = self.levels[0]
        rough = [self._minimize(level, t, start) for start in starts]
        costs = [float(self._difference(level, t, pose[None])[0].square().sum()) for pose in rough]
        pose = self._minimize(self.levels[1], t, rough[int(np.argmin(costs))])
        return pose, self._overlap(t, pose)

    def _minimize(self, level: Tensor, t: int, start: np.ndarray) -> np.ndarray:
        """The pose that minimises the squared difference, by Levenberg's method from `start`."""
        pose, damping = start.copy(), 1e-3
        turn = self.free.index(3) if 3 in self.free else None
        here = self._difference(level, t, pose[None])[0]
        cost = float(here.square().sum())
        for _ in range(_STEPS):
            probes = np.repeat(pose[None], 2 * len(self.free), 0)
            for row, i in enumerate(self.free):
                probes[2 * row, i] += _PROBE[i]
                probes[2 * row + 1, i] -= _PROBE[i]
            values = self._difference(level, t, probes).double()
            width = torch.tensor([2 * _PROBE[i] for i in self.free])[:, None]
            slopes = ((values[::2] - values[1::2]) / width).numpy()
            normal, downhill = slopes @ slopes.T, slopes @ here.double().numpy()
            if turn is not None:
                prior = _ROTATION_PRIOR * (normal[0, 0] + normal[1, 1]) / 2 * self.radius**2
                normal[turn, turn] += prior
                downhill[turn] += prior * (pose[3] - start[3])
            step = -np.linalg.solve(normal + damping * np.diag(np.diag(normal)), downhill)
            trial = pose.copy()
            trial[self.free] += step
            there = self._difference(level, t, trial[None])[0]
            trial_cost = float(there.square().sum())
            if trial_cost < cost:
                done = cost - trial_cost < 1e-6 * cost + 1e-9
                pose, here, cost, damping = trial, there, trial_cost, damping / 5
                if done:
                    break
            else:
                damping *= 10
                if damping > 1e3:
                    break
        return pose

    def _difference(self, level: Tensor, t: int, poses: np.ndarray) -> Tensor:
        """The first mask under poses [N,4] minus mask t, [N,P]; 0 where the first picture does not show the shape."""
        moved, known = self._moved_first_mask(level, poses)
        return ((moved - level[t]) * known).flatten(1)

    def _overlap(self, t: int, pose: np.ndarray) -> float:
        moved, known = self._moved_first_mask(self.sharp, pose[None])
        a, b = moved[0, 0] * known[0, 0] >= 0.5, self.sharp[t, 0] * known[0, 0] >= 0.5
        return float((a & b).sum() / (a | b).sum().clamp_min(1))

    def _moved_first_mask(self, level: Tensor, poses: np.ndarray) -> tuple[Tensor, Tensor]:
        """The first mask [N,1,h,w] under poses [N,4], and where it is known.

        Outside the first picture it is known to be empty, unless the shape touches the border.
        """
        pose = torch.from_numpy(poses).float()[:, :, None, None]
        x, y = self.x - self.pivot[0] - pose[:, 0], self.y - self.pivot[1] - pose[:, 1]
        cosine, sine = torch.cos(pose[:, 3]) / pose[:, 2].exp(), torch.sin(pose[:, 3]) / pose[:, 2].exp()
        back_x = x * cosine + y * sine + self.pivot[0]
        back_y = y * cosine - x * sine + self.pivot[1]
        at = torch.stack([back_x / self.extent[0], back_y / self.extent[1]], -1) * 2 - 1
        first = level[:1].expand(len(poses), -1, -1, -1)
        moved = F.grid_sample(first, at, mode="bilinear", padding_mode="zeros", align_corners=False)
        if not self.at_border[0]:
            return moved, torch.ones(1, 1, *self.x.shape)
        known = F.grid_sample(torch.ones_like(first), at, padding_mode="zeros", align_corners=False)
        return moved, (known > 0.999).float()

    def _centre(self, t: int) -> tuple[float, float]:
        mask = self.sharp[t, 0]
        total = mask.sum().clamp_min(1e-6)
        return float((mask * self.x).sum() / total), float((mask * self.y).sum() / total)

    def _radius(self) -> float:
        """Root mean square distance of the first mask's cells from the pivot, in units."""
        mask = self.sharp[0, 0]
        squared = (self.x - self.pivot[0]).square() + (self.y - self.pivot[1]).square()
        return float(((mask * squared).sum() / mask.sum()).sqrt())

    def _touches_border(self, t: int) -> bool:
        mask = self.sharp[t, 0]
        edges = torch.cat([mask[0], mask[-1], mask[:, 0], mask[:, -1]])
        return bool(edges.amax() > 0.25)


def _blur(masks: Tensor, sigma: float) -> Tensor:
    """Masks [T,1,h,w] blurred by a Gaussian of `sigma` cells, with the border repeated."""
    reach = math.ceil(3 * sigma)
    kernel = torch.exp(-0.5 * (torch.arange(-reach, reach + 1) / sigma).square())
    kernel = kernel / kernel.sum()
    soft = F.conv2d(F.pad(masks, (reach, reach, 0, 0), mode="replicate"), kernel[None, None, None])
    return F.conv2d(F.pad(soft, (0, 0, reach, reach), mode="replicate"), kernel[None, None, :, None])
