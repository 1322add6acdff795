"""First and last frame to video: the frames between show both pictures, carried along the flow from one to the other."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from ..interruption import check_interruption
from ..motion.flow.clip_between import clip_between
from ..rendering.warp import SMOOTH
from .behind import GREYED
from .image_to_video import ConcatLatents, Encode, clip_latents, first_frame_latents

CARRIED, KEPT = "carried", "carried, kept"
BETWEEN = (GREYED, CARRIED, KEPT)
"""What the clip shows between its first and its last frame: nothing; both pictures, where the model may repaint what they do not
agree on; or both pictures, which it has to keep."""


def carried_latents(
    first: Tensor,
    last: Tensor,
    length: int,
    encode: Encode,
    kept: bool = False,
    notice: Callable[[str], None] = lambda sentence: None,
    check_cancel: Callable[[], None] = check_interruption,
) -> ConcatLatents:
    """The latents and mask of the clip from `first` to `last`, both [1,H,W,3] in 0..1.

    With `kept`, the frames between are known everywhere. `notice` is given a sentence where the pictures are of different
    scenes, so that nothing between them is known.
    """
    clip = clip_between(first[0], last[0], length, check_cancel)
    if clip.completed_by == SMOOTH:
        notice(
            "The first and the last picture show different scenes, so that nothing can be carried from one to the other: the model "
            "makes the frames between them."
        )
        return first_frame_latents(first, last, length, encode)
    return clip_latents(clip.frames, (clip.with_plate_known() if kept else clip).coverage, encode)
