"""A picture in layers, back to front: each with its own pixels and a soft matte, and with what it hides completed.

Frames are drawn backwards: for every pixel the place in the layer is sampled that the layer's motion carries there, and
the layers are put over each other with their mattes (Porter and Duff, "Compositing Digital Images", SIGGRAPH 1984, the
operator *over*). So a frame has no holes and no comb lines, at fractional motion and at any growth. Where a layer has
moved away one sees what is behind it: the layers below, a connected plate, or a completed picture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from .completion import complete_picture, fill_smoothly
from .hole_filling import pull_push
from .motion_inverse import LayerMotion, between_nodes, inverse_on_nodes
from .picture_layer import MATTE, PLANES, PictureLayer

RIM = 0.006  # of the short side: completion reaches this far beyond a region, so that no fringe of a moved thing stays
MOST_BEYOND = 0.5  # of a side: the picture is completed outwards at most this far
_NOTICEABLE = 0.02  # of a pixel that a layer covers
_FRAMES_AT_ONCE = 8


class Layer(Protocol):
    """What is asked of each layer of a motion; `motion.field.moving_layers.MovingLayer` explains its members."""

    @property
    def index(self) -> int: ...
    @property
    def cover(self) -> Tensor: ...
    @property
    def still(self) -> bool: ...
    @property
    def activity(self) -> Tensor: ...
    @property
    def strength(self) -> Tensor: ...


class LayeredMotion(LayerMotion, Protocol):
    """A motion that moves in layers, back to front; `motion.field.moving_layers.MovingLayers` is one."""

    @property
    def times(self) -> Sequence[float] | np.ndarray:
        """The clip time 0..1 of each frame."""
        ...

    @property
    def layers(self) -> Sequence[Layer]: ...


@dataclass(frozen=True)
class LayeredPicture:
    """A picture [H,W,3] in layers, back to front, that can be drawn at any time.

    beyond: rows and columns by which the layers' canvas is larger on each side. completed_by: how the areas behind were
    found, "nothing" where there are none, else "plate", "patches" or "smooth", whichever is the weakest.
    """

    picture: Tensor
    layers: list[PictureLayer]
    motion: LayeredMotion
    beyond: tuple[int, int]
    completed_by: str

    def frames(self, times: Sequence[float] | np.ndarray) -> Iterator[Tensor]:
        """Frames [n,7,H,W] at clip times, in the order of `picture_layer.PLANES`, a few at a time: memory does not grow with
        their number. The frame at time 0 differs from the picture at soft edges."""
        times = np.asarray(times, dtype=np.float64)
        for first in range(0, len(times), _FRAMES_AT_ONCE):
            yield self._draw(times[first : first + _FRAMES_AT_ONCE])

    def _draw(self, times: np.ndarray) -> Tensor:
        height, width = self.picture.shape[:2]
        top, left = self.beyond
        out = torch.zeros(len(times), len(PLANES), height, width, device=self.picture.device)
        for layer in self.layers:
            if layer.still:
                _put_over(out, layer.unmoved(slice(top, top + height), slice(left, left + width))[None])
                continue
            nodes, scales = inverse_on_nodes(self.motion, layer.index, times, (height, width))
            for number, scale in enumerate(scales.tolist()):
                box = layer.box(nodes[number], self.beyond, (height, width))
                if box is None:
                    continue
                place = between_nodes(nodes[number], box, (height, width))
                place = place * place.new_tensor([width, height]) + place.new_tensor([left, top])
                rows, columns = box
                _put_over(out[number, None, :, rows, columns], layer.sample(place, scale)[None])
        return out


def _put_over(below: Tensor, above: Tensor) -> None:
    """Put `above` over `below`, in place; both [n,7,h,w] with colours multiplied by the matte."""
    below.mul_(1 - above[:, MATTE, None]).add_(above)


def layered_picture(
    picture: Tensor,
    motion: LayeredMotion,
    times: Sequence[float] | np.ndarray,
    plate: Tensor | None = None,
    complete: bool = True,
    seed: int = 0,
    check_cancel: Callable[[], None] = lambda: None,
) -> LayeredPicture:
    """Take a picture [H,W,3] (0..1) apart into the layers of a motion, to be drawn at `times`.

    plate: [H,W,3], the picture without what moves, shown behind everything that is painted. complete: whether areas
    without a plate are filled with patches of the picture, or smoothly. Raises ValueError for a plate of another size.
    """
    if plate is not None and plate.shape != picture.shape:
        raise ValueError(f"The plate is {list(plate.shape)}, but the picture is {list(picture.shape)}.")
    height, width = picture.shape[:2]
    beyond = needed_beyond(motion, times, height, width)
    canvas = _pad(picture.cpu(), beyond)
    inside = _pad(torch.ones(height, width), beyond, 0.0) > 0
    rim = max(1, round(RIM * min(height, width)))
    layers, ways = [], {"nothing"}
    for position, entry in enumerate(motion.layers):
        cover = _pad(entry.cover, beyond)
        matte = cover if position else torch.ones_like(cover)
        hidden = torch.zeros_like(inside)
        for other in motion.layers[position + 1 :]:
            if not (other.still and entry.still):
                hidden |= _pad(other.cover, beyond) > _NOTICEABLE
        unknown = (hidden | (cover < 0.5 if position == 0 else hidden) | ~inside) & (matte > 0)
        # The fringe beside a region is completed too, though nothing hides it.
        hole = unknown | (_grow(hidden, rim) & (matte > 0))
        lends = (matte > 0.5) & ~hole
        colour, way = _complete(canvas, hole, lends, inside, plate, beyond, complete, seed, check_cancel)
        ways.add(way)
        colour = _extend(colour, matte)
        known = (~unknown).float()
        moving, weak = _pad(entry.activity, beyond), 1 - _pad(entry.strength, beyond)
        planes = torch.stack([*colour.unbind(-1), matte, matte * known, matte * moving, matte * weak])
        layers.append(PictureLayer(entry.index, entry.still, planes.to(picture.device)))
    weakest = next(way for way in ("smooth", "patches", "plate", "nothing") if way in ways)
    return LayeredPicture(picture, layers, motion, beyond, weakest)


def _complete(
    canvas: Tensor,
    hole: Tensor,
    lends: Tensor,
    inside: Tensor,
    plate: Tensor | None,
    beyond: tuple[int, int],
    complete: bool,
    seed: int,
    check_cancel: Callable[[], None],
) -> tuple[Tensor, str]:
    """The canvas with its hole filled from the plate and from the pixels that may lend; and the weakest way it took."""
    way = "nothing"
    if plate is not None and bool((hole & inside).any()):
        canvas = torch.where((hole & inside)[..., None], _pad(plate.cpu(), beyond), canvas)
        hole, lends, way = hole & ~inside, lends | (hole & inside), "plate"
    if not bool(hole.any()):
        return canvas, way
    check_cancel()
    avoid = ~(lends | hole)
    if not complete:
        return fill_smoothly(canvas, hole, avoid), "smooth"
    found = complete_picture(canvas, hole, avoid, seed, check_cancel)
    return found.picture, "patches" if found.by_patches else "smooth"


def _extend(colour: Tensor, matte: Tensor) -> Tensor:
    """Colours [h,w,3] in which the soft edge of a matte, and what is outside of it, continue the colours inside."""
    solid = matte > 0.98
    if bool(solid.all()) or not bool(solid.any()):
        return colour
    return pull_push(colour.permute(2, 0, 1)[None], solid[None].float())[0].permute(1, 2, 0)


def _pad(values: Tensor, beyond: tuple[int, int], constant: float | None = None) -> Tensor:
    """[h,w] or [h,w,3] with `beyond` more rows and columns on each side: the border repeated, or a constant."""
    top, left = beyond
    if not top and not left:
        return values
    planes = values[None, None] if values.ndim == 2 else values.permute(2, 0, 1)[None]
    if constant is None:
        padded = F.pad(planes, (left, left, top, top), mode="replicate")[0]
    else:
        padded = F.pad(planes, (left, left, top, top), value=constant)[0]
    return padded[0] if values.ndim == 2 else padded.permute(1, 2, 0)


def _grow(mask: Tensor, radius: int) -> Tensor:
    """A mask [h,w] grown by a disc."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    return torch.from_numpy(cv2.dilate(mask.numpy().astype(np.uint8), kernel)).bool()


