"""Even grids of points over a picture, and the points of them that lie in a region."""

from __future__ import annotations

import torch
from torch import Tensor

HALVINGS = 4


def grid_points(height: int, width: int, spacing: float) -> Tensor:
    """Points [N,2] (x, y in pixels) at the centres of an even grid of cells of about `spacing` pixels."""
    rows, columns = max(1, round(height / spacing)), max(1, round(width / spacing))
    y = (torch.arange(rows) + 0.5) * (height / rows)
    x = (torch.arange(columns) + 0.5) * (width / columns)
    return torch.cartesian_prod(y, x).flip(1)


def points_inside(region: Tensor, spacing: float, least: int = 3) -> Tensor:
    """Points [N,2] (x, y in pixels) of an even grid that lie in `region` [H,W] (bool), about `spacing` pixels apart.

    While fewer than `least` points lie inside, the spacing is halved, up to four times and down to one pixel, so that
    small regions have points too. N is 0 when no point of the finest grid lies inside.
    """
    height, width = region.shape
    points = torch.zeros(0, 2)
    for halving in range(HALVINGS + 1):
        points = grid_points(height, width, max(1.0, spacing / 2**halving))
        points = points[region[points[:, 1].long(), points[:, 0].long()]]
        if len(points) >= least:
            break
    return points
