"""The example pictures by name. They are painted when they are needed, and are the same bytes every time."""

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

# Pictures are painted larger by this factor and averaged, so that edges are smooth.
_SUPERSAMPLING = 2


@torch.no_grad()
def render_example(name: str, height: int = 512, width: int = 512, seed: int = 0) -> Tensor:
    """Paint the example picture `name`, one of `EXAMPLE_IMAGES`, as an IMAGE [1,H,W,3] in 0..1.

    `seed` changes clouds, hills and other random details. Raises ValueError for an unknown name and for a size outside
    16..4096 pixels.
    """
    if name not in _SCENES:
        raise ValueError(f"there is no example picture {name!r}; choose one of {', '.join(_SCENES)}")
    if not (16 <= height <= 4096 and 16 <= width <= 4096):
        raise ValueError(
            f"the size is {width}x{height}; an example picture can have 16 to 4096 pixels a side"
        )
    canvas = Canvas(height * _SUPERSAMPLING, width * _SUPERSAMPLING, seed)
    _SCENES[name](canvas)
    picture = F.avg_pool2d(canvas.colour[None].clamp(0, 1), _SUPERSAMPLING)
    return picture.permute(0, 2, 3, 1).clamp(0, 1).contiguous()
