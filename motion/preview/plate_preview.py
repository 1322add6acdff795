"""What is behind the moving layers of a picture, as bytes for the canvas editor, and the clean plate as a picture.

The bytes have the form of `field_preview`: a header and a payload. The header is

    {"layers": [{"layer": -1, "box": [0, 0, 1, 1], "mask": {"hash": "…", "width": 640, "height": 427, "offset": 0},
                 "overlay": {"offset": 273280, "length": 9120} or null}, …],
     "beyond": [{"layer": -1, "extent": [-0.125, 0, 1.125, 1], "box": …, "mask": …, "overlay": …}, …],
     "completed_by": "patches"}

`mask` is the whole coverage of a layer, also where other layers hide it. `overlay` is a PNG with the colours that the layer
has and the picture does not show: what was completed behind other layers, and edges without the colour of the background;
it is transparent elsewhere. Layers with a wide edge are left out, because they are parts of the layers below them.

`beyond` is what comes into view of a layer outside the picture: mask and overlay of a frame around it, which fill the
`extent` (left, top, right, bottom in the document's coordinates) and reach a few pixels into the picture.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, NamedTuple

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ...rendering.beyond_border import reach_beyond
from ...rendering.completion import complete_picture
from ...rendering.layer_contents import MotionWithLayers
from ...rendering.layered_picture import (
    MOST_BEYOND,
    LayeredPicture,
    extended_picture,
    hidden_area,
    layered_picture,
    needed_beyond,
)
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
_STEP = (
    1 / 8
)  # of a side; what is beyond the border is completed in such steps, so that few camera moves need another plate
_PROBED_SIDE, _PROBED_TIMES = 64, np.linspace(0, 1, 9)  # with which it is found out how many steps are needed
_OVERLAP = 3  # px by which the frame around the picture reaches into it

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
    steps = steps_beyond(field, query.aspect)
    drawn = _plates.get(
        (plate_key(field), seen.digest, steps),
        lambda: drawn_layers(field, seen.pixels, cancelled, steps),
        lambda found: sum(len(piece.share.pixels) + len(piece.overlay) for piece in found[0]),
    )
    return encoded_plate(query, grid, drawn)


class Piece(NamedTuple):
    """What is drawn of a layer: its index, coverage and overlay (empty where there is none). A frame around the picture has an
    extent and a grid of its own."""

    index: int
    share: Share
    overlay: bytes
    extent: tuple[float, float, float, float] | None = None
    grid: Grid | None = None


def steps_beyond(field: MotionField, aspect: float) -> tuple[int, int]:
    """By how many steps down and across the picture is extended on each side: as far as the camera shows what is there, and as far
    as things that move reach that the border cuts off."""
    grid = even_grid(_PROBED_SIDE, aspect)
    size = grid.height, grid.width
    motion = field.in_layers(*size)
    if motion is None:
        return 0, 0
    unpainted = [layer for layer in motion.layers if layer.index == UNPAINTED]
    seen = needed_beyond(MotionWithLayers(motion, unpainted), _PROBED_TIMES, size)
    needed = [tuple(far / side for far, side in zip(seen, size, strict=True))]
    if motion.depths is None:  # else the layers are not drawn whole; see `layered`
        moving = (layer for layer in motion.layers if layer.index != UNPAINTED and not layer.still)
        needed += [reach_beyond(layer.cover, MOST_BEYOND) for layer in moving]
    down, across = (
        min(round(MOST_BEYOND / _STEP), math.ceil(max(far) / _STEP)) for far in zip(*needed, strict=True)
    )
    return down, across


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


def layered(
    field: MotionField, picture: Tensor, cancelled: Callable[[], bool], beyond: tuple[int, int] = (0, 0)
) -> LayeredPicture | None:
    """The layers of a picture [H,W,3], extended by `beyond` rows and columns; None for a motion without layers."""

    def check_cancel() -> None:
        if cancelled():
            raise Cancelled

    motion = field.in_layers(*picture.shape[:2])
    if motion is None or motion.depths is not None:
        return None
    snapped = snapped_motion(motion, picture)
    return layered_picture(picture, snapped, field.times, check_cancel=check_cancel, beyond=beyond)


def drawn_layers(
    field: MotionField, picture: Tensor, cancelled: Callable[[], bool], steps: tuple[int, int] = (0, 0)
) -> tuple[list[Piece], str]:
    """The pieces of all layers, back to front, and how hidden areas were completed."""
    height, width = picture.shape[:2]
    top, left = (round(count * _STEP * side) for count, side in zip(steps, (height, width), strict=True))
    found = layered(field, picture, cancelled, (top, left))
    if found is None:
        if not (top or left):
            return [], "nothing"
        colours = extended_picture(picture, (top, left)).permute(2, 0, 1)
        around = torch.cat([colours, torch.ones_like(colours[:1])])
        return [frame_around(UNPAINTED, around, (top, left), field.aspect or width / height)], "patches"
    drawn = []
    for layer in found.layers:
        if (top or left) and not layer.still:
            drawn.append(frame_around(layer.index, layer.planes, (top, left), field.aspect or width / height))
        planes = layer.planes[:, top : top + height, left : left + width]
        share = Share((planes[MATTE] * 255).round().byte().numpy())
        drawn.append(Piece(layer.index, share, overlay_of(planes[:4], picture)))
    return drawn, found.completed_by


def frame_around(index: int, planes: Tensor, beyond: tuple[int, int], aspect: float) -> Piece:
    """What a layer's planes [n,h,w] (colours and matte first) show outside the picture, which is `beyond` px inside them."""
    height, width = planes.shape[1:]
    top, left = beyond
    across, down = width - 2 * left, height - 2 * top
    inner = torch.zeros(height, width)
    inner[top + _OVERLAP : top + down - _OVERLAP, left + _OVERLAP : left + across - _OVERLAP] = 1
    share = Share((planes[MATTE] * (1 - inner) * 255).round().byte().numpy())
    rgba = torch.cat([planes[:3], 1 - inner[None]]).permute(1, 2, 0)
    extent = -left / across, -top / down, 1 + left / across, 1 + top / down
    grid = Grid(height, width, aspect * width / across * down / height)
    return Piece(index, share, _png(rgba.clamp(0, 1).numpy()), extent, grid)


