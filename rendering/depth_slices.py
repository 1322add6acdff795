"""Depth slices: a layer with a depth map is cut into slices at its depth edges, as in a layered depth picture.

A camera that travels moves near things more than far ones, so the picture tears at the edges of its depth map (Shade et
al., "Layered Depth Images", SIGGRAPH 1998). The layer is cut at a few depths that separate the two sides of as many edges
as possible. Inside a slice the depth is smooth, so its motion can be inverted and a slice is drawn like any other layer;
what a near slice uncovers of a farther one is completed. A cut also runs through surfaces that recede evenly. There both
slices have the same depth and the same pixels on both sides of the cut, so that it cannot be seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from .hole_filling import pull_push
from .morphology import disc
from .motion_inverse import DepthMotion

MOST_CUTS = 3
_EDGE_SLOPE = 0.35  # px of parallax per px, which the change of depth at an edge exceeds
_FOLD_SLOPE = (
    1.0  # px of parallax per px, from which an even slope folds the picture over itself and counts as an edge
)
# Factor by which the change of depth grows at most when the area in which it is measured becomes twice as wide: 1 at an
# edge, 2 on an even slope.
_EDGE_SPREAD = 1.5
_LEAST_JUMP = 1.5  # px of parallax across an edge
_SHORTEST_EDGE = 0.05  # fraction of the short side; less edge than this is not worth a cut
_PLACES = 9  # along each side, at which the parallax is measured
_LEVELS = 256  # of depth, between which cuts are chosen
_CELLS = 96  # along the short side, of the depth inside a slice
_JOINED = 3  # of these cells, by which slices overlap where a cut runs through an even slope
_SOFTNESS = 0.7  # px, standard deviation of the blur of a slice's edge


@dataclass(frozen=True)
class DepthSlice:
    """A slice of a layer.

    cover: [H,W] in 0..1, its visible pixels, and of the nearer things the parts to which no farther slice is closer, so that it goes
    on behind them only beside its own surface. depths: [C,h,w], its smooth inverse depth for each camera, also where other slices
    are. joined: [H,W] bool, its surface: its visible pixels, and those beside them in other slices that no depth edge separates from
    it.
    """

    cover: Tensor
    depths: Tensor
    joined: Tensor


def depth_slices(depths: Tensor, cover: Tensor, pixels: Tensor, radius: int) -> list[DepthSlice]:
    """The slices, back to front, of a layer with inverse depths [C,H,W] (a channel for each camera).

    cover: [H,W], where the layer lies. pixels: [H,W], the parallax in px of two points whose inverse depths, averaged over
    the cameras, differ by 1. radius: px, the width on each side of an edge in which a depth map may be blurred.
    """
    depth, inside = depths.mean(0).numpy(), (cover > 0.5).numpy()
    far, near = cv2.erode(depth, disc(radius)), cv2.dilate(depth, disc(radius))
    jump = (near - far) * pixels.numpy()
    edge = inside & _edges(depth, jump, pixels.numpy(), radius)
    cuts = _cuts(far[edge], near[edge], jump[edge], _SHORTEST_EDGE * min(depth.shape) * (2 * radius + 1))
    # Blurred edges of the depth map are made crisp, so that no pixel lies between the two sides.
    crisp = np.where(edge, np.where(depth > (far + near) / 2, near, far), depth)
    nearer = [np.ones(inside.shape, bool), *(_without_specks(crisp > cut) for cut in cuts)]
    nearer.append(np.zeros(inside.shape, bool))
    slices, away = [], np.full(inside.shape, np.inf, np.float32)
    for own, front in pairwise(nearer):
        visible = own & ~front & inside
        if visible.any():
            distance = cv2.distanceTransform((~visible).astype(np.uint8), cv2.DIST_L2, 5)
            behind = own & (distance <= away)
            away = np.minimum(away, distance)
            soft = cv2.GaussianBlur(behind.astype(np.float32), (0, 0), _SOFTNESS)
            joined = _grown_within(visible & ~edge, inside & ~edge, _JOINED * min(depth.shape) / _CELLS)
            slices.append(
                DepthSlice(
                    cover * torch.from_numpy(soft) if slices else cover,
                    _smooth(depths, joined if joined.any() else visible),
                    torch.from_numpy(joined),
                )
            )
    return slices


def _edges(depth: np.ndarray, jump: np.ndarray, pixels: np.ndarray, radius: int) -> np.ndarray:
    """[H,W] bool: where the change of depth within `radius`, `jump` px of parallax, is large and is that of an edge.

    An even slope changes as much farther on. It only counts as an edge where it folds the picture over itself.
    """
    steep = jump > max(_LEAST_JUMP, _EDGE_SLOPE * (2 * radius + 1))
    # The border is continued evenly, because a slope would end there as it does at an edge.
    wide, inner = disc(2 * radius), (slice(2 * radius, -2 * radius),) * 2
    padded = np.pad(depth, 2 * radius, mode="reflect", reflect_type="odd")
    spread = (cv2.dilate(padded, wide) - cv2.erode(padded, wide))[inner] * pixels
    sure = steep & ((spread < _EDGE_SPREAD * jump) | (jump > _FOLD_SLOPE * 2 * radius))
    # Beside a blurred edge, only a part of the change lies within the radius.
    return steep & cv2.dilate(sure.astype(np.uint8), disc(2 * radius)).astype(bool)


def _grown_within(mask: np.ndarray, allowed: np.ndarray, distance: float) -> np.ndarray:
    """A mask [H,W] grown by `distance` px along paths that stay in `allowed`."""
    grown, kernel = mask.astype(np.uint8), np.ones((3, 3), np.uint8)
    for _ in range(round(distance)):
        grown = np.asarray(cv2.dilate(grown, kernel)) * allowed
    return grown > 0


def _cuts(far: np.ndarray, near: np.ndarray, jump: np.ndarray, fewest: float) -> list[float]:
    """At most `MOST_CUTS` depths, in ascending order, that lie between `far` [N] and `near` [N] of most edge pixels.

    Each is the one that separates the most of the edges left, weighted by their `jump` [N] in px. The search ends when it would separate
    fewer than `fewest` pixels.
    """
    if not len(far):
        return []
    low, high = float(far.min()), float(near.max())
    # The middle half of each jump, because a cut near its end could leave a part of the object behind.
    margin = (near - far) / 4
    first, last = (
        np.rint((value - low) / (high - low) * (_LEVELS - 1)).astype(np.int64)
        for value in (far + margin, near - margin)
    )
    weight, cuts = jump, []
    for _ in range(MOST_CUTS):
        steps = np.zeros(_LEVELS + 1)
        np.add.at(steps, first, weight)
        np.add.at(steps, last + 1, -weight)
        separated = steps.cumsum()[:-1]
        best = np.flatnonzero(separated >= 0.98 * separated.max())
        level = int(best[len(best) // 2])
        apart = (first <= level) & (level <= last)
        if apart.sum() < fewest:
            break
        cuts.append(low + level / (_LEVELS - 1) * (high - low))
        first, last, weight = first[~apart], last[~apart], weight[~apart]
        if not len(first):
            break
    return sorted(cuts)


def _without_specks(mask: np.ndarray) -> np.ndarray:
    return cv2.medianBlur(mask.astype(np.uint8), 5).astype(bool)


def _smooth(depths: Tensor, where: np.ndarray) -> Tensor:
    """Depths [C,h,w] on a coarse grid: means over `where`, which continue smoothly elsewhere."""
    height, width = where.shape
    scale = min(1.0, _CELLS / min(height, width))
    size = max(2, round(height * scale)), max(2, round(width * scale))
    weight = torch.from_numpy(where)[None, None].float()
    share = F.interpolate(weight, size, mode="area")
    mean = F.interpolate(depths[None] * weight, size, mode="area") / share.clamp_min(1e-6)
    filled = pull_push(mean, (share[:, 0] > 0.02).float())
    return _blur(filled)[0]


def _blur(values: Tensor) -> Tensor:
    kernel = torch.tensor([1.0, 4, 6, 4, 1]) / 16
    kernel = (kernel[:, None] * kernel).expand(values.shape[1], 1, 5, 5)
    return F.conv2d(F.pad(values, (2, 2, 2, 2), mode="replicate"), kernel, groups=values.shape[1])


def parallax_of(
    motion: DepthMotion,
    index: int,
    times: Sequence[float] | np.ndarray,
    depths: Tensor,
    size: tuple[int, int],
) -> Tensor:
    """[H,W]: the greatest distance in px of a frame of `size`, at any time, between points of inverse depth 0 and 1 that start
    at a pixel; measured over the range of `depths` [C,H,W], on a coarse grid."""
    low, high = depths.flatten(1).amin(1), depths.flatten(1).amax(1)
    spread = float((high - low).mean())
    if spread <= 0:
        return torch.zeros(size)
    at = torch.linspace(0, 1, _PLACES)
    places = torch.stack(torch.meshgrid(at, at, indexing="xy"), -1).reshape(-1, 2)
    sides = [
        motion.positions(index, times, places, each[:, None].expand(-1, len(places))) for each in (low, high)
    ]
    apart = ((sides[1] - sides[0]) * torch.tensor([size[1], size[0]])).norm(dim=-1).amax(0) / spread
    apart = apart.reshape(1, 1, _PLACES, _PLACES).float()
    return F.interpolate(apart, size, mode="bilinear", align_corners=True)[0, 0]
