"""A picture warped along a field, a few frames at a time, so that memory does not grow with the length of the video."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from .layer_stack import Plate
from .layered_motion import LayeredMotion
from .layered_picture import layered_picture
from .picture_layer import PLANES
from .snapped_motion import snapped_motion
from .warp import PLATE, SMOOTH, WarpField, warp_image

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

    count: the number of frames. completed_by: how uncovered areas are filled, as in `LayeredPicture`; always "smooth"
    where pixels are moved forward one by one. unsnapped: how many regions that should snap to an object found none.
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
    check_cancel: Callable[[], None] = lambda: None,
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
        return FrameStream(
            len(times), SMOOTH, _splatted_frames(image, field, behind, plate, group, check_cancel)
        )
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


def _splatted_frames(
    image: Tensor,
    field: TimedField,
    behind: str,
    plate: Plate | None,
    group: int,
    check_cancel: Callable[[], None],
) -> Iterator[Tensor]:
    """The frames of a field without layers. Each group is warped as a clip of its own that begins with frame 0."""
    yield image
    for first in range(1, len(field.times), group):
        check_cancel()
        clip = warp_image(
            image, _SomeTimes(field, field.times[first : first + group]), behind=behind, plate=plate
        )
        yield from clip.frames[1:]


class _SomeTimes:
    """A field without layers at time 0 and a few other times."""

    def __init__(self, field: TimedField, times: np.ndarray):
        self.field, self.times = field, np.concatenate([[0.0], times])
        self.order, self.moving, self.strength = field.order, field.moving, field.strength

    def displacement(self, height: int, width: int, device: str | torch.device = "cpu") -> Tensor:
        return self.field.displacement_at(self.times, height, width, device)

    def in_layers(self, height: int, width: int) -> LayeredMotion | None:
        return None
