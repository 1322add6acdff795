"""Warping pictures along a motion field, in layers or by forward splatting.

The bundled model is conditioned on the result of `warp_image`: the first frame's pixels moved along the field, nearer
layers drawn over farther ones, holes filled from the background, and the share of each pixel that is known.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol, cast

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..interruption import check_interruption
from .layer_stack import LayerStack, Plate
from .layered_motion import LayeredMotion
from .layered_picture import layered_picture
from .picture_layer import KNOWN, MOVING, WEAK
from .snapped_motion import snap_remark, snapped_motion
from .splatted_picture import SMOOTH, splatted_picture

PLATE = "plate"
BEHIND = (PLATE, SMOOTH)  # how areas that a motion uncovers are filled

# Frames are warped in groups of about this many pixels.
_CHUNK = 1 << 21


class WarpField(Protocol):
    """The methods of a motion field that warping needs; `motion.MotionField` implements them, and other classes may.

    Every method returns values at the cells of a grid of `height` x `width` cells over the picture.
    """

    def displacement(self, height: int, width: int, device: str | torch.device = "cpu") -> Tensor:
        """Displacement [T,H,W,2] (dx, dy) in pixels of the grid, from frame 0, where it is zero."""
        ...

    def order(self, height: int, width: int) -> Tensor:
        """Depth order [H,W] of the points of frame 0; larger values are in front."""
        ...

    def moving(self, height: int, width: int) -> Tensor:
        """[H,W] in 0..1: 1 where a point moves with its own layer rather than with the camera."""
        ...

    def strength(self, height: int, width: int) -> Tensor:
        """[H,W] in 0..1: how closely the model must follow the motion of each point."""
        ...

    def in_layers(self, height: int, width: int) -> LayeredMotion | None:
        """The motion layer by layer; None for a field with a dense layer."""
        ...


@dataclass(frozen=True)
class WarpedClip:
    """An image warped along a field.

    frames: [T,H,W,3], holes filled. raw: [T,H,W,3], holes black. coverage: [T,H,W] in 0..1, the known share of each
    pixel. moving, strength: [T,H,W] in 0..1, the field's values warped along with the image. completed_by: how holes
    were filled, as in `LayeredPicture`. unsnapped: how many regions that should snap to the edges of an object found none in
    the image.
    """

    frames: Tensor
    raw: Tensor
    coverage: Tensor
    moving: Tensor
    strength: Tensor
    completed_by: str = SMOOTH
    unsnapped: int = 0

    @property
    def snap_remark(self) -> str:
        """A sentence about regions that should snap and did not; "" where all did."""
        return snap_remark(self.unsnapped)

    def with_plate_known(self) -> WarpedClip:
        """The clip with its completed areas counted as known; the clip itself where the fill had to be smooth."""
        if self.completed_by == SMOOTH:
            return self
        return replace(self, coverage=torch.ones_like(self.coverage))


@torch.no_grad()
def warp_image(
    image: Tensor,
    field: WarpField,
    height: int | None = None,
    width: int | None = None,
    behind: str = PLATE,
    plate: Plate | None = None,
    check_cancel: Callable[[], None] = check_interruption,
    beginning: Tensor | None = None,
) -> WarpedClip:
    """Warp `image` ([H,W,3] or [1,H,W,3], 0..1) along `field` at `height` x `width` (default: the image's size).

    A motion is drawn in layers (`layered_picture`), unless it has a dense layer; then it is splatted (`splatted_picture`).
    Areas that it uncovers show `plate`, a clean plate of the image's shape or the layers of the picture. Without a plate they are
    filled with patches of the image if `behind` is "plate", or smoothly from their surroundings if it is "smooth" or if the
    background of a dense motion cannot be told apart. Regions that snap are moved to the edges of the image's objects. Frame 0
    equals the image exactly.

    beginning: of a field that goes on with another one (`whole` and `whole_times` of `ContinuedField`), the picture with which
    that one begins, of the image's shape. It is carried along the whole motion in place of the image, so that the parts of a shot
    have the same layers and the same plate; `plate` is then one for this picture. It has no effect on a motion with a dense layer,
    which knows nothing of what it has uncovered.

    Raises ValueError for another `behind`, and for an image or a plate of another shape or with NaN.
    """
    planes = _planes(image, height, width, "image")
    if beginning is not None and beginning.shape[-3:] != image.shape[-3:]:
        raise ValueError(
            f"The picture of the beginning has shape {list(beginning.shape)}; it must have that of the image, {list(image.shape)}."
        )
    if behind not in BEHIND:
        raise ValueError(f"`behind` is {behind!r}; it must be {' or '.join(map(repr, BEHIND))}.")
    if isinstance(plate, LayerStack):
        plate = plate.resized(*planes.shape[-2:])
    elif plate is not None:
        if plate.shape[-3:] != image.shape[-3:]:
            raise ValueError(
                f"The plate has shape {list(plate.shape)}; it must have that of the image, {list(image.shape)}."
            )
        plate = _planes(plate, height, width, "plate")[0].permute(1, 2, 0)
    whole = field if beginning is None else getattr(field, "whole", field)
    motion = whole.in_layers(*planes.shape[-2:])
    if motion is None:
        return _splatted_clip(planes, field, behind, plate, check_cancel)
    if beginning is not None:
        planes = _planes(beginning, height, width, "beginning")
    times = np.asarray(motion.times if whole is field else cast(Any, field).whole_times)
    return _layered_clip(planes[0].permute(1, 2, 0), motion, times, behind, plate, check_cancel)


def _layered_clip(
    image: Tensor,
    motion: LayeredMotion,
    times: np.ndarray,
    behind: str,
    plate: Plate | None,
    check_cancel: Callable[[], None],
) -> WarpedClip:
    """The clip of an image [H,W,3] whose motion has layers, at clip times of that motion.

    The layers are completed as far as the whole motion shows them, so that every part of its time has the same ones.
    """
    count, height, width = len(times), *image.shape[:2]
    snapped = snapped_motion(motion, image)
    seen = np.union1d(motion.times, times)
    picture = layered_picture(image, snapped, seen, plate, behind == PLATE, check_cancel=check_cancel)
    clip = WarpedClip(
        frames=image.new_empty(count, height, width, 3),
        raw=image.new_empty(count, height, width, 3),
        coverage=image.new_empty(count, height, width),
        moving=image.new_empty(count, height, width),
        strength=image.new_empty(count, height, width),
        completed_by=picture.completed_by,
        unsnapped=len(snapped.unsnapped),
    )
    first = 0
    for drawn in picture.frames(times):
        check_cancel()
        part = slice(first, first + len(drawn))
        first += len(drawn)
        clip.frames[part] = drawn[:, :3].permute(0, 2, 3, 1).clamp_(0, 1)
        clip.coverage[part] = drawn[:, KNOWN]
        clip.moving[part] = drawn[:, MOVING]
        clip.strength[part] = 1 - drawn[:, WEAK]
        clip.raw[part] = clip.frames[part] * (drawn[:, KNOWN, ..., None] > 0.01)
    if times[0] == 0:
        clip.frames[0] = clip.raw[0] = image
        clip.coverage[0] = 1.0
    return clip


def _splatted_clip(
    planes: Tensor, field: WarpField, behind: str, plate: Plate | None, check_cancel: Callable[[], None]
) -> WarpedClip:
    """The clip of an image [1,3,H,W] whose pixels are moved forward one by one."""
    height, width = planes.shape[-2:]
    displacement = field.displacement(height, width, device=planes.device)
    picture = splatted_picture(
        planes, field, lambda keys: displacement[keys], behind == PLATE, plate, check_cancel
    )
    count = len(displacement)
    clip = WarpedClip(
        frames=planes.new_empty(count, height, width, 3),
        raw=planes.new_empty(count, height, width, 3),
        coverage=planes.new_empty(count, height, width),
        moving=planes.new_empty(count, height, width),
        strength=planes.new_empty(count, height, width),
        completed_by=picture.completed_by,
    )
    step = max(1, _CHUNK // (height * width))
    for start in range(0, count, step):
        check_cancel()
        part = slice(start, min(start + step, count))
        drawn = picture.draw(displacement[part], part, count)
        for name, values in drawn._asdict().items():
            getattr(clip, name)[part] = values
    return clip


def _planes(image: Tensor, height: int | None, width: int | None, name: str) -> Tensor:
    """An image [H,W,3] or [1,H,W,3] as float planes [1,3,height,width]."""
    if image.ndim == 4 and image.shape[0] == 1:
        image = image[0]
    if image.ndim != 3 or image.shape[-1] != 3:
        raise ValueError(f"warp_image needs one {name} [H,W,3], got {list(image.shape)}.")
    if not bool(torch.isfinite(image.sum())):
        raise ValueError(f"The {name} to warp contains NaN or infinite values.")
    planes = image.float().permute(2, 0, 1)[None]
    size = height or image.shape[0], width or image.shape[1]
    if size != tuple(planes.shape[-2:]):
        planes = F.interpolate(planes, size, mode="bilinear", antialias=True).clamp(0, 1)
    return planes
