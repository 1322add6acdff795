"""The inverse of a layer's motion: for each place in a frame, the place in the picture that the motion carries there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

TOLERANCE = 0.05  # px; how far linear interpolation between the nodes of the grid may be off
_NODES, _MOST_NODES = 40, 160  # along the short side
_MARGIN = (
    0.25  # of a side: the motion is evaluated this far outside of the picture, and continued evenly beyond
)
_STEPS = 6  # of Newton's iteration
_LONGEST_STEP = 0.1  # of a side, against steps that leap away where the motion nearly folds


class LayerMotion(Protocol):
    """The part of a layered motion that is inverted here."""

    def positions(self, index: int, times: Sequence[float] | np.ndarray, places: Tensor) -> Tensor:
        """Where layer `index` carries places [P,2] at clip times [N], as [N,P,2]; fractions of width and height."""
        ...


def inverse_on_nodes(
    motion: LayerMotion, index: int, times: Sequence[float] | np.ndarray, size: tuple[int, int]
) -> tuple[Tensor, Tensor]:
    """The inverse at the nodes of an even grid over a frame of `size` (height, width) whose first and last nodes lie on the
    frame's corners: [N,rows,columns,2], as fractions of the picture. Also the scale at which the layer appears [N].

    The motion is split into a fitted affine map and a rest, x -> A x + b + R(x), whose inverse Newton's iteration finds from
    that of the affine map. The grid is as fine as R needs. Where the motion folds the picture over, any of the places
    may be found.
    """
    affine, rest = _affine_and_rest(motion, index, times, size, _NODES)
    # The error in the middle of a cell, by the second differences along both axes.
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
            # Rows of the Jacobian: how x and y of the result change with x, and with y, of the place.
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
    """Derivatives [N,h,w,4] of a rest [N,h,w,2] by x (of its x and y), then by y, per width and height of the picture."""
    width, height = ((side - 1) / (1 + 2 * _MARGIN) for side in (rest.shape[2], rest.shape[1]))
    by_y, by_x = torch.gradient(rest, dim=(1, 2))
    return torch.cat([by_x * width, by_y * height], -1)


def _at(values: Tensor, places: Tensor) -> Tensor:
    """Values [N,h,w,C] on the grid of the picture and its margin, at places [N,H,W,2]: [N,H,W,C], linear in between."""
    at = (places + _MARGIN) / (1 + 2 * _MARGIN) * 2 - 1
    found = F.grid_sample(values.permute(0, 3, 1, 2), at, padding_mode="border", align_corners=True)
    return found.permute(0, 2, 3, 1)


def _counts(nodes: int, size: tuple[int, int]) -> tuple[int, int]:
    """Rows and columns of a grid with so many cells along the short side."""
    return tuple(max(2, round(nodes * side / min(size))) + 1 for side in size)  # type: ignore[return-value]


def _affine_and_rest(
    motion: LayerMotion, index: int, times: Sequence[float] | np.ndarray, size: tuple[int, int], nodes: int
) -> tuple[Tensor, Tensor]:
    """The affine map [N,3,2] (rows: x, y, 1) nearest to a motion, and what is left of it [N,rows,columns,2] on a grid over
    the picture and its margin."""
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
    """Linear interpolation of values at nodes [rows,columns,2], at the pixel centres of the part `box` (rows, columns) of a
    frame of `size` (height, width): [h,w,2]."""
    ys, xs = (
        ((np.arange(part.start, part.stop) + 0.5) / side * (count - 1)).astype(np.float32)
        for part, side, count in zip(box, size, nodes.shape[:2], strict=True)
    )
    grid_x, grid_y = np.meshgrid(xs, ys)
    # cv2.remap rounds positions to 1/32, which is too coarse for positions of positions.
    values = nodes.permute(2, 0, 1)[None]
    at = (
        torch.from_numpy(np.stack([grid_x / (nodes.shape[1] - 1), grid_y / (nodes.shape[0] - 1)], -1)) * 2 - 1
    )
    return (
        F.grid_sample(values, at[None], align_corners=True, padding_mode="border")[0]
        .permute(1, 2, 0)
        .contiguous()
    )
