"""A picture warped along a field, a few frames at a time, so that memory does not grow with the length of the video."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from ..interruption import check_interruption
from .layer_stack import Plate
from .layered_picture import layered_picture
from .picture_layer import PLANES
from .snapped_motion import snapped_motion
from .splatted_picture import splatted_picture
from .warp import PLATE, WarpField

_VALUES_AT_ONCE = 1 << 25  # numbers in the planes of the frames that are drawn together: 128 MiB


class TimedField(WarpField, Protocol):
    """A field that can be evaluated at any time; `motion.MotionField` implements it."""

    @property
    def times(self) -> np.ndarray:
        """The clip time 0..1 of each frame."""
        ...

    def displacement_at(
        self, times: Sequence[float] | np.ndarray, height: int, width: int, device: str | torch.device = "cpu"
    ) -> Tensor:
        """Displacement [N,H,W,2] at clip times 0..1, in pixels of the grid."""
        ...


@dataclass(frozen=True)
class FrameStream:
    """Frames [H,W,3] of a picture that is warped along a field, drawn when they are read.

    count: the number of frames. completed_by: how uncovered areas are filled, as in `LayeredPicture`. unsnapped: how many
    regions that should snap to an object found none.
    """

    count: int
    completed_by: str
    frames: Iterator[Tensor]
    unsnapped: int = 0


@torch.no_grad()
def stream_frames(
    image: Tensor,
    field: TimedField,
    behind: str = PLATE,
    plate: Plate | None = None,
    check_cancel: Callable[[], None] = check_interruption,
) -> FrameStream:
    """The frames that `warp_image` makes of `image` [H,W,3], which is in 0..1, with the same arguments, one by one.

    Layers and hidden areas are prepared here; frames are drawn when the stream is read. `check_cancel` is called before
    each group of frames. Raises ValueError as `warp_image` does.
    """
    height, width = image.shape[:2]
    times = field.times
    group = max(1, _VALUES_AT_ONCE // (len(PLANES) * height * width))
    motion = field.in_layers(height, width)
    if motion is None:
        return _splatted_stream(image, field, behind, plate, group, check_cancel)
    snapped = snapped_motion(motion, image)
    picture = layered_picture(image, snapped, times, plate, behind == PLATE, check_cancel=check_cancel)

    def drawn() -> Iterator[Tensor]:
        for first in range(0, len(times), group):
            check_cancel()
            some = iter(times[first : first + group])
            for planes in picture.frames(times[first : first + group]):
                for frame in planes[:, :3].permute(0, 2, 3, 1).clamp_(0, 1):
                    yield image if next(some) == 0 else frame

    return FrameStream(len(times), picture.completed_by, drawn(), len(snapped.unsnapped))


def _splatted_stream(
    image: Tensor,
    field: TimedField,
    behind: str,
    plate: Plate | None,
    group: int,
    check_cancel: Callable[[], None],
) -> FrameStream:
    """The frames of a field without layers."""
    height, width = image.shape[:2]
    times = field.times

    def displacement(some: np.ndarray) -> Tensor:
        return field.displacement_at(some, height, width, image.device)

    planes = image.float().permute(2, 0, 1)[None]
    picture = splatted_picture(
        planes, field, lambda keys: displacement(times[keys]), behind == PLATE, plate, check_cancel
    )

    def drawn() -> Iterator[Tensor]:
        yield image
        for first in range(1, len(times), group):
            check_cancel()
            part = slice(first, min(first + group, len(times)))
            yield from picture.draw(displacement(times[part]), part, len(times)).frames

    return FrameStream(len(times), picture.completed_by, drawn())
