"""Reading picture and mask files for the editor, upright and no larger than the editor can show."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor

from ..editor_picture import GREY_SIDE
from ..file_advice import advice

MOST_PIXELS = 64_000_000
"""Pixels of the largest picture that is decoded."""
SOURCE_SIDE = 4096
"""Longer side in pixels to which a picture is reduced. First Frame may crop it, so it exceeds what the editor shows."""
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "AVIF")
ORIENTATION = 0x0112  # the EXIF tag; from 5 on, width and height are exchanged
CHANNELS = ("alpha", "red", "green", "blue", "grey")


class Unreadable(Exception):
    """A file is not a picture, or is too large. The message does not reveal its path."""


def picture_of(path: str) -> Tensor:
    """Read a picture [1,H,W,3] in 0..1, turned upright by its EXIF orientation."""
    return torch.from_numpy(np.array(read_upright(path, SOURCE_SIDE).convert("RGB"), np.float32) / 255)[None]


def grey_of(path: str, channel: str) -> Tensor:
    """Read one channel [h,w] in 0..1, with the values that Load Image and Load Image (as Mask) give.

    "alpha" is 1 where the picture is transparent, and 0 everywhere in a picture without alpha. "grey" is the brightness.
    Raises ValueError for another channel.
    """
    if channel not in CHANNELS:
        raise ValueError(f"{str(channel)[:20]!r} is not a channel; there are {', '.join(CHANNELS)}")
    image = read_upright(path, GREY_SIDE)
    if channel == "alpha":
        if "A" not in image.getbands() and "transparency" not in image.info:
            return torch.zeros(64, 64)
        levels = 255 - np.array(image.convert("RGBA").getchannel("A"), np.float32)
    else:
        rgb = np.array(image.convert("RGB"), np.float32)
        levels = rgb.mean(-1) if channel == "grey" else rgb[..., CHANNELS.index(channel) - 1]
    return torch.from_numpy(np.ascontiguousarray(levels) / 255)


def own_size(path: str) -> tuple[int, int] | None:
    """Width and height of a picture file as it is shown, read from its header; None where it cannot be read."""
    Image.init()
    try:
        with Image.open(path, formats=[name for name in FORMATS if name in Image.OPEN]) as image:
            width, height = image.size
            turned = image.getexif().get(ORIENTATION, 1) >= 5
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    return (height, width) if turned else (width, height)


def read_upright(path: str, side: int) -> Image.Image:
    """Read the first frame of a picture file, upright, with its longer side at most `side` pixels.

    Raises Unreadable.
    """
    Image.init()
    try:
        with Image.open(path, formats=[name for name in FORMATS if name in Image.OPEN]) as image:
            if image.width * image.height > MOST_PIXELS:
                raise Unreadable(
                    f"the picture is {image.width}x{image.height} pixels; at most {MOST_PIXELS // 10**6} million can be shown"
                )
            if image.mode.startswith("I"):  # Pillow would clip these 16-bit pixels at 255
                levels = np.array(image, np.float32)
                image = Image.fromarray((levels / max(levels.max(), 65535) * 255).round().astype(np.uint8))
            if max(image.size) > side:
                if image.mode == "P":
                    image = image.convert("RGBA" if "transparency" in image.info else "RGB")
                image.thumbnail((side, side), Image.Resampling.BOX)
            image.load()
            return ImageOps.exif_transpose(image)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise Unreadable(f"the file is not a picture that can be read: {advice(Path(path))}") from None
