"""Following the shape of a mask: where it has gone, how much it has grown and how far it has turned.

The masks of an object in a video (a segmenter's track, a rotoscope, an alpha channel) say where its outline is, not
where its points are. What carries the first mask onto each later one as well as a similarity can is taken for the
motion: found by comparing the masks, softened, first coarsely and then finely (Lucas and Kanade's method, IJCAI 1981,
with Levenberg's damping). A turn that the shape does not show, of a ball say, is not invented.
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

LONG_SIDE = 128  # cells that masks are compared on
# How soft the masks are made, in shares of the long side; coarse to fine.
_SOFTNESS = (0.03, 0.008)
_STEPS = 15
# Differences for the slopes, in units, log scale and radians.
_PROBE = (0.004, 0.004, 0.01, 0.01)
# A turn is held where it was, this firmly beside how firmly shifts of the same size are shown.
_HELD = 0.005
# Turns must lessen the whole clip's difference to this share of what it is without any.
_SHOWN = 0.8
# A mask of less than this share of the picture shows nothing.
_LOST = 1e-4
# From this overlap on a fit is good enough not to look for another turn.
_GOOD_OVERLAP = 0.8


@dataclass(frozen=True)
class ShapeTrack:
    """`pose` [T,4]: shift (dx, dy in units, short side = 1), natural logarithm of the growth, and clockwise turn in
    radians about `pivot` (x, y in units); `seen` [T]; `overlap` [T], intersection over union of the first mask so
    moved with each mask."""

    pose: np.ndarray
    pivot: tuple[float, float]
    seen: np.ndarray
    overlap: np.ndarray


def track_shape(
    masks: Tensor,
    turns: bool = True,
    grows: bool = True,
    on_frame: Callable[[int], None] | None = None,
) -> ShapeTrack:
    """Follow the shape in masks [T,H,W] (0..1) from the first. `turns` and `grows` say whether it may.

    `on_frame(t)` is called once a frame, twice when turns are looked for. Where a mask is empty the motion goes on between its neighbours, and after the last straight on. Raises ValueError
    for an empty or full first mask, and wrong shapes.
    """
    if masks.ndim != 3 or masks.numel() == 0:
        raise ValueError(f"masks to follow are [frames, height, width], not {list(masks.shape)}")
    masks = masks.detach().float().cpu().clamp(0, 1)
    shares = masks.flatten(1).mean(1)
    if shares[0] < _LOST:
        raise ValueError(
            "the first mask is empty, and the motion begins there: start the clip where the object is in the picture"
        )
    if shares[0] > 1 - _LOST:
        raise ValueError("the first mask covers the whole picture: there is no shape to follow")
    seen = (shares >= _LOST).numpy()
    found = _followed(_Fit(masks, (True, True, grows, False)), seen, on_frame)
    if turns:
        turned = _followed(_Fit(masks, (True, True, grows, True)), seen, on_frame)
        if turned.difference < _SHOWN * found.difference:
            found = turned
    return ShapeTrack(_filled(found.poses, seen), found.pivot, seen, found.overlap)


class _Followed(NamedTuple):
    poses: np.ndarray
    pivot: tuple[float, float]
    overlap: np.ndarray
    difference: float


def _followed(fit: _Fit, seen: np.ndarray, on_frame: Callable[[int], None] | None) -> _Followed:
    """Every seen frame's pose, each looked for from where the one before it was going."""
    poses, overlap, difference = np.zeros((len(seen), 4)), np.zeros(len(seen)), 0.0
    overlap[0] = 1.0
    last = speed = np.zeros(4)
    for t in range(1, len(seen)):
        if on_frame is not None:
            on_frame(t)
        if seen[t]:
            poses[t], overlap[t] = fit.pose(t, [last + speed, last])
            difference += fit.difference(t, poses[t])
            speed, last = (poses[t] - last) if seen[t - 1] else np.zeros(4), poses[t]
    return _Followed(poses, fit.pivot, overlap, difference)