def hidden_area(motion: LayeredMotion, height: int, width: int) -> Tensor:
    """[H,W] bool: the part of a picture that moving layers hide at time 0, with the fringe around them."""
    hidden = torch.zeros(height, width, dtype=torch.bool)
    for entry in motion.layers[1:]:
        if not entry.still:
            hidden |= entry.cover > _NOTICEABLE
    return _grow(hidden, max(1, round(RIM * min(height, width)))) if bool(hidden.any()) else hidden


def needed_beyond(
    motion: LayeredMotion, times: Sequence[float] | np.ndarray, height: int, width: int
) -> tuple[int, int]:
    """How many rows and columns beyond the picture the frames at `times` show of any layer."""
    low, high = torch.zeros(2), torch.ones(2)
    for position, layer in enumerate(motion.layers):
        if layer.still:
            continue
        for first in range(0, len(times), _FRAMES_AT_ONCE):
            some = times[first : first + _FRAMES_AT_ONCE]
            place, _ = inverse_on_nodes(motion, layer.index, some, (height, width))
            if position:
                cover = layer.cover.expand(len(place), 1, -1, -1)
                at = place.clamp(0, 1) * 2 - 1
                shown = F.grid_sample(cover, at, align_corners=False, padding_mode="border")[:, 0]
                place = place[shown > _NOTICEABLE]
            if place.numel():
                flat = place.reshape(-1, 2)
                low, high = torch.minimum(low, flat.amin(0)), torch.maximum(high, flat.amax(0))
    reach_x, reach_y = torch.maximum(-low, high - 1).clamp(0, MOST_BEYOND).tolist()
    rows, columns = int(np.ceil(reach_y * height - 1e-4)), int(np.ceil(reach_x * width - 1e-4))
    return (rows + 2 if rows else 0), (columns + 2 if columns else 0)