def overlay_of(planes: Tensor, picture: Tensor) -> bytes:
    """A PNG of a layer's colours and matte [4,h,w], where it has colours that differ from the picture; else empty."""
    colours, near = planes[:3].permute(1, 2, 0), F.max_pool2d(planes[None, MATTE], 5, 1, 2)[0] > 0
    different = (((colours - picture).abs().amax(-1) > _DIFFERENT) & near).byte().numpy()
    if not different.any():
        return b""
    near = cv2.dilate(different, np.ones((3, 3), np.uint8))
    alpha = cv2.GaussianBlur(near.astype(np.float32), (0, 0), 0.8)
    alpha = np.maximum(alpha, different)
    return _png(np.concatenate([colours.clamp(0, 1).numpy(), alpha[..., None]], -1))


def _png(rgba: np.ndarray) -> bytes:
    """A PNG of colours and alpha [h,w,4] in 0..1; what is transparent is black."""
    from PIL import Image

    pixels = (rgba * 255).round().astype(np.uint8)
    pixels[rgba[..., 3] == 0] = 0
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", compress_level=1)
    return out.getvalue()


def encoded_plate(query: Request, grid: Grid, drawn: tuple[list[Piece], str]) -> bytes:
    """The answer in the format of this module, without the masks that the editor has."""
    painted, payload, entries, frames = painted_layers(query.document), Payload(), [], []
    for index, share, overlay, extent, own_grid in drawn[0]:
        if share.box is None:
            continue
        entry = {
            "layer": UNPAINTED if index == UNPAINTED else painted[index],
            "box": share.box,
            "mask": mask_entry(share, own_grid or grid, query.have, payload),
            "overlay": {"length": len(overlay), "offset": payload.add(overlay)} if overlay else None,
        }
        if extent is None:
            entries.append(entry)
        else:
            frames.append({**entry, "extent": [round(edge, 6) for edge in extent]})
    return encode({"layers": entries, "beyond": frames, "completed_by": drawn[1]}, payload)


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
