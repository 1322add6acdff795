"""Layered pictures: a picture is split into layers with soft mattes, and the hidden parts of each layer are completed.

Each layer is warped backwards: every pixel of a frame samples the layer at the inverse of its motion. The layers are then
composited back to front (Porter and Duff, "Compositing Digital Images", SIGGRAPH 1984, the operator *over*). Backward
sampling leaves no gaps between pixels, at sub-pixel motion and at any enlargement. A layer that moves away uncovers the
layers behind it, whose hidden parts come from a clean plate or from image completion.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..interruption import check_interruption
from .beyond_border import mirrored, padded, sides
from .completion import FEWEST_SOURCES, complete_picture, fill_smoothly
from .copy_blending import CopyBlend
from .depth_slices import depth_slices, parallax_of
from .hole_filling import pull_push
from .layer_contents import Content, with_contents
from .layer_stack import LayerStack, Plate
from .layered_motion import Layer, LayeredMotion
from .morphology import grown
from .motion_inverse import LayerMotion, MotionInverse, SliceMotion, between_nodes
from .picture_layer import MATTE, PLANES, PictureLayer

# Fraction of the short side by which a hole is larger than the layer that hides it, so that no rim of the layer's colour
# remains where it was.
RIM = 0.006
MOST_BEYOND = 0.5  # fraction of a side by which the picture is extended outwards at most
UNPAINTED = -1  # the index of the part of a picture that no layer covers
_NOTICEABLE = 0.02  # coverage above which a layer counts as visible at a pixel
_SOLID = 0.98  # coverage from which a pixel shows the colour of its layer alone
_FRAMES_AT_ONCE = 8
Shape = tuple[Tensor, float]  # an inverse motion at one time, on nodes, and its mean scale


@dataclass(frozen=True)
class LayeredPicture:
    """A picture [H,W,3] in layers, back to front, that can be drawn at any time.

    parts: the layers of the motion with their inverse motions, one for each of `layers`. beyond: rows and columns by which the layers extend the picture on each
    side. completed_by: how the hidden areas were completed: "plate", "patches" or "smooth", the last of these that was
    used; "nothing" when no area was hidden.
    """

    picture: Tensor
    layers: list[PictureLayer]
    parts: list[_Part]
    beyond: tuple[int, int]
    completed_by: str

    def frames(self, times: Sequence[float] | np.ndarray) -> Iterator[Tensor]:
        """Yield the frames at clip times `times` as [n,7,H,W], a few at a time; the planes are `picture_layer.PLANES`.

        Memory does not grow with the number of frames. The frame at time 0 differs from the picture at soft edges.
        """
        for some in _groups(times):
            yield self._draw(some)

    def _draw(self, times: np.ndarray) -> Tensor:
        height, width = self.picture.shape[:2]
        top, left = self.beyond
        out = torch.zeros(len(times), len(PLANES), height, width, device=self.picture.device)
        for position, (layer, part) in enumerate(zip(self.layers, self.parts, strict=True)):
            if layer.still:
                _put_over(out, layer.crop(slice(top, top + height), slice(left, left + width))[None])
                continue
            if part.second is not None and part.layer.fade is not None:
                shares = part.layer.fade(times).tolist()
                copies = zip(part.inverse.on_nodes(times), part.second.on_nodes(times), strict=True)
                for number, shapes in enumerate(copies):
                    _put_over(out[number, None], self._mixed(position, shapes, shares[number])[None])
                continue
            for number, nodes in enumerate(part.inverse.on_nodes(times)):
                if drawn := self._sampled(layer, *nodes):
                    (rows, columns), planes = drawn
                    _put_over(out[number, None, :, rows, columns], planes[None])
        return out

    def _mixed(self, position: int, shapes: tuple[Shape, Shape], share: float) -> Tensor:
        """The planes [7,H,W] of both copies of a layer, whose inverse motions are given, as one."""
        layer, part = self.layers[position], self.parts[position]
        copies = [layer.planes.new_zeros(len(PLANES), *self.picture.shape[:2]) for _ in shapes]
        for copy, shape, weight in zip(copies, shapes, (1 - share, share), strict=True):
            if weight and (drawn := self._sampled(layer, *shape)):
                copy[:, drawn[0][0], drawn[0][1]] = drawn[1]
        if part.layer.flows and 0 < share < 1:
            return self._blends[position].mixed(copies[0], copies[1], share)
        return torch.lerp(copies[0], copies[1], share)

    @cached_property
    def _blends(self) -> list[CopyBlend]:
        """How the copies of each part are blended, if it is a flow."""
        size = self.picture.shape[0], self.picture.shape[1]
        return [
            CopyBlend(part.layer.fade, partial(self.copies, position), size, part.layer.index)
            for position, part in enumerate(self.parts)
        ]

    def copies(self, position: int, time: float, size: tuple[int, int]) -> list[Tensor]:
        """The planes [7,h,w] of each copy of a layer at a clip time, in a frame that is resized to `size`."""
        drawn, whole = [], (slice(0, size[0]), slice(0, size[1]))
        for inverse in self.parts[position].inverses:
            nodes, scale = inverse.on_nodes([time])[0]
            place = self._on_canvas(between_nodes(nodes, whole, size))
            drawn.append(self.layers[position].sample(place, scale * size[0] / self.picture.shape[0]))
        return drawn

    def _on_canvas(self, place: Tensor) -> Tensor:
        """Places [h,w,2] in fractions of the picture's sides as pixels of the layers' canvas."""
        (height, width), (top, left) = self.picture.shape[:2], self.beyond
        return place * place.new_tensor([width, height]) + place.new_tensor([left, top])

    def _sampled(
        self, layer: PictureLayer, nodes: Tensor, scale: float
    ) -> tuple[tuple[slice, slice], Tensor] | None:
        """The rows and columns of a frame that show a layer, and its planes [7,h,w] there; None if it is not in view."""
        height, width = self.picture.shape[:2]
        box = layer.box(nodes, self.beyond, (height, width))
        if box is None:
            return None
        return box, layer.sample(self._on_canvas(between_nodes(nodes, box, (height, width))), scale)


def _groups(times: Sequence[float] | np.ndarray) -> Iterator[np.ndarray]:
    """The times in groups that are drawn together."""
    times = np.asarray(times, dtype=np.float64)
    for first in range(0, len(times), _FRAMES_AT_ONCE):
        yield times[first : first + _FRAMES_AT_ONCE]


def _put_over(below: Tensor, above: Tensor) -> None:
    """Composite `above` over `below` in place; both are [n,7,h,w] with premultiplied colours."""
    below.mul_(1 - above[:, MATTE, None]).add_(above)


def layered_picture(
    picture: Tensor,
    motion: LayeredMotion,
    times: Sequence[float] | np.ndarray,
    plate: Plate | None = None,
    complete: bool = True,
    seed: int = 0,
    check_cancel: Callable[[], None] = check_interruption,
    beyond: tuple[int, int] | None = None,
) -> LayeredPicture:
    """Split a picture [H,W,3] (0..1) into the layers of a motion, to be drawn at `times`.

    plate: [H,W,3], a clean plate: the picture without the moving objects; or a stack of given layers of the picture's size,
    which show what they look like where others hide them (see `layer_contents`). complete: True fills hidden areas that no plate
    shows with patches of the picture, False fills them smoothly. beyond: rows and columns by which the picture is
    extended on each side (default: as many as the motion needs). Raises ValueError for a plate of another size.
    """
    contents: dict[int, Content] = {}
    if isinstance(plate, LayerStack):
        if plate.size != tuple(picture.shape[:2]):
            raise ValueError(
                f"The canvas of the layers is {list(plate.size)}; it must have the size of the picture, {list(picture.shape[:2])}."
            )
        motion, contents = with_contents(motion, plate)
        plate = None
    if plate is not None and plate.shape != picture.shape:
        raise ValueError(
            f"The plate has shape {list(plate.shape)}; it must have that of the picture, {list(picture.shape)}."
        )
    height, width = picture.shape[:2]
    parts = [part for layer in motion.layers for part in _parts(layer, motion, times, (height, width))]
    if beyond is None:
        beyond = _needed_beyond(parts, times, (height, width))
    canvas = padded(picture.cpu(), beyond)
    inside = padded(torch.ones(height, width), beyond, 0.0) > 0
    layers, ways = [], {"nothing"}
    for position, part in enumerate(parts):
        cover = _continued(part, part.cover, beyond)
        matte = cover if position else torch.ones_like(cover)
        hidden, deep = _hidden(parts, position, beyond)
        unknown = (hidden | (cover < 0.5 if position == 0 else hidden) | ~inside) & (matte > 0)
        # Pixels beside a layer in front may contain its colour, so they are completed as well, but they count as known.
        hole = (unknown | (_with_rim(hidden, picture) & (matte > 0))) & ~deep
        shown, own = canvas, torch.zeros_like(inside)
        if (content := contents.get(part.layer.index)) is not None:
            given = padded(content.known.float(), beyond, 0.0) > 0
            opacity = padded(content.opacity, beyond)
            own = given & (hole | (matte < _SOLID) | (opacity < _SOLID))
            shown = torch.where(own[..., None], padded(content.colour, beyond), canvas)
            ways.add("plate" if bool((hole & given).any()) else "nothing")
            hole, matte = hole & ~given, matte * opacity
        sources = (matte > 0.5) & ~hole & ~deep
        colour, way = _complete(shown, hole, sources, inside, plate, beyond, complete, seed, check_cancel)
        ways.add(way)
        own |= _surface(part, beyond) & ~hole
        colour = torch.where(own[..., None], colour, _extend(colour, matte, _rim(height, width)))
        known = (~unknown).float()
        moving = _continued(part, part.layer.activity, beyond)
        weak = 1 - _continued(part, part.layer.strength, beyond)
        planes = torch.stack([*colour.unbind(-1), matte, matte * known, matte * moving, matte * weak])
        layers.append(PictureLayer(part.layer.index, part.layer.still, planes.to(picture.device)))
    weakest = next(way for way in ("smooth", "patches", "plate", "nothing") if way in ways)
    return LayeredPicture(picture, layers, parts, beyond, weakest)


class _Part(NamedTuple):
    """A layer, or a depth slice of it.

    cover: [H,W] in 0..1. reach: px by which other slices of the layer can at most move away from it. second: the inverse motion of
    the second copy of a layer that is cross-faded. joined: [H,W] bool, the surface of a slice; see `depth_slices.DepthSlice`.
    """

    layer: Layer
    cover: Tensor
    inverse: MotionInverse
    reach: int
    second: MotionInverse | None = None
    joined: Tensor | None = None

    @property
    def inverses(self) -> list[MotionInverse]:
        """The inverse motions of all copies."""
        return [self.inverse] if self.second is None else [self.inverse, self.second]


def _parts(
    layer: Layer, motion: LayeredMotion, times: Sequence[float] | np.ndarray, size: tuple[int, int]
) -> list[_Part]:
    """The depth slices of a layer, back to front, or the layer itself where there is no depth."""
    depths = None if layer.still else motion.depths

    def inverses(seen: LayerMotion) -> tuple[MotionInverse, MotionInverse | None]:
        second = None if layer.second is None else MotionInverse(seen, layer.second, size)
        return MotionInverse(seen, layer.index, size), second

    if depths is None:
        inverse, second = inverses(motion)
        return [_Part(layer, layer.cover, inverse, 0, second)]
    radius = _rim(*size)
    pixels = parallax_of(motion, layer.index, times, depths, size)
    depth_range = float(depths.mean(0).amax() - depths.mean(0).amin())
    reach = int(np.ceil(float(pixels.amax()) * depth_range)) + 2 * radius
    parts = []
    for piece in depth_slices(depths, layer.cover, pixels, radius):
        inverse, second = inverses(SliceMotion(motion, piece.depths))
        parts.append(_Part(layer, piece.cover, inverse, reach, second, piece.joined))
    return parts


def _hidden(parts: Sequence[_Part], position: int, beyond: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Masks [h,w] of what parts in front hide of a part, and of the share of that which never comes into view.

    The second lies behind other slices of the same layer, farther from the visible pixels than the slices move apart.
    """
    part = parts[position]
    hidden = padded(torch.zeros_like(part.cover), beyond) > 0
    slices = hidden.clone()
    for other in parts[position + 1 :]:
        if not (other.layer.still and part.layer.still) and not other.layer.stays:
            covered = _continued(other, other.cover, beyond) > _NOTICEABLE
            if other.layer is part.layer:
                # The slices show the same surface where they are joined, so neither hides the other there.
                covered &= ~_surface(part, beyond)
                slices |= covered
            hidden |= covered
    if not bool(slices.any()):
        return hidden, slices
    return hidden, slices & ~grown(~slices & (padded(part.cover, beyond) > _NOTICEABLE), part.reach)


