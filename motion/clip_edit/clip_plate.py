"""What is behind a thing in a clip, taken from the frames of the clip that show it.

What is hidden in one frame is often visible in another. All frames are aligned along the background's motion, and the plate is
their median where the thing does not hide it (the temporal median of background subtraction). Only what no frame shows is completed
with patches of the plate.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from ...interruption import check_interruption
from ...rendering.completion import complete_picture
from ...rendering.hole_filling import pull_push
from ..flow.dis_flow import inside
from .own_motion import blurred, inverse, sampled

_MOST_FRAMES = 25  # whose median is taken; more are spread over the clip
_RING = 9  # px over which the difference of light at the outline is averaged


class ClipPlate(NamedTuple):
    """The plate [H,W,3] of a clip in the places of one frame, and where it was made [H,W] bool because no frame shows it."""

    picture: Tensor
    made: Tensor


def clip_plate(
    frames: Tensor,
    background: Tensor,
    hidden: Tensor,
    check_cancel: Callable[[], None] = check_interruption,
) -> ClipPlate:
    """The plate of a clip [T,H,W,3] whose background moved by `background` [T,H,W,2] from one of its frames.

    hidden: [T,H,W] bool, what the thing hides in each frame.
    """
    chosen = torch.linspace(0, len(frames) - 1, min(len(frames), _MOST_FRAMES)).round().long().tolist()
    shown = []
    for number in chosen:
        check_cancel()
        flow = background[number]
        covered = sampled(hidden[number].float(), flow) > 0.01
        picture = sampled(frames[number], flow)
        shown.append(torch.where((covered | ~inside(flow))[..., None], torch.nan, picture))
    plate = torch.stack(shown).nanmedian(0).values
    made = plate.isnan().any(-1)
    plate = plate.nan_to_num()
    if bool(made.all()):
        raise ValueError(
            "the thing hides the whole picture in every frame, so that nothing is known of what is behind it; paint a smaller region"
        )
    return ClipPlate(complete_picture(plate, made, check_cancel=check_cancel).picture, made)


def plate_in_frame(
    plate: ClipPlate, frame: Tensor, background: Tensor, hidden: Tensor
) -> tuple[Tensor, Tensor]:
    """The plate as a frame [H,W,3] shows it, with that frame's light, and where it was made [H,W] in 0..1.

    The difference to the frame around what is hidden [H,W] is continued smoothly into it.
    """
    back = inverse(background)
    picture = sampled(plate.picture, back)
    known = (~hidden).float()
    difference = blurred((frame - picture) * known[..., None], _RING) / blurred(
        known[..., None], _RING
    ).clamp_min(1e-3)
    planes = difference.permute(2, 0, 1)[None] * known
    light = pull_push(planes, known[None])[0].permute(1, 2, 0)
    return (picture + light).clamp(0, 1), sampled(plate.made.float(), back)
