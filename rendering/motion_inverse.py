"""The inverse of a layer's motion: for each point of a frame, the point of the first frame that moves there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

TOLERANCE = 0.05  # px; greatest error of the linear interpolation between the nodes of the grid
_NODES, _MOST_NODES = 40, 160  # cells of the grid along the short side
# Fraction of a side by which the motion is evaluated outside the picture. Farther out, R (see below) is constant.
_MARGIN = 0.25
_MOST_KEPT = 1 << 22  # values of one layer's inverse that are kept: 16 MiB
_STEPS = 6  # of Newton's iteration
_LONGEST_STEP = (
    0.1  # fraction of a side; Newton's steps are clamped to it, as they diverge where the motion nearly folds
)


class LayerMotion(Protocol):
    """The method of a layered motion that this module inverts."""

    def positions(self, index: int, times: Sequence[float] | np.ndarray, places: Tensor) -> Tensor:
        """Positions [N,P,2], at clip times [N], of points [P,2] of layer `index`, in fractions of width and height."""
        ...


class DepthMotion(LayerMotion, Protocol):
    """A layered motion under cameras for which every point has a depth."""

    def positions(
        self,
        index: int,
        times: Sequence[float] | np.ndarray,
        places: Tensor,
        depths: Tensor | None = None,
    ) -> Tensor:
        """As in `LayerMotion`; the points' inverse depths [C,P] for each camera are given or are the motion's own."""
        ...


@dataclass(frozen=True)
class SliceMotion:
    """The motion of the layers with the smooth inverse depth [C,h,w] of one depth slice."""

    motion: DepthMotion
    depths: Tensor

    def positions(self, index: int, times: Sequence[float] | np.ndarray, places: Tensor) -> Tensor:
        """See `LayerMotion`."""
        at = (places * 2 - 1).float()[None, None]
        depths = F.grid_sample(self.depths[None], at, padding_mode="border", align_corners=False)
        return self.motion.positions(index, times, places, depths[0, :, 0])


class MotionInverse:
    """The inverse of one layer's motion over frames of one size; see `inverse_on_nodes`.

    The results for the first frames are kept, because a picture is first extended as far as the frames need and then drawn.
    """

    def __init__(self, motion: LayerMotion, index: int, size: tuple[int, int]):
        self.motion, self.index, self.size = motion, index, size
        self._kept: dict[float, tuple[Tensor, float]] = {}
        self._values = 0

    def on_nodes(self, times: Sequence[float] | np.ndarray) -> list[tuple[Tensor, float]]:
        """For each clip time, the inverse at nodes [rows,columns,2] and the mean scale."""
        wanted = [float(time) for time in times]
        missing = [time for time in wanted if time not in self._kept]
        found = {}
        if missing:
            nodes, scales = inverse_on_nodes(self.motion, self.index, missing, self.size)
            found = dict(zip(missing, zip(nodes, scales.tolist(), strict=True), strict=True))
            if self._values + nodes.numel() <= _MOST_KEPT:
                self._values += nodes.numel()
                self._kept.update(found)
        return [found[time] if time in found else self._kept[time] for time in wanted]


def inverse_on_nodes(
    motion: LayerMotion, index: int, times: Sequence[float] | np.ndarray, size: tuple[int, int]
) -> tuple[Tensor, Tensor]:
    """The inverse motion at the nodes of an even grid over a frame, and the layer's mean scale [N] at each time.

    The result [N,rows,columns,2] is in fractions of the picture's width and height; the outer nodes lie on the border of
    the frame, whose `size` is (height, width). The motion is split into a least-squares affine map and a residual,
    x -> A x + b + R(x), and inverted by Newton's method, starting from the inverse of the affine map. The grid is refined
    until it meets `TOLERANCE` for R. Where the motion folds the picture over itself, several points move to one place;
    the result is any one of them.
    """
    affine, rest = _affine_and_rest(motion, index, times, size, _NODES)
    # The error of linear interpolation in the middle of a cell, estimated from second differences along both axes.
    curvature = sum(
        float(rest.diff(n=2, dim=axis).abs().amax()) / 4 * side for axis, side in ((1, size[0]), (2, size[1]))
    )
    nodes = _NODES
    if curvature > TOLERANCE:
        nodes = min(_MOST_NODES, round(_NODES * (curvature / TOLERANCE) ** 0.5))
        affine, rest = _affine_and_rest(motion, index, times, size, nodes)
    rows, columns = _counts(nodes, size)
    v, u = torch.meshgrid(torch.linspace(0, 1, rows), torch.linspace(0, 1, columns), indexing="ij")
    linear, aim = affine[:, :2].float(), torch.stack([u, v], -1) - affine[:, 2].float()[:, None, None]
    places = torch.einsum("nhwi,nij->nhwj", aim, torch.linalg.inv(affine[:, :2]).float())
    if float(rest.abs().max()) > 1e-6:
        slopes = _slopes(rest)
        for _ in range(_STEPS):
            found = _at(torch.cat([rest, slopes], -1), places)
            error = torch.einsum("nhwi,nij->nhwj", places, linear) + found[..., :2] - aim
            # The first row of the Jacobian holds the derivatives by x, the second row those by y.
            jacobian = linear[:, None, None] + found[..., 2:].unflatten(-1, (2, 2))
            xx, xy, yx, yy = jacobian.flatten(-2).unbind(-1)
            determinant = xx * yy - xy * yx
            folded = determinant.abs() < 0.02
            determinant = torch.where(folded, 0.02, determinant)
            step_x = (yy * error[..., 0] - yx * error[..., 1]) / determinant
            step_y = (xx * error[..., 1] - xy * error[..., 0]) / determinant
            places = places - torch.stack([step_x, step_y], -1).clamp(-_LONGEST_STEP, _LONGEST_STEP)
    return places, torch.linalg.det(affine[:, :2]).abs().sqrt().float()


def _slopes(rest: Tensor) -> Tensor:
    """Derivatives [N,h,w,4] of a residual [N,h,w,2]: d/dx of both components, then d/dy, in fractions of the picture."""
    width, height = ((side - 1) / (1 + 2 * _MARGIN) for side in (rest.shape[2], rest.shape[1]))
    by_y, by_x = torch.gradient(rest, dim=(1, 2))
    return torch.cat([by_x * width, by_y * height], -1)


def _at(values: Tensor, places: Tensor) -> Tensor:
    """Values [N,H,W,C] at points [N,H,W,2], interpolated linearly from [N,h,w,C] on a grid that includes the margin."""
    at = (places + _MARGIN) / (1 + 2 * _MARGIN) * 2 - 1
    found = F.grid_sample(values.permute(0, 3, 1, 2), at, padding_mode="border", align_corners=True)
    return found.permute(0, 2, 3, 1)


def _counts(nodes: int, size: tuple[int, int]) -> tuple[int, int]:
    """Rows and columns of nodes of a grid with `nodes` cells along the short side."""
    return tuple(max(2, round(nodes * side / min(size))) + 1 for side in size)  # type: ignore[return-value]


def _affine_and_rest(
    motion: LayerMotion, index: int, times: Sequence[float] | np.ndarray, size: tuple[int, int], nodes: int
) -> tuple[Tensor, Tensor]:
    """The least-squares affine map [N,3,2] (rows: x, y, 1) of a motion, and the residual [N,rows,columns,2].

    The residual is sampled on a grid over the picture and its margin.
    """
    rows, columns = (count * 3 // 2 for count in _counts(nodes, size))
    y, x = torch.meshgrid(
        torch.linspace(-_MARGIN, 1 + _MARGIN, rows),
        torch.linspace(-_MARGIN, 1 + _MARGIN, columns),
        indexing="ij",
    )
    places = torch.stack([x, y], -1).reshape(-1, 2)
    moved = motion.positions(index, times, places).double()
    design = torch.cat([places, torch.ones(len(places), 1)], 1).double()
    affine = torch.linalg.lstsq(design.expand(len(moved), -1, -1), moved).solution
    return affine, (moved - design @ affine).float().reshape(len(moved), rows, columns, 2)


def between_nodes(nodes: Tensor, box: tuple[slice, slice], size: tuple[int, int]) -> Tensor:
    """Values [h,w,2] at the pixel centres in `box`, interpolated linearly from those at nodes [rows,columns,2].

    `box` holds the slices of rows and columns in a frame of `size` (height, width).
    """
    ys, xs = (
        ((np.arange(part.start, part.stop) + 0.5) / side * (count - 1)).astype(np.float32)
        for part, side, count in zip(box, size, nodes.shape[:2], strict=True)
    )
    grid_x, grid_y = np.meshgrid(xs, ys)
    # cv2.remap would be faster, but it rounds sampling positions to 1/32 of a cell, which is too coarse here.
    values = nodes.permute(2, 0, 1)[None]
    at = (
        torch.from_numpy(np.stack([grid_x / (nodes.shape[1] - 1), grid_y / (nodes.shape[0] - 1)], -1)) * 2 - 1
    )
    return (
        F.grid_sample(values, at[None], align_corners=True, padding_mode="border")[0]
        .permute(1, 2, 0)
        .contiguous()
    )