def _continued(part: _Part, values: Tensor, beyond: tuple[int, int]) -> Tensor:
    """What a part covers, or another property of it [H,W], continued beyond the border; a depth slice goes on straight,
    because the depth does."""
    return padded(values, beyond) if part.joined is not None else mirrored(values, beyond)


def _surface(part: _Part, beyond: tuple[int, int]) -> Tensor:
    """A mask [h,w] of the surface of a depth slice; nothing for a layer that is not cut into slices."""
    joined = torch.zeros_like(part.cover) if part.joined is None else part.joined.float()
    return padded(joined, beyond) > 0


def _complete(
    canvas: Tensor,
    hole: Tensor,
    sources: Tensor,
    inside: Tensor,
    plate: Tensor | None,
    beyond: tuple[int, int],
    complete: bool,
    seed: int,
    check_cancel: Callable[[], None],
) -> tuple[Tensor, str]:
    """The canvas with its hole filled from the plate, else from the pixels of `sources`, and how: see `completed_by`."""
    way = "nothing"
    if plate is not None and bool((hole & inside).any()):
        canvas = torch.where((hole & inside)[..., None], padded(plate.cpu(), beyond), canvas)
        hole, sources, way = hole & ~inside, sources | (hole & inside), "plate"
    if not bool(hole.any()):
        return canvas, way
    check_cancel()
    avoid = ~(sources | hole)
    if not complete:
        return fill_smoothly(canvas, hole, avoid), "smooth"
    ways = {"patches"}
    for box, part, nearness in sides(hole, inside, beyond):
        borrowed = sources[box]
        if int(borrowed.sum()) < FEWEST_SOURCES:  # what is near the border belongs to other layers
            box, borrowed = (slice(None), slice(None)), sources
        here = part[box]
        if bool(here.any()):
            found = complete_picture(canvas[box], here, ~(borrowed | here), seed, check_cancel, nearness)
            canvas = canvas.clone()
            canvas[box] = found.picture
            ways.add("patches" if found.by_patches else "smooth")
            sources = sources | (part & ~inside)  # the corners continue the sides
    return canvas, "smooth" if "smooth" in ways else "patches"


