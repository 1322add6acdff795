"""Writing a looping animation as GIF or WebP, which browsers and messengers repeat for ever."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from ..files import atomic_write
from .pixel_bytes import rounded_bytes

_PALETTE_FRAMES = 8  # frames from which the palette of a GIF is taken
_SHORTEST = 2  # hundredths of a second; browsers show shorter frames of a GIF far more slowly


def write_animation(path: Path, frames: Tensor, fps: float, quality: int = 90) -> float:
    """Write frames [T,H,W,3] in 0..1 as an endless GIF or WebP, by the name of `path`; returns the real frame rate.

    A GIF has 256 colours, which all frames share so that still areas do not flicker, and times in hundredths of a second. WebP
    keeps all colours, with the `quality` of a JPEG, and times in milliseconds. Each frame is shown until its exact end, rounded, so
    the animation as a whole keeps its length.
    """
    from PIL import Image

    pixels = rounded_bytes(frames.cpu()).numpy()
    is_gif = path.suffix.lower() == ".gif"
    tick = 10 if is_gif else 1  # ms
    ends = np.round(np.arange(len(pixels) + 1) * 1000 / fps / tick).astype(int)
    durations = (np.maximum(np.diff(ends), _SHORTEST if is_gif else 1) * tick).tolist()
    pictures = [Image.fromarray(frame) for frame in pixels]
    options: dict[str, Any] = {"quality": quality, "method": 4}
    if is_gif:
        palette = _shared_palette(pixels)
        pictures = [
            picture.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG) for picture in pictures
        ]
        options = {"optimize": False, "disposal": 1}
    first, *others = pictures
    with atomic_write(path) as temporary:
        form = "GIF" if is_gif else "WEBP"
        first.save(
            temporary, form, save_all=True, append_images=others, duration=durations, loop=0, **options
        )
    return 1000 * len(pixels) / sum(durations)


def _shared_palette(pixels: np.ndarray) -> Any:
    """A palette picture of 256 colours for frames [T,H,W,3], found by median cut in a few of them."""
    from PIL import Image

    chosen = np.linspace(0, len(pixels) - 1, min(_PALETTE_FRAMES, len(pixels))).round().astype(int)
    return Image.fromarray(np.concatenate([*pixels[chosen]])).quantize(256, method=Image.Quantize.MEDIANCUT)
