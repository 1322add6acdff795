"""Positions of an image's patches for the rotary embedding of CogVideoX 1.0.

That model was trained at 720x480 pixels, which are 45x30 patches. A picture of another aspect ratio or size is scaled to
fit into the middle of that grid, so its patches have fractional positions (`get_resize_crop_region_for_grid` and
`get_3d_rotary_pos_embed` of the released code). Time is counted in latent frames.
"""

from __future__ import annotations

import torch
from torch import Tensor

_ROWS, _COLUMNS = 30, 45


def rotary_positions(rows: int, columns: int) -> tuple[Tensor, Tensor]:
    """The vertical positions [rows] and the horizontal positions [columns] of an image's patches, in units of the grid."""
    if rows / columns > _ROWS / _COLUMNS:
        high, wide = _ROWS, round(_ROWS / rows * columns)
    else:
        high, wide = round(_COLUMNS / columns * rows), _COLUMNS
    top, left = round((_ROWS - high) / 2), round((_COLUMNS - wide) / 2)
    return _along(top, top + high, rows), _along(left, left + wide, columns)


def _along(first: int, end: int, count: int) -> Tensor:
    return torch.linspace(first, end * (count - 1) / count, count)
