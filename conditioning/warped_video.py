"""The picture warped along the motion, then encoded: how the bundled model reads a motion.

The clip shows the first frame's pixels where the motion takes them; a validity mask marks the pixels that the model
may trust. Everything else is for the model to paint.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ..rendering.layer_stack import Plate
from ..rendering.warp import PLATE, SMOOTH, WarpedClip
from .behind import GREYED, warp_behind
from .image_to_video import ConcatLatents, Encode, clip_latents

if TYPE_CHECKING:
    from ..motion.field.field import MotionField


KEPT_PLATE = "plate, kept"
BEHIND = (PLATE, KEPT_PLATE, SMOOTH, GREYED)
"""What the clip shows where the motion uncovers something: the completed picture, which the model may repaint or has to
keep; a smooth fill; or grey."""


def warped_video_latents(
    first: Tensor,
    last: Tensor | None,
    motion: MotionField,
    painted_only: bool,
    encode: Encode,
    behind: str = PLATE,
    plate: Plate | None = None,
    notice: Callable[[str], None] = lambda sentence: None,
    beginning: Tensor | None = None,
) -> ConcatLatents:
    """The latents and mask of `first` [1,H,W,3] warped along `motion`; the last frame is `last` where it is given.

    With `painted_only`, only painted regions are marked as known after frame 0; see `known_share`. `behind` is one of
    `BEHIND`, and `plate` [H,W,3] the artist's own picture of what is behind. `notice` is given a sentence where a plate
    was asked for and the fill had to be smooth, and where a region found no edge to snap to. beginning: [H,W,3], the picture with
    which the shot began of which `motion` is a later part; see `warp_image`. Raises ValueError for another choice or size.
    """
    if behind not in BEHIND:
        raise ValueError(f"`behind` is {behind!r}; choose one of {', '.join(BEHIND)}")
    shown = PLATE if behind == KEPT_PLATE else behind
    clip = warp_behind(first[0], motion, shown, plate, notice, beginning=beginning)
    frames = clip.frames
    known = known_share(clip.with_plate_known() if behind == KEPT_PLATE else clip, motion, painted_only)
    if last is not None:
        frames[-1], known[-1] = last[0], 1.0
    return clip_latents(frames, known, encode)


def known_share(clip: WarpedClip, motion: MotionField, painted_only: bool) -> Tensor:
    """How far the model may trust each pixel of a warped clip, [T,H,W] in 0..1.

    It is the coverage times the strength of the layer; frame 0 keeps its coverage. With `painted_only`, pixels outside
    moving and frozen regions are unknown after frame 0.
    """
    height, width = clip.coverage.shape[1:]
    known = clip.coverage
    if painted_only and not bool((motion.painted(height, width) == 1).all()):
        known = torch.minimum(known, (clip.moving + motion.frozen(height, width)).clamp(max=1))
    return torch.cat([clip.coverage[:1], (known * clip.strength)[1:]])
