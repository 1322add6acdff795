"""CogVideoX image to video: the first frame, and a motion, as the latents that its networks read.

ComfyUI multiplies the latents in `concat_latent_image` by the scale of CogVideoX-5B's VAE. The weights of version
1.5 were trained on first frames that were divided by that scale.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from .image_to_video import Encode
from .in_place import latent_cell_means
from .latent_frames import latent_frames
from .reference import reference_video

if TYPE_CHECKING:
    from ..motion.field.field import MotionField

V1, V1_5 = WEIGHTS = ("CogVideoX I2V", "CogVideoX 1.5 I2V")
START, CONDITION, BOTH = USES = ("start", "condition", "both")
TRAINING_SIZE = (720, 480)  # px, width and height, of CogVideoX 1.0

_CHANNELS = 16
_CELL = 8  # px
_SCALE = 0.7


def check_cogvideox_length(length: int, weights: str) -> None:
    """Raises ValueError for a number of frames that the weights cannot read."""
    count = latent_frames(length)
    if weights == V1_5 and count % 2:
        raise ValueError(
            f"`length` is {length}, which makes {count} latent frames; CogVideoX 1.5 takes them in pairs: try {length + 4}"
        )


def cogvideox_latents(
    first: Tensor, motion: MotionField | None, length: int, weights: str, motion_as: str, encode: Encode
) -> tuple[Tensor, Tensor]:
    """`concat_latent_image` and the starting latents, both [1,16,T',h,w], of a clip that begins with `first` [1,H,W,3].

    `motion_as` selects what the warped picture replaces: the starting latents, which are zero otherwise (START), the
    frames of the condition after the first (CONDITION), or both. Raises ValueError for a length that `check_cogvideox_length` refuses, and
    for another VAE than CogVideoX's.
    """
    check_cogvideox_length(length, weights)
    beginning = encode(first)
    if (
        beginning.ndim != 5
        or beginning.shape[1] != _CHANNELS
        or beginning.shape[-1] * _CELL != first.shape[2]
    ):
        raise ValueError(
            f"`vae` makes latents {list(beginning.shape)} of this picture; connect the VAE of CogVideoX (16 channels)"
        )
    rest = beginning.new_zeros(1, _CHANNELS, latent_frames(length) - 1, *beginning.shape[3:])
    condition = torch.cat([beginning, rest], 2)
    start = torch.zeros_like(condition)
    if motion is not None:
        reference = reference_video(first[0], motion)
        warped = encode(reference.frames)
        if motion_as != CONDITION:
            start = warped
        if motion_as != START:
            known = latent_cell_means(reference.strength, warped)
            condition = torch.cat([beginning, (warped * known)[:, :, 1:]], 2)
    if weights == V1_5:
        condition = condition / _SCALE**2
    return condition, start
