"""First frame and motion as conditioning latents, in each of the forms that image-to-video weights were trained to read.

A new form is a function in a file of its own, with the signature of those in `FORMS`, and one line in that dictionary:
Motion Conditioning then offers it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from torch import Tensor

from ..interruption import check_interruption
from ..rendering.layer_stack import Plate
from . import ati, wan_move
from .carriers import carriers_of_field
from .first_and_last import GREYED, KEPT, carried_latents
from .image_to_video import ConcatLatents, Encode, first_frame_latents
from .warped_video import PLATE, warped_video_latents

if TYPE_CHECKING:
    from ..motion.field.field import MotionField


@dataclass(frozen=True)
class ImageToVideo:
    """A clip of `length` frames that begins with `first` and may end with `last`, [1,H,W,3] in 0..1.

    behind, plate, notice: as `warped_video.warped_video_latents` takes them; the other forms show no pixels.
    between: one of `BETWEEN`, what is shown between `first` and `last` where there is no motion.
    check_cancel: called between frames; it raises an exception to stop. beginning: [H,W,3], as `warped_video_latents` takes it.
    """

    first: Tensor
    last: Tensor | None
    length: int
    encode: Encode
    behind: str = PLATE
    plate: Plate | None = None
    notice: Callable[[str], None] = lambda sentence: None
    between: str = GREYED
    check_cancel: Callable[[], None] = check_interruption
    beginning: Tensor | None = None

    @cached_property
    def latents(self) -> ConcatLatents:
        """The conditioning without a motion; encoded once, when it is first needed."""
        if self.last is None or self.between == GREYED:
            return first_frame_latents(self.first, self.last, self.length, self.encode)
        return carried_latents(
            self.first,
            self.last,
            self.length,
            self.encode,
            self.between == KEPT,
            self.notice,
            self.check_cancel,
        )

    def latents_with(self, motion: MotionField, form: str, painted_only: bool = False) -> ConcatLatents:
        """The conditioning with a motion of the same length, in one of `FORMS`.

        With `painted_only`, the motion constrains painted regions only. Raises ValueError for an unknown form.
        """
        if form not in FORMS:
            raise ValueError(f"`mode` is {form!r}; choose one of {', '.join(FORMS)}")
        return FORMS[form](self, motion, painted_only)


def _warped_video(clip: ImageToVideo, motion: MotionField, painted_only: bool) -> ConcatLatents:
    return warped_video_latents(
        clip.first,
        clip.last,
        motion,
        painted_only,
        clip.encode,
        clip.behind,
        clip.plate,
        clip.notice,
        clip.beginning,
    )


def _latent_copy(clip: ImageToVideo, motion: MotionField, painted_only: bool) -> ConcatLatents:
    height, width = clip.first.shape[1:3]
    carriers = carriers_of_field(motion, height, width, wan_move.SPACING, painted_only)
    return wan_move.wan_move_latents(clip.latents, carriers)


def _soft_copy(clip: ImageToVideo, motion: MotionField, painted_only: bool) -> ConcatLatents:
    height, width = clip.first.shape[1:3]
    carriers = carriers_of_field(motion, height, width, ati.spacing_for(height, width), painted_only)
    return ati.ati_latents(clip.latents, carriers)


FORMS: dict[str, Callable[[ImageToVideo, MotionField, bool], ConcatLatents]] = {
    "warped video": _warped_video,  # the bundled model
    "latent copy": _latent_copy,  # Wan-Move
    "soft copy": _soft_copy,  # ATI
}