def _filled(poses: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Poses [T,4] with those of unseen frames between their neighbours, or straight on after the last."""
    frames = np.arange(len(poses))
    known = frames[seen]
    filled = np.stack([np.interp(frames, known, poses[known, i]) for i in range(4)], axis=1)
    last = known[-1]
    if last + 1 < len(poses) and len(known) > 1:
        before = known[-min(4, len(known))]
        speed = (poses[last, :2] - poses[before, :2]) / (last - before)
        filled[last + 1 :, :2] = poses[last, :2] + speed * (frames[last + 1 :] - last)[:, None]
    return filled


class _Fit:
    """The first mask carried onto another by the similarity that leaves the least difference."""

    def __init__(self, masks: Tensor, free: tuple[bool, ...]) -> None:
        height, width = masks.shape[1:]
        self.free = [i for i in range(4) if free[i]]
        cells = (
            max(8, round(height * LONG_SIDE / max(height, width))),
            max(8, round(width * LONG_SIDE / max(height, width))),
        )
        small = F.interpolate(masks[:, None], size=cells, mode="area")
        # Soft outlines go on beyond the border: what is cut off there is not an edge of the shape.
        self.levels = [_softened(small, share * LONG_SIDE) for share in _SOFTNESS]
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
        self.touches = [self._touches_border(t) for t in range(len(masks))]

    def pose(self, t: int, starts: list[np.ndarray]) -> tuple[np.ndarray, float]:
        """The pose [4] of frame t and its overlap, looked for from each start and from the shape's own moments."""
        starts = [*starts]
        if not self.touches[t]:
            guess = starts[-1].copy()
            guess[:2] = np.subtract(self._centre(t), self.pivot)
            if 2 in self.free and not self.touches[0]:
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
        """Sum of squared differences of frame t, finely."""
        return float(self._difference(self.levels[1], t, pose[None]).square().sum())

    def _best(self, t: int, starts: list[np.ndarray]) -> tuple[np.ndarray, float]:
        """The best of the fits of frame t from several starts, and its overlap."""
        level = self.levels[0]
        rough = [self._refined(level, t, start) for start in starts]
        costs = [float(self._difference(level, t, pose[None])[0].square().sum()) for pose in rough]
        pose = self._refined(self.levels[1], t, rough[int(np.argmin(costs))])
        return pose, self._overlap(t, pose)

    def _refined(self, level: Tensor, t: int, start: np.ndarray) -> np.ndarray:
        """Levenberg's method from `start`: steps that lessen the squared difference."""
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
                held = _HELD * (normal[0, 0] + normal[1, 1]) / 2 * self.radius**2
                normal[turn, turn] += held
                downhill[turn] += held * (pose[3] - start[3])
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
        """First mask under poses [N,4] less mask t, [N,P]: where the first picture knows what would be there."""
        carried, known = self._carried(level, poses)
        return ((carried - level[t]) * known).flatten(1)

    def _overlap(self, t: int, pose: np.ndarray) -> float:
        carried, known = self._carried(self.sharp, pose[None])
        a, b = carried[0, 0] * known[0, 0] >= 0.5, self.sharp[t, 0] * known[0, 0] >= 0.5
        return float((a & b).sum() / (a | b).sum().clamp_min(1))

    def _carried(self, level: Tensor, poses: np.ndarray) -> tuple[Tensor, Tensor]:
        """The first mask [N,1,h,w] under poses [N,4], and where it is known: outside the first picture only where the
        shape does not reach its border."""
        pose = torch.from_numpy(poses).float()[:, :, None, None]
        x, y = self.x - self.pivot[0] - pose[:, 0], self.y - self.pivot[1] - pose[:, 1]
        cosine, sine = torch.cos(pose[:, 3]) / pose[:, 2].exp(), torch.sin(pose[:, 3]) / pose[:, 2].exp()
        back_x = x * cosine + y * sine + self.pivot[0]
        back_y = y * cosine - x * sine + self.pivot[1]
        at = torch.stack([back_x / self.extent[0], back_y / self.extent[1]], -1) * 2 - 1
        first = level[:1].expand(len(poses), -1, -1, -1)
        carried = F.grid_sample(first, at, mode="bilinear", padding_mode="zeros", align_corners=False)
        if not self.touches[0]:
            return carried, torch.ones(1, 1, *self.x.shape)
        known = F.grid_sample(torch.ones_like(first), at, padding_mode="zeros", align_corners=False)
        return carried, (known > 0.999).float()

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


def _softened(masks: Tensor, sigma: float) -> Tensor:
    """Masks [T,1,h,w] blurred by a Gaussian of `sigma` cells, repeated beyond the border."""
    reach = math.ceil(3 * sigma)
    kernel = torch.exp(-0.5 * (torch.arange(-reach, reach + 1) / sigma).square())
    kernel = kernel / kernel.sum()
    soft = F.conv2d(F.pad(masks, (reach, reach, 0, 0), mode="replicate"), kernel[None, None, None])
    return F.conv2d(F.pad(soft, (0, 0, reach, reach), mode="replicate"), kernel[None, None, :, None])
