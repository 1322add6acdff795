"""What is behind the moving layers of a picture, as bytes for the canvas editor, and the clean plate as a picture.

The bytes have the form of `field_preview`: a header and a payload. The header is

    {"layers": [{"layer": -1, "box": [0, 0, 1, 1], "mask": {"hash": "…", "width": 640, "height": 427, "offset": 0},
                 "overlay": {"offset": 273280, "length": 9120} or null}, …], "completed_by": "patches"}

`mask` is the whole coverage of a layer, also where other layers hide it. `overlay` is a PNG with the colours that the layer
has and the picture does not show: what was completed behind other layers, and edges without the colour of the background;
it is transparent elsewhere. Layers with a wide edge are left out, because they are parts of the layers below them.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ...rendering.completion import complete_picture
from ...rendering.layered_picture import LayeredPicture, hidden_area, layered_picture
from ...rendering.picture_layer import MATTE
from ...rendering.snapped_motion import snapped_motion
from ..field.field import MotionField, painted_field, painted_layers
from ..field.layers import BrushLayer
from ..field.moving_layers import UNPAINTED, fades_out
from ..field.region import Grid
from .bounded_cache import BoundedCache
from .field_preview import (
    Cancelled,
    Payload,
    Request,
    Share,
    digest,
    encode,
    even_grid,
    mask_entry,
    not_cancelled,
    read_request,
)  # fmt: skip
from .snapping import seen_picture

PLATE_SIDE = 768  # px, the longer side of the picture that is completed for play
PLATE_BYTES = 64_000_000
_DIFFERENT = 0.012  # difference of colour from which a layer's own colour is sent
_FRAMES = 2  # a plate depends on whether a layer moves, not on how

_plates = BoundedCache(PLATE_BYTES)


def plate_preview_bytes(
    request: Mapping[str, Any],
    picture: Tensor,
    masks: Sequence[Tensor] | Tensor = (),
    depth: Tensor | None = None,
    cancelled: Callable[[], bool] = not_cancelled,
) -> bytes:
    """What is behind the layers of the document in `request`, in the format of this module.

    request, masks, depth and cancelled: as in `field_preview.field_preview_bytes`. picture: [H,W,3] in 0..1. A motion that
    cannot be drawn in layers has none. The result is cached by picture and regions.
    """
    query = read_request(request, len(masks))
    field = painted_field(query.document, _FRAMES, masks, depth, query.aspect)
    grid = even_grid(min(PLATE_SIDE, max(picture.shape[:2])), query.aspect)
    seen = seen_picture(picture, grid)
    assert seen is not None
    drawn = _plates.get(
        (plate_key(field), seen.digest),
        lambda: drawn_layers(field, seen.pixels, cancelled),
        lambda found: sum(len(share.pixels) + len(overlay) for _, share, overlay in found[0]),
    )
    return encoded_plate(query, grid, drawn)


def plate_key(field: MotionField) -> Hashable:
    """Everything that the plate of a picture depends on; how far a layer moves does not matter."""
    layers = tuple(
        (layer.layer.region, None if layer.mask is None else digest(layer.mask), layer.order, layer.moves, layer.freeze)
        for layer in field.layers
        if isinstance(layer, BrushLayer)
    )  # fmt: skip
    wide = tuple(fades_out(layer, field.aspect or 1.0) for layer in field.layers)
    dense = any(camera.inverse_depth is not None for camera in field.cameras)
    return layers, wide, bool(field.cameras), dense, field.aspect


def layered(field: MotionField, picture: Tensor, cancelled: Callable[[], bool]) -> LayeredPicture | None:
    """The layers of a picture [H,W,3], completed inside its borders; None for a motion without layers."""

    def check_cancel() -> None:
        if cancelled():
            raise Cancelled

    motion = field.in_layers(*picture.shape[:2])
    if motion is None or motion.depths is not None:
        return None
    snapped = snapped_motion(motion, picture)
    return layered_picture(picture, snapped, field.times, check_cancel=check_cancel, beyond=(0, 0))


def drawn_layers(
    field: MotionField, picture: Tensor, cancelled: Callable[[], bool]
) -> tuple[list[tuple[int, Share, bytes]], str]:
    """Index, coverage and overlay (empty where there is none) of each layer, and how hidden areas were completed."""
    found = layered(field, picture, cancelled)
    if found is None:
        return [], "nothing"
    drawn = []
    for layer in found.layers:
        share = Share((layer.planes[MATTE] * 255).round().byte().numpy())
        drawn.append((layer.index, share, overlay_of(layer.planes[:4], picture)))
    return drawn, found.completed_by


def overlay_of(planes: Tensor, picture: Tensor) -> bytes:
    """A PNG of a layer's colours and matte [4,h,w], where it has colours that differ from the picture; else empty."""
    from PIL import Image

    colours, near = planes[:3].permute(1, 2, 0), F.max_pool2d(planes[None, MATTE], 5, 1, 2)[0] > 0
    different = (((colours - picture).abs().amax(-1) > _DIFFERENT) & near).byte().numpy()
    if not different.any():
        return b""
    near = cv2.dilate(different, np.ones((3, 3), np.uint8))
    alpha = cv2.GaussianBlur(near.astype(np.float32), (0, 0), 0.8)
    alpha = np.maximum(alpha, different)
    rgba = np.concatenate([colours.clamp(0, 1).numpy(), alpha[..., None]], -1)
    pixels = (rgba * 255).round().astype(np.uint8)
    pixels[alpha == 0] = 0
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", compress_level=1)
    return out.getvalue()


def encoded_plate(query: Request, grid: Grid, drawn: tuple[list[tuple[int, Share, bytes]], str]) -> bytes:
    """The answer in the format of this module, without the masks that the editor has."""
    painted, payload, entries = painted_layers(query.document), Payload(), []
    for index, share, overlay in drawn[0]:
        if share.box is not None:
            entries.append(
                {
                    "layer": UNPAINTED if index == UNPAINTED else painted[index],
                    "box": share.box,
                    "mask": mask_entry(share, grid, query.have, payload),
                    "overlay": {"length": len(overlay), "offset": payload.add(overlay)} if overlay else None,
                }
            )
    return encode({"layers": entries, "completed_by": drawn[1]}, payload)


def clean_plate_of(
    request: Mapping[str, Any],
    picture: Tensor,
    masks: Sequence[Tensor] | Tensor = (),
    cancelled: Callable[[], bool] = not_cancelled,
) -> tuple[Tensor, Tensor]:
    """The picture [H,W,3] without what the document moves, and [H,W] bool where it was completed.

    Raises ValueError where nothing in front of the unpainted part moves.
    """

    def check_cancel() -> None:
        if cancelled():
            raise Cancelled

    query = read_request(request, len(masks))
    field = painted_field(query.document, _FRAMES, masks, None, query.aspect)
    motion = field.in_layers(*picture.shape[:2])
    assert motion is not None  # every layer is painted, and no depth was given
    removed = hidden_area(snapped_motion(motion, picture), *picture.shape[:2])
    if not bool(removed.any()):
        raise ValueError("nothing that is painted moves, so there is nothing to remove from the picture")
    return complete_picture(picture, removed, check_cancel=check_cancel).picture, removed


def plate_pixels(plate: Tensor, removed: Tensor) -> np.ndarray:
    """A plate and its mask as RGBA bytes [H,W,4]; Load Image reads the plate as its image and `removed` as its mask."""
    rgba = torch.cat([plate.clamp(0, 1), 1 - removed[..., None].float()], -1)
    return (rgba * 255).round().byte().numpy()
