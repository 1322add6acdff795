"""Resizing a picture to the size of a video."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

FITS = ("crop", "pad", "stretch")


def fit_image(image: Tensor, width: int, height: int, fit: str) -> Tensor:
    """`image` [1,H,W,3] resized to `height` x `width` (bicubic); the same tensor when it has that size already.

    fit: "crop" keeps the aspect ratio and cuts off the sides, "pad" keeps it and adds black bars, "stretch" changes it.
    Raises ValueError for another `fit`.
    """
    if fit not in FITS:
        raise ValueError(f"`fit` is {fit!r}; choose one of {', '.join(FITS)}")
    if tuple(image.shape[1:3]) == (height, width):
        return image
    scales = height / image.shape[1], width / image.shape[2]
    scale = {"crop": max(scales), "pad": min(scales)}.get(fit)
    rows, columns = (height, width) if scale is None else (round(side * scale) for side in image.shape[1:3])
    planes = F.interpolate(
        image.movedim(-1, 1).float(), (max(1, rows), max(1, columns)), mode="bicubic", antialias=True
    )
    resized = planes.clamp(0, 1).movedim(1, -1)
    if fit == "pad":
        canvas = resized.new_zeros(1, height, width, 3)
        top, left = (height - resized.shape[1]) // 2, (width - resized.shape[2]) // 2
        canvas[:, top : top + resized.shape[1], left : left + resized.shape[2]] = resized
        return canvas
    top, left = (resized.shape[1] - height) // 2, (resized.shape[2] - width) // 2
    return resized[:, top : top + height, left : left + width].contiguous()


def size_within(width: int, height: int, side: int) -> tuple[int, int]:
    """The size (width, height) of the same aspect ratio whose longer side is at most `side` pixels."""
    scale = min(1.0, side / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def largest_part(width: int, height: int, within_width: int, within_height: int) -> tuple[slice, slice]:
    """Rows and columns of the largest centred part of a picture that has the proportions of `width` x `height`.

    The part has even sides, as most video formats need them.
    """
    scale = min(within_width / width, within_height / height)
    rows, columns = (int(side * scale + 1e-6) // 2 * 2 for side in (height, width))
    top, left = (within_height - rows) // 2, (within_width - columns) // 2
    return slice(top, top + rows), slice(left, left + columns)