def _extend(colour: Tensor, matte: Tensor, rim: int) -> Tensor:
    """Colours [h,w,3] that continue smoothly from the opaque part of the matte across its soft edge and outside it.

    An edge wider than twice the rim is feathered on purpose: there the picture itself fades out.
    """
    solid = matte > _SOLID
    if not bool(solid.all()):
        solid |= (matte > _NOTICEABLE) & ~grown(matte <= _NOTICEABLE, 2 * rim)
    if bool(solid.all()) or not bool(solid.any()):
        return colour
    return pull_push(colour.permute(2, 0, 1)[None], solid[None].float())[0].permute(1, 2, 0)


def _rim(height: int, width: int) -> int:
    """The rim in px around a layer that is completed with what the layer hides; see `RIM`."""
    return max(1, round(RIM * min(height, width)))


def _with_rim(mask: Tensor, picture: Tensor) -> Tensor:
    """A mask [h,w] of hidden pixels, grown by the rim for a picture [H,W,3]."""
    return grown(mask, _rim(*picture.shape[:2])) if bool(mask.any()) else mask


def hidden_area(motion: LayeredMotion, height: int, width: int) -> Tensor:
    """[H,W] bool: the pixels that moving layers in front of the unpainted part cover at time 0, grown by a fraction `RIM` of
    the short side."""
    hidden = torch.zeros(height, width, dtype=torch.bool)
    unpainted = [entry.index for entry in motion.layers].index(UNPAINTED)
    for entry in motion.layers[unpainted + 1 :]:
        if not entry.still and not entry.stays:
            hidden |= entry.cover > _NOTICEABLE
    return _with_rim(hidden, hidden[..., None])


