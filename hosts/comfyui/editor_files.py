"""Reading picture and mask files for the editor, as Load Image shows them and no larger than the editor can show."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from ..editor_picture import GREY_SIDE
from ..file_advice import advice

MOST_PIXELS = 64_000_000
"""Pixels of the largest picture that is decoded."""
SOURCE_SIDE = 4096
"""Longer side in pixels to which a picture is reduced. First Frame may crop it, so it exceeds what the editor shows."""
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "AVIF")
ORIENTATION = 0x0112  # the EXIF tag; from 5 to 8, width and height are exchanged
# Which flip of the upright picture leaves it turned only, by the orientations that mirror a picture.
MIRRORED = {
    2: Image.Transpose.FLIP_TOP_BOTTOM,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.FLIP_LEFT_RIGHT,
    7: Image.Transpose.FLIP_LEFT_RIGHT,
}
CHANNELS = ("alpha", "red", "green", "blue", "grey")


class Unreadable(Exception):
    """A file is not a picture, or is too large. The message does not reveal its path."""


def picture_of(path: str) -> Tensor:
    """Read a picture [1,H,W,3] in 0..1, turned by its EXIF orientation as Load Image turns it."""
    return torch.from_numpy(np.array(read_turned(path, SOURCE_SIDE).convert("RGB"), np.float32) / 255)[None]


def grey_of(path: str, channel: str) -> Tensor:
    """Read one channel [h,w] in 0..1, with the values that Load Image and Load Image (as Mask) give.

    "alpha" is 1 where the picture is transparent, and 0 everywhere in a picture without alpha. "grey" is the brightness.
    Raises ValueError for another channel.
    """
    if channel not in CHANNELS:
        raise ValueError(f"{str(channel)[:20]!r} is not a channel; there are {', '.join(CHANNELS)}")
    image = read_turned(path, GREY_SIDE)
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
            tags = getattr(image, "tag_v2", {})  # of a TIFF, whose sides Pillow has exchanged already
            width, height = tags.get(256, image.width), tags.get(257, image.height)
            turned = image.getexif().get(ORIENTATION, 1) in range(5, 9)
    except MemoryError:
        raise
    except Exception:  # Pillow's readers raise many kinds for damaged files
        return None
    return (height, width) if turned else (width, height)


def read_turned(path: str, side: int) -> Image.Image:
    """Read the first frame of a picture file, turned, with its longer side at most `side` pixels.

    Load Image turns a picture by its EXIF orientation but does not mirror it, and what is painted must lie on the picture
    that it gives. Raises Unreadable.
    """
    Image.init()
    try:
        with Image.open(path, formats=[name for name in FORMATS if name in Image.OPEN]) as image:
            if image.width * image.height > MOST_PIXELS:
                raise Unreadable(
                    f"the picture is {image.width}x{image.height} pixels; at most {MOST_PIXELS // 10**6} million can be shown"
                )
            orientation = image.getexif().get(ORIENTATION, 1)
            if image.mode.startswith("I;16") or (image.mode == "I" and image.format == "PNG"):
                # Pillow would clip these 16-bit pixels at 255, as Load Image does with 32-bit ones.
                image = Image.fromarray((np.array(image, np.float32) / 257).round().astype(np.uint8))
            if max(image.size) > side:
                if image.mode == "P":
                    image = image.convert("RGBA" if "transparency" in image.info else "RGB")
                image.thumbnail((side, side), Image.Resampling.BOX)
            image.load()
            upright = ImageOps.exif_transpose(image)
            flip = MIRRORED.get(orientation)
            return upright if flip is None else upright.transpose(flip)
    except (Unreadable, MemoryError):
        raise
    except Exception:  # Pillow's readers raise many kinds for damaged files
        raise Unreadable(f"the file is not a picture that can be read: {advice(Path(path))}") from None
