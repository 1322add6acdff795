"""Rendering: a picture carried along a motion field, its holes filled, and known pixels put back over a video.

from flowbrush.rendering import warp_image

clip = warp_image(image, field)  # image [H,W,3] in 0..1; clip.frames [T,H,W,3], clip.coverage [T,H,W]
"""

from .backward_sampling import backward_warp
from .completion import complete_picture
from .compositing import composite_known
from .deformation import Deformation
from .forward_splat import forward_splat
from .hole_filling import pull_push
from .layered_picture import LayeredPicture, layered_picture
from .resizing import fit_image, size_within
from .warp import WarpedClip, WarpField, warp_image

__all__ = [
    "Deformation",
    "LayeredPicture",
    "WarpField",
    "WarpedClip",
    "backward_warp",
    "complete_picture",
    "composite_known",
    "fit_image",
    "forward_splat",
    "layered_picture",
    "pull_push",
    "size_within",
    "warp_image",
]
