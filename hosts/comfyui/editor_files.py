"""Pictures and masks read from files for the editor: bounded, upright, and no larger than it can show."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor

from ..editor_picture import GREY_SIDE

MOST_PIXELS = 64_000_000
SOURCE_SIDE = 4096  # px, the longer side: larger than the editor shows, as First Frame may crop it
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "AVIF")
CHANNELS = ("alpha", "red", "green", "blue", "grey")


class Unreadable(Exception):
    """A file that is no picture, or too large a one; the text does not say where it lies."""


def picture_of(path: str) -> Tensor:
    """A picture [1,H,W,3] in 0..1, turned upright as its EXIF says."""
    return torch.from_numpy(np.array(opened(path, SOURCE_SIDE).convert("RGB"), np.float32) / 255)[None]


def grey_of(path: str, channel: str) -> Tensor:
    """One channel [h,w] in 0..1 as Load Image and Load Image (as Mask) give it: "alpha" is 1 where the picture is
    see-through, and 0 everywhere in a picture without alpha; "grey" is the brightness."""
    if channel not in CHANNELS:
        raise ValueError(f"{str(channel)[:20]!r} is not a channel; there are {', '.join(CHANNELS)}")
    image = opened(path, GREY_SIDE)
    if channel == "alpha":
        if "A" not in image.getbands() and "transparency" not in image.info:
            return torch.zeros(64, 64)
        levels = 255 - np.array(image.convert("RGBA").getchannel("A"), np.float32)
    else:
        rgb = np.array(image.convert("RGB"), np.float32)
        levels = rgb.mean(-1) if channel == "grey" else rgb[..., CHANNELS.index(channel) - 1]
    return torch.from_numpy(np.ascontiguousarray(levels) / 255)


def opened(path: str, side: int) -> Image.Image:
    """The first frame of a picture file, upright, its longer side at most `side` pixels. Raises Unreadable."""
    Image.init()
    try:
        with Image.open(path, formats=[name for name in FORMATS if name in Image.OPEN]) as image:
            if image.width * image.height > MOST_PIXELS:
                raise Unreadable(
                    f"the picture is {image.width}x{image.height} pixels; at most {MOST_PIXELS // 10**6} million can be shown"
                )
            if image.mode.startswith("I"):  # 16 bits a pixel, which Pillow would cut off at 255
                levels = np.array(image, np.float32)
                image = Image.fromarray((levels / max(levels.max(), 65535) * 255).round().astype(np.uint8))
            if max(image.size) > side:
                if image.mode == "P":
                    image = image.convert("RGBA" if "transparency" in image.info else "RGB")
                image.thumbnail((side, side), Image.Resampling.BOX)
            image.load()
            return ImageOps.exif_transpose(image)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise Unreadable("the file is not a picture that can be read") from None