def needed_beyond(
    motion: LayeredMotion, times: Sequence[float] | np.ndarray, size: tuple[int, int]
) -> tuple[int, int]:
    """Rows and columns by which frames of `size` (height, width) at `times` show what is beyond each side of the picture."""
    parts = [part for layer in motion.layers for part in _parts(layer, motion, times, size)]
    return _needed_beyond(parts, times, size)


def extended_picture(picture: Tensor, beyond: tuple[int, int]) -> Tensor:
    """A picture [H,W,3] with `beyond` rows and columns more on each side, completed from what is near the border."""
    canvas = padded(picture, beyond)
    inside = padded(torch.ones(picture.shape[:2]), beyond, 0.0) > 0
    return _complete(canvas, ~inside, inside, inside, None, beyond, True, 0, check_interruption)[0]


def _needed_beyond(
    parts: Sequence[_Part], times: Sequence[float] | np.ndarray, size: tuple[int, int]
) -> tuple[int, int]:
    """Rows and columns by which a picture must be extended on each side, because frames at `times` show them."""
    low, high = torch.zeros(2), torch.ones(2)
    for position, part in enumerate(parts):
        for some in () if part.layer.still else _groups(times):
            for place, _ in (nodes for inverse in part.inverses for nodes in inverse.on_nodes(some)):
                if position:
                    at = place[None].clamp(-MOST_BEYOND, 1 + MOST_BEYOND) * 2 - 1
                    shown = [
                        F.grid_sample(part.cover[None, None], at, align_corners=False, padding_mode=continued)
                        for continued in ("border", "reflection" if part.joined is None else "border")
                    ]
                    place = place[torch.minimum(*shown)[0, 0] > _NOTICEABLE]
                if place.numel():
                    flat = place.reshape(-1, 2)
                    low, high = torch.minimum(low, flat.amin(0)), torch.maximum(high, flat.amax(0))
    reach = torch.maximum(-low, high - 1).clamp(0, MOST_BEYOND).tolist()
    columns, rows = (int(np.ceil(far * side - 1e-4)) for far, side in zip(reach, size[::-1], strict=True))
    return (rows + 2 if rows else 0), (columns + 2 if columns else 0)
