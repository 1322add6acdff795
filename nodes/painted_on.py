"""What the Motion Brush was given to paint on, as files that its editor can show after a run."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..files import atomic_write
from ..hosts import host
from ..hosts.editor_picture import GREY_SIDE, MOST_MASKS, PICTURE_SIDE
from ..rendering.resizing import fit_image, size_within


def painted_on(picture: Tensor | None, masks: Tensor | None, depth: Tensor | None) -> dict[str, Any]:
    """A node's `ui` with references to files of a picture [1,H,W,3], masks [N,H,W] and a depth [H,W], as far as they
    are connected. Masks and depth are grey pictures, and say so by their `channel`."""
    shown: dict[str, Any] = {}
    if picture is not None:
        shown["flowbrush_picture"] = [written(sized(picture[:1], PICTURE_SIDE)[0])]
    if masks is not None:
        shown["flowbrush_masks"] = [grey(mask) for mask in masks[:MOST_MASKS]]
    if depth is not None:
        shown["flowbrush_depth"] = [grey(depth)]
    return shown


def grey(mask: Tensor) -> dict[str, str]:
    """A file of a mask [H,W]."""
    return written(sized(mask[None, ..., None], GREY_SIDE)[0, ..., 0]) | {"channel": "grey"}


def sized(picture: Tensor, side: int) -> Tensor:
    """A picture [1,H,W,C] whose longer side is at most `side`."""
    width, height = size_within(picture.shape[2], picture.shape[1], side)
    return fit_image(picture, width, height, "stretch")


def written(picture: Tensor) -> dict[str, str]:
    """Write a picture [H,W,3] or [H,W] into the host's temporary folder. The same picture gives the same file."""
    from PIL import Image

    pixels = np.ascontiguousarray((picture.detach().float().clamp(0, 1) * 255).round().to("cpu", torch.uint8))
    name = f"flowbrush_{hashlib.sha256(pixels.tobytes() + str(pixels.shape).encode()).hexdigest()[:16]}.png"
    path = host().temp_directory() / name
    if not path.exists():
        with atomic_write(path) as temporary:
            Image.fromarray(pixels).save(temporary, "PNG", compress_level=1)
    return {"filename": name, "subfolder": "", "type": "temp"}
