"""The inputs of Motion Brush as picture files, so that its editor can show them after a run."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..files import atomic_write
from ..hosts import host
from ..hosts.editor_picture import GREY_SIDE, MOST_MASKS, PICTURE_SIDE
from ..hosts.pixel_bytes import rounded_bytes
from ..hosts.video_writer import write_frames
from ..rendering.resizing import fit_image, size_within

MOST_CLIP_FRAMES = 241
"""Frames of the longest clip that is written for the editor; of a longer one, only the frame that is painted on is shown."""
CLIP_SIDE = 1024
"""Longer side of that clip in pixels."""
CLIP_RATE, CLIP_QUALITY = 24, 16.0


def editor_ui(
    picture: Tensor | None, masks: Tensor | None, depth: Tensor | None, clip: Tensor | None = None
) -> dict[str, Any]:
    """The `ui` of the node: references to files of a picture [1,H,W,3], masks [N,H,W], a depth [H,W] and the clip [T,H,W,3] to which
    the picture belongs.

    Inputs that are not connected are left out, and so is a clip of one frame. The picture's `width` and `height` are its own, also where its file is smaller. Masks
    and depth are grey pictures; their `channel` is "grey".
    """
    ui: dict[str, Any] = {}
    if picture is not None:
        height, width = picture.shape[1:3]
        reference = write_picture(fit_within(picture[:1], PICTURE_SIDE)[0])
        ui["flowbrush_picture"] = [{**reference, "width": width, "height": height}]
    if clip is not None and 1 < len(clip) <= MOST_CLIP_FRAMES:
        ui["flowbrush_clip"] = [write_clip(clip)]
    if masks is not None:
        ui["flowbrush_masks"] = [write_mask(mask) for mask in masks[:MOST_MASKS]]
    if depth is not None:
        ui["flowbrush_depth"] = [write_mask(depth)]
    return ui


def write_mask(mask: Tensor) -> dict[str, str]:
    """Writes a mask [H,W] as a grey picture; returns the reference to the file."""
    return write_picture(fit_within(mask[None, ..., None], GREY_SIDE)[0, ..., 0]) | {"channel": "grey"}


def write_clip(clip: Tensor) -> dict[str, str]:
    """Writes a clip [T,H,W,3], reduced to CLIP_SIDE, into the host's temporary folder; returns the reference to the file.

    Equal clips share one file.
    """
    digest = hashlib.sha256(str(tuple(clip.shape)).encode())
    for frame in clip:
        digest.update(rounded_bytes(frame.detach().cpu()).numpy().tobytes())
    name = f"flowbrush_{digest.hexdigest()[:16]}.mp4"
    path = host().temp_directory() / name
    if not path.exists():
        reduced = (fit_within(frame[None], CLIP_SIDE)[0] for frame in clip)
        write_frames(path, reduced, CLIP_RATE, CLIP_QUALITY)
    return {"filename": name, "subfolder": "", "type": "temp"}


def fit_within(picture: Tensor, side: int) -> Tensor:
    """The picture [1,H,W,C], reduced so that its longer side is at most `side` pixels."""
    width, height = size_within(picture.shape[2], picture.shape[1], side)
    return fit_image(picture, width, height, "stretch")


def write_picture(picture: Tensor) -> dict[str, str]:
    """Writes a picture [H,W,3] or [H,W] into the host's temporary folder; returns the reference to the file.

    Equal pictures share one file.
    """
    from PIL import Image

    pixels = np.ascontiguousarray((picture.detach().float().clamp(0, 1) * 255).round().to("cpu", torch.uint8))
    name = f"flowbrush_{hashlib.sha256(pixels.tobytes() + str(pixels.shape).encode()).hexdigest()[:16]}.png"
    path = host().temp_directory() / name
    if not path.exists():
        with atomic_write(path) as temporary:
            Image.fromarray(pixels).save(temporary, "PNG", compress_level=1)
    return {"filename": name, "subfolder": "", "type": "temp"}
