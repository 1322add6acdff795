"""What a model is shown where a motion uncovers something, and how certain that is.

The pixels of a warped picture are known (they are in the picture), plausible (completed behind what moved away, or taken from
a plate that the artist made) or unknown. Each back-end shows plausible pixels in its own way: see the functions that call
`warp_behind`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ..interruption import check_interruption
from ..rendering.layer_stack import Plate
from ..rendering.warp import PLATE, SMOOTH, WarpedClip, warp_image
from .image_to_video import GREY

if TYPE_CHECKING:
    from ..motion.field.field import MotionField

GREYED = "grey"
BEHIND = (PLATE, SMOOTH, GREYED)
"""The completed picture or the connected plate; a smooth fill; plain grey, so that the model is shown nothing."""

FILLED_SMOOTHLY = (
    "What the motion uncovers is filled smoothly: the package pypatchmatch is missing, too little of the picture is left to "
    "borrow from, or what moves in a measured motion cannot be told from its background."
)


def warp_behind(
    image: Tensor,
    field: MotionField,
    behind: str = PLATE,
    plate: Plate | None = None,
    notice: Callable[[str], None] = lambda sentence: None,
    check_cancel: Callable[[], None] = check_interruption,
    beginning: Tensor | None = None,
) -> WarpedClip:
    """`image` [H,W,3] warped along a field, whose frames show in uncovered areas what `behind` says, one of `BEHIND`.

    plate: [H,W,3], the artist's own picture of what is behind. `notice` is given a sentence where a plate was asked for and
    the fill had to be smooth, and where a region found no edge to snap to. `coverage` counts known pixels only. beginning: as
    `warp_image` takes it. Raises ValueError for another choice or size.
    """
    if behind not in BEHIND:
        raise ValueError(f"`behind` is {behind!r}; choose one of {', '.join(BEHIND)}")
    clip = warp_image(
        image,
        field,
        behind=SMOOTH if behind == SMOOTH else PLATE,
        plate=None if behind == SMOOTH else plate,
        check_cancel=check_cancel,
        beginning=beginning,
    )
    if clip.snap_remark:
        notice(clip.snap_remark)
    if behind == GREYED:
        return replace(clip, frames=torch.lerp(torch.tensor(GREY), clip.frames, clip.coverage[..., None]))
    if behind == PLATE and clip.completed_by == SMOOTH and bool((clip.coverage < 0.5).any()):
        notice(FILLED_SMOOTHLY)
    return clip
