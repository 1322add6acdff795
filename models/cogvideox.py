"""Where CogVideoX's rotary embedding places the patches of a picture.

CogVideoX 1.0 was trained at 720x480, 45x30 patches. Pictures of another shape are fitted into that grid, in its
middle, and their patches lie that much closer or further apart (the released code's `get_resize_crop_region_for_grid`
and `get_3d_rotary_pos_embed`). Time is counted in latent frames.
"""

from __future__ import annotations

import torch
from torch import Tensor

_ROWS, _COLUMNS = 30, 45


def rotary_positions(rows: int, columns: int) -> tuple[Tensor, Tensor]:
    """Vertical positions [rows] and horizontal positions [columns] of a picture's patches."""
    if rows / columns > _ROWS / _COLUMNS:
        high, wide = _ROWS, round(_ROWS / rows * columns)
    else:
        high, wide = round(_COLUMNS / columns * rows), _COLUMNS
    top, left = round((_ROWS - high) / 2), round((_COLUMNS - wide) / 2)
    return _along(top, top + high, rows), _along(left, left + wide, columns)


def _along(first: int, end: int, count: int) -> Tensor:
    return torch.linspace(first, end * (count - 1) / count, count)
