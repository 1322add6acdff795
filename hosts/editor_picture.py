"""The picture that the canvas editor paints on, as JPEG, and limits on the files that it may use."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from ..motion.document.schema import DocumentError, read_choice, read_integer
from ..rendering.resizing import FITS, fit_image, size_within
from ..synthetic.pictures.render import EXAMPLE_IMAGES
from .example_pictures import example_picture

PICTURE_SIDE = 2048
"""Longer side of the picture in pixels."""
GREY_SIDE = 1024
"""Longer side of a mask or depth map in pixels."""
MOST_MASKS = 64
JPEG_QUALITY = 95


def picture_preview(request: Mapping[str, Any], load: Callable[[Mapping[str, Any]], Tensor]) -> bytes:
    """Return the picture that the editor paints on, as JPEG with its longer side at most PICTURE_SIDE pixels."""
    from PIL import Image

    pixels = (picture_of_request(request, load)[0].clamp(0, 1) * 255).round().to(torch.uint8).numpy()
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    return out.getvalue()


def picture_of_request(
    request: Mapping[str, Any], load: Callable[[Mapping[str, Any]], Tensor], side: int = PICTURE_SIDE
) -> Tensor:
    """Return the picture [1,H,W,3] that a request names, with its longer side at most `side` pixels.

    `request["source"]` is {"kind": "file", …} or {"kind": "video", "frame", …}, from which `load` makes an IMAGE [1,H,W,3], or
    {"kind": "example", "name", "width", "height", "variation"}. `request["fit"]` is null, or {"width", "height", "mode"} as in First Frame.
    Raises DocumentError for a malformed request, and whatever `load` raises.
    """
    source = members(request.get("source"), "source")
    kind = read_choice(source.get("kind"), "source.kind", ("file", "example", "video"))
    fit = None if request.get("fit") is None else members(request["fit"], "fit")
    if kind == "example":
        name = read_choice(source.get("name"), "source.name", EXAMPLE_IMAGES)
        width, height = (
            read_integer(source.get(side), f"source.{side}", 16, 4096) for side in ("width", "height")
        )
        width, height = size_within(width, height, side)
        variation = read_integer(source.get("variation", 0), "source.variation", 0, 2**31 - 1)
        picture = example_picture(name, height, width, variation)
    else:
        picture = load(source)
    if fit is not None:
        width, height = (
            read_integer(fit.get(side), f"fit.{side}", 16, 16384) for side in ("width", "height")
        )
        mode = read_choice(fit.get("mode", FITS[0]), "fit.mode", FITS)
        picture = fit_image(picture, *size_within(width, height, side), mode)
    width, height = size_within(picture.shape[2], picture.shape[1], side)
    return fit_image(picture, width, height, "stretch")


def members(value: Any, place: str) -> Mapping[str, Any]:
    """Return `value` as a JSON object; raises DocumentError if it is none."""
    if not isinstance(value, Mapping):
        raise DocumentError(place, "is not an object with named members")
    return value
