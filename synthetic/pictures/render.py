"""Example pictures, painted by this file's scenes: nothing to download, the same bytes every time."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from .balloon import paint_balloon
from .boat import paint_boat
from .paint import Canvas
from .pinwheel import paint_pinwheel

_SCENES: dict[str, Callable[[Canvas], None]] = {
    "balloon": paint_balloon,
    "boat": paint_boat,
    "pinwheel": paint_pinwheel,
}
EXAMPLE_IMAGES = tuple(_SCENES)

# Painted this much larger and averaged down, so that edges are smooth.
_SUPERSAMPLING = 2


@torch.no_grad()
def render_example(name: str, height: int = 512, width: int = 512, seed: int = 0) -> Tensor:
    """Paint an example picture, IMAGE [1,H,W,3] in 0..1. `seed` changes clouds, hills and other chance details.

    name: one of EXAMPLE_IMAGES. Raises ValueError for an unknown name or a size outside 16..4096.
    """
    if name not in _SCENES:
        raise ValueError(f"There is no example image {name!r}; there are {', '.join(_SCENES)}.")
    if not (16 <= height <= 4096 and 16 <= width <= 4096):
        raise ValueError(f"An example image can be 16 to 4096 pixels a side, not {width}x{height}.")
    canvas = Canvas(height * _SUPERSAMPLING, width * _SUPERSAMPLING, seed)
    _SCENES[name](canvas)
    picture = F.avg_pool2d(canvas.colour[None].clamp(0, 1), _SUPERSAMPLING)
    return picture.permute(0, 2, 3, 1).clamp(0, 1).contiguous()
