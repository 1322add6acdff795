"""Reference videos: a picture warped along a motion, and the strength with which a model is to follow each pixel.

Time-to-Move (arXiv 2511.08633, section 3.1) reads such a video, and a mask of the regions that the user moved. Here
the mask is soft: it holds the strength of the layer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

from ..interruption import check_interruption
from ..models.video_grid import WAN, TimeGrid
from ..rendering.layer_stack import Plate
from ..rendering.splatted_picture import SURELY_KNOWN
from ..rendering.warp import PLATE, WarpedClip
from .behind import warp_behind
from .latent_frames import time_to_move_frames

if TYPE_CHECKING:
    from ..motion.field.field import MotionField

# The places of painted points are counted in cells, so many along the short side; each cell starts with so many points in
# a row, and everything within so many cells of a point counts as painted. That leaves no gap up to an enlargement of 12.
_CELLS_ALONG, _FINER, _REACH = 120, 2, 3


@dataclass(frozen=True)
class Reference:
    """A warped picture, `frames` [T,H,W,3] in 0..1, and `strength` [T,H,W] in 0..1: how closely to follow each pixel."""

    frames: Tensor
    strength: Tensor


def reference_video(
    image: Tensor,
    field: MotionField,
    behind: str = PLATE,
    plate: Plate | None = None,
    notice: Callable[[str], None] = lambda sentence: None,
    check_cancel: Callable[[], None] = check_interruption,
) -> Reference:
    """The reference video of `image` [H,W,3] along `field`; the last four arguments are those of `behind.warp_behind`.

    Uncovered areas have strength 0 whatever they show, so the model changes them from the weak clock on.
    """
    clip = warp_behind(image, field, behind, plate, notice, check_cancel)
    return Reference(clip.frames, constraint_strength(clip, field))


def ending_with(reference: Reference, last: Tensor, time: TimeGrid = WAN.time) -> Reference:
    """The reference video whose last latent frame shows the picture `last` [H,W,3], to be followed everywhere.

    The picture fills all pixel frames of that latent frame, because a latent that mixes two pictures shows both. Raises
    ValueError for a length that the `time` grid does not have.
    """
    start = time.starts(len(reference.frames))[-1]
    frames, strength = reference.frames.clone(), reference.strength.clone()
    frames[start:] = last
    strength[start:] = 1
    return Reference(frames, strength)


def constraint_strength(clip: WarpedClip, field: MotionField) -> Tensor:
    """How closely each pixel must follow the motion of a warped clip, [T,H,W] in 0..1.

    Painted regions, moving or frozen, count at their current place, with the strength of their layer. Under a camera
    everything counts that is still in view. Pixels that came into view are unconstrained.
    """
    known = (clip.coverage / SURELY_KNOWN).clamp(max=1)
    if not field.cameras:
        height, width = known.shape[1:]
        painted = clip.moving / SURELY_KNOWN + field.frozen(height, width).to(known)
        known = torch.minimum(known, painted.clamp(max=1)) * near_painted(field, height, width)
    return known * clip.strength


def near_painted(field: MotionField, height: int, width: int) -> Tensor:
    """1 around the places to which the motion carries painted points, 0 elsewhere, [T,height,width].

    Frames are drawn by the inverse of the motion. Where the motion folds the picture over itself, its iteration can end
    at a wrong point of a region, which would leave single cells far from the object. The motion itself never does so.
    """
    cell = max(1, min(height, width) // _CELLS_ALONG)
    rows, columns = -(-height // cell), -(-width // cell)
    displacement = field.displacement(_FINER * rows, _FINER * columns).cpu()
    painted = field.painted(_FINER * rows, _FINER * columns).cpu() > 0
    y, x = painted.nonzero().unbind(1)
    place = (torch.stack([x, y], -1) + 0.5 + displacement[:, y, x]) / _FINER
    place = place.floor().long()  # [T,N,2]
    inside = ((place >= 0) & (place < torch.tensor([columns, rows]))).all(-1)
    frame = torch.arange(len(place))[:, None].expand_as(inside)
    near = torch.zeros(len(displacement), rows, columns)
    near[frame[inside], place[..., 1][inside], place[..., 0][inside]] = 1
    near = F.max_pool2d(near[:, None], 2 * _REACH + 1, stride=1, padding=_REACH)
    return F.interpolate(near, (height, width), mode="nearest")[:, 0]


def latent_strength(strength: Tensor, rows: int, columns: int, time: TimeGrid = WAN.time) -> Tensor:
    """Strength [T,H,W] of pixels as strength of latents, [T',rows,columns].

    Each latent frame reads the first frame of its group, as in Time-to-Move, and each cell the value at its centre, where
    the published code reads the cell's corner. Raises ValueError for a length that the `time` grid does not have.
    """
    frames = time_to_move_frames(strength, time)
    # Without antialiasing, bilinear interpolation reads the values at the centres of the cells.
    return F.interpolate(frames[:, None].float(), (rows, columns), mode="bilinear", align_corners=False)[:, 0]
