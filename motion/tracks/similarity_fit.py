"""The similarity transform that maps one mask onto another, as far as their outlines show it.

A pose is (dx, dy) in units (the short side of the picture is 1), the natural logarithm of the scale, and a clockwise
rotation in radians about `pivot`. Outlines do not always determine it: a straight edge that the picture cuts off at both
ends shows no movement along itself, and a horizon no change of size. Such directions have (nearly) no curvature in the
squared difference of the masks, so the fit leaves them as they were at its start; `PoseFit.unseen` tells them.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from .mask_windows import MaskWindows

# Standard deviations of the blur as shares of the long side, coarse to fine; the finer in cells at least.
_BLURS = (0.03, 0.008)
_LEAST_BLUR = 0.7
_STEPS = 15
# Steps of the finite differences: x and y in cells, logarithm of the scale, radians.
_PROBE = (0.4, 0.4, 0.01, 0.01)
# Prior weight on the previous rotation, relative to the weight of a translation of the same size.
_ROTATION_PRIOR = 0.005
# With at least this overlap no other rotation is tried.
_GOOD_OVERLAP = 0.8
# A shift is seen if a step in its direction changes the masks by this share of what the best visible shift changes.
CLEARLY_SEEN, JUST_SEEN = 0.2, 0.008
# A scale or rotation is seen if this share of its effect is not that of a shift...
_SEEN_APART = 0.02
# ...and if it moves the outline by this many standard deviations of the blur (root mean square) for a step of 1. A
# change of scale also sharpens a single blurred edge, by 0.7 of these, which says nothing of the shape's size.
_SEEN_LEVER = 1.5
# Cells nearer to the border than this many standard deviations of the blur are no evidence: the blur bends outlines there.
_RIM = 2.0


class PoseFit(NamedTuple):
    """A pose [4], the overlap of the masks under it, and the direction [2] in which no shift can be seen, or None."""

    pose: np.ndarray
    overlap: float
    unseen: np.ndarray | None


class SimilarityFit:
    """Fits the pose of the first mask in other frames.

    `free` says which of the four numbers of a pose may change, and `seen` which shifts count as seen: CLEARLY_SEEN, or
    JUST_SEEN to follow also small features of a long outline, which may be noise.
    """

    def __init__(self, windows: MaskWindows, free: tuple[bool, ...], seen: float) -> None:
        self.windows, self.seen = windows, seen
        self.free = [i for i in range(4) if free[i]]
        self.sharp = windows.cells
        sigmas = [max(share * windows.long_side, _LEAST_BLUR) for share in _BLURS]
        self.levels = [_blur(self.sharp, sigma) for sigma in sigmas]
        rows, columns = self.sharp.shape[2:]
        self.y, self.x = torch.meshgrid(
            (torch.arange(rows) + 0.5) * (windows.size[1] / rows),
            (torch.arange(columns) + 0.5) * (windows.size[0] / columns),
            indexing="ij",
        )
        self.blurs = [sigma * windows.cell for sigma in sigmas]  # units
        self.pivot = self._centre(0)
        self.radius = self._radius()
        self.cut = [bool(sides.any()) for sides in windows.sides]  # by the picture's border

    def pose(self, t: int, starts: list[np.ndarray]) -> PoseFit:
        """The pose of frame t, fitted from each of `starts` and, where the whole shape shows, from the mask's moments."""
        starts = [*starts]
        if not self.cut[t]:
            guess = starts[-1].copy()
            guess[:2] = np.subtract(self._centre(t), self.pivot)
            if 2 in self.free and not self.cut[0]:
                guess[2] = 0.5 * math.log(float(self.sharp[t].sum() / self.sharp[0].sum()))
            starts.append(guess)
        best = self._best(t, starts)
        if best.overlap < _GOOD_OVERLAP and 3 in self.free:
            turned = [best.pose + np.array([0, 0, 0, math.radians(angle)]) for angle in (-60, -30, 30, 60)]
            other = self._best(t, turned)
            if other.overlap > best.overlap + 0.02:
                return other
        return best

    def difference(self, t: int, pose: np.ndarray) -> float:
        """Sum of squared differences of frame t from the first mask under a pose, at the finest level."""
        return self._cost(1, t, pose)

    def _best(self, t: int, starts: list[np.ndarray]) -> PoseFit:
        """The best fit of frame t of those from several starts."""
        rough = [self._minimize(0, t, start) for start in starts]
        costs = [self._cost(0, t, pose) for pose in rough]
        # Where a start is as good as an earlier one, the earlier stays.
        first = rough[int(np.argmin(np.round(costs, 6)))]
        pose = self._minimize(1, t, first)
        unseen = self._observable(1, t, pose).unseen
        return PoseFit(pose, self._overlap(t, pose), unseen)

    def _cost(self, level: int, t: int, pose: np.ndarray) -> float:
        difference, share = self._difference(level, t, pose[None])
        return float(difference.square().sum()) / share

    def _minimize(self, level: int, t: int, start: np.ndarray) -> np.ndarray:
        """The pose that minimises the squared difference along what can be seen, by Levenberg's method from `start`."""
        pose, damping = start.copy(), 1e-3
        basis = self._observable(level, t, start).basis
        if not basis.shape[1]:
            return pose
        here, share = self._difference(level, t, pose[None])
        cost = float(here.square().sum()) / share
        for _ in range(_STEPS):
            slopes = self._slopes(level, t, pose)
            normal, downhill = slopes @ slopes.T, slopes @ here[0].double().numpy()
            if 3 in self.free:
                turn = self.free.index(3)
                prior = _ROTATION_PRIOR * (normal[0, 0] + normal[1, 1]) / 2 * self.radius**2
                normal[turn, turn] += prior
                downhill[turn] += prior * (pose[3] - start[3])
            normal, downhill = basis.T @ normal @ basis, basis.T @ downhill
            diagonal = np.diag(normal)
            damped = normal + np.diag(damping * diagonal + 1e-9 * diagonal.max() + 1e-12)
            trial = pose.copy()
            trial[self.free] -= basis @ np.linalg.solve(damped, downhill)
            there, share = self._difference(level, t, trial[None])
            trial_cost = float(there.square().sum()) / share
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

    def _slopes(self, level: int, t: int, pose: np.ndarray) -> np.ndarray:
        """Derivatives [F,P] of the difference by the free numbers of the pose."""
        steps = np.array(_PROBE) * [self.windows.cell, self.windows.cell, 1, 1]
        probes = np.repeat(pose[None], 2 * len(self.free), 0)
        for row, i in enumerate(self.free):
            probes[2 * row, i] += steps[i]
            probes[2 * row + 1, i] -= steps[i]
        values = self._difference(level, t, probes)[0].double().numpy()
        return (values[::2] - values[1::2]) / (2 * steps[self.free])[:, None]

    def _observable(self, level: int, t: int, pose: np.ndarray) -> _Observable:
        """What of a change of the pose can be seen in frame t, from the outline of the first mask under the pose."""
        slopes = self._slopes(level, t, pose)
        if self.cut[0] or self.cut[t]:
            slopes = slopes * self._evidence(level, t, pose).flatten().numpy()
        shifts, basis = slopes[:2], np.zeros((len(self.free), 0))
        values, directions = np.linalg.eigh(shifts @ shifts.T)
        if values[1] * self.windows.cell**2 < 1e-6:
            return _Observable(basis, None)
        seen = values >= self.seen * values[1]
        columns = [_column(len(self.free), [0, 1], directions[:, k]) for k in (0, 1) if seen[k]]
        gradient = directions[:, seen].T @ shifts  # [1 or 2, P]
        x, y = (values.flatten() for values in self._arms(t, pose))
        lever = _SEEN_LEVER * self.blurs[level]
        for row, i in enumerate(self.free[2:], 2):
            arm = np.stack([x, y]) if i == 2 else np.stack([-y, x])
            # The effect on the outline alone: what is left of shifts that cannot be seen is noise.
            effect = ((directions[:, seen].T @ arm) * gradient).sum(0)
            apart = effect - gradient.T @ np.linalg.lstsq(gradient.T, effect, rcond=None)[0]
            if apart @ apart >= max(_SEEN_APART * (effect @ effect), lever**2 * values[1]):
                columns.append(_column(len(self.free), [row], np.ones(1)))
        return _Observable(np.stack(columns, 1), None if seen[0] else directions[:, 0])

    def _difference(self, level: int, t: int, poses: np.ndarray) -> tuple[Tensor, float]:
        """The first mask under poses [N,4] minus mask t, [N,P], and the share of cells that are compared.

        The difference is 0 where the first picture does not show the shape. Without the share, a pose that takes the
        shape out of the picture would have the smallest difference.
        """
        moved, known = self._moved_first_mask(self.levels[level], t, poses)
        difference = ((moved - self.levels[level][t]) * known).flatten(1)
        return difference, max(float(known[0].mean()), 0.05)

    def _overlap(self, t: int, pose: np.ndarray) -> float:
        moved, known = self._moved_first_mask(self.sharp, t, pose[None])
        a, b = moved[0, 0] * known[0, 0] >= 0.5, self.sharp[t, 0] * known[0, 0] >= 0.5
        return float((a & b).sum() / (a | b).sum().clamp_min(1))

    def _arms(self, t: int, pose: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(x, y) from the moved pivot to each cell of frame t's window, in units."""
        corner = self.windows.offset[t]
        return (
            (self.x + (corner[0] - self.pivot[0] - pose[0])).double().numpy(),
            (self.y + (corner[1] - self.pivot[1] - pose[1])).double().numpy(),
        )

    def _places(self, t: int, poses: np.ndarray) -> tuple[Tensor, Tensor]:
        """(x, y) [N,h,w] in the first picture, in units, of the cells of frame t's window under poses [N,4]."""
        pose = torch.from_numpy(poses).float()[:, :, None, None]
        corner = self.windows.offset[t]
        x = self.x + (corner[0] - self.pivot[0]) - pose[:, 0]
        y = self.y + (corner[1] - self.pivot[1]) - pose[:, 1]
        cosine, sine = torch.cos(pose[:, 3]) / pose[:, 2].exp(), torch.sin(pose[:, 3]) / pose[:, 2].exp()
        return x * cosine + y * sine + self.pivot[0], y * cosine - x * sine + self.pivot[1]

    def _moved_first_mask(self, level: Tensor, t: int, poses: np.ndarray) -> tuple[Tensor, Tensor]:
        """The first mask [N,1,h,w] under poses [N,4] in frame t's window, and where it is known.

        Outside the first picture it is known to be empty, unless the shape is cut off by its border.
        """
        x, y = self._places(t, poses)
        corner, size = self.windows.offset[0], self.windows.size
        at = torch.stack([(x - corner[0]) / size[0], (y - corner[1]) / size[1]], -1) * 2 - 1
        first = level[:1].expand(len(poses), -1, -1, -1)
        moved = F.grid_sample(first, at, mode="bilinear", padding_mode="zeros", align_corners=False)
        if not self.cut[0]:
            return moved, torch.ones(1, 1, *self.x.shape)
        return moved, self._inside(x, y, 0.4999 * self.windows.cell)[:, None].float()

    def _inside(self, x: Tensor, y: Tensor, margin: float) -> Tensor:
        """Whether places (x, y) are in the picture, at least `margin` from its border."""
        width, height = self.windows.extent
        return (x >= margin) & (x <= width - margin) & (y >= margin) & (y <= height - margin)

    def _evidence(self, level: int, t: int, pose: np.ndarray) -> Tensor:
        """1 for cells [h,w] of frame t that are far from the borders of both pictures, where the blur bends outlines."""
        x, y = self._places(t, pose[None])
        corner = self.windows.offset[t]
        rim = _RIM * self.blurs[level]
        here = self._inside(self.x + corner[0], self.y + corner[1], rim)
        return (here & self._inside(x[0], y[0], rim)).float()

    def _centre(self, t: int) -> tuple[float, float]:
        """The centre of mask t in the picture, in units."""
        mask = self.sharp[t, 0]
        total, corner = mask.sum().clamp_min(1e-6), self.windows.offset[t]
        return float((mask * self.x).sum() / total + corner[0]), float(
            (mask * self.y).sum() / total + corner[1]
        )

    def _radius(self) -> float:
        """Root mean square distance of the first mask's cells from the pivot, in units."""
        mask, corner = self.sharp[0, 0], self.windows.offset[0]
        x, y = self.x + (corner[0] - self.pivot[0]), self.y + (corner[1] - self.pivot[1])
        return float(((mask * (x.square() + y.square())).sum() / mask.sum()).sqrt())


class _Observable(NamedTuple):
    """The changes of a pose that can be seen, as columns [F,B], and the direction [2] of an unseen shift, or None."""

    basis: np.ndarray
    unseen: np.ndarray | None


def _column(length: int, rows: list[int], values: np.ndarray) -> np.ndarray:
    column = np.zeros(length)
    column[rows] = values
    return column


def _blur(masks: Tensor, sigma: float) -> Tensor:
    """Masks [T,1,h,w] blurred by a Gaussian of `sigma` cells, with the border repeated.

    The border is repeated because a shape that is cut off there has no outline at the border.
    """
    reach = math.ceil(3 * sigma)
    kernel = torch.exp(-0.5 * (torch.arange(-reach, reach + 1) / sigma).square())
    kernel = kernel / kernel.sum()
    soft = F.conv2d(F.pad(masks, (reach, reach, 0, 0), mode="replicate"), kernel[None, None, None])
    return F.conv2d(F.pad(soft, (0, 0, reach, reach), mode="replicate"), kernel[None, None, :, None])
