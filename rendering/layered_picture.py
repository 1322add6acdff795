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

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..interruption import check_interruption
from .beyond_border import NOTICEABLE, padded, sides
from .completion import FEWEST_SOURCES, complete_picture, fill_smoothly
from .copy_blending import CopyBlend
from .hole_filling import pull_push
from .layer_contents import Content, with_contents
from .layer_parts import Part, continued, hidden_masks, layer_parts, rim_width, surface_mask
from .layer_stack import LayerStack, Plate
from .layered_motion import LayeredMotion
from .morphology import grown
from .motion_inverse import between_nodes
from .picture_layer import MATTE, PLANES, PictureLayer

MOST_BEYOND = 0.5  # fraction of a side by which the picture is extended outwards at most
UNPAINTED = -1  # the index of the part of a picture that no layer covers
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
    parts: list[Part]
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
            return self.blends[position].mixed(copies[0], copies[1], share)
        return torch.lerp(copies[0], copies[1], share)

    @cached_property
    def blends(self) -> list[CopyBlend]:
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
    parts = [part for layer in motion.layers for part in layer_parts(layer, motion, times, (height, width))]
    far = _needed_sides(parts, times, (height, width)) if beyond is None else (*beyond, *beyond)
    beyond = max(far[0], far[2]), max(far[1], far[3])
    layers, ways = [], {"nothing"}
    for position, part in enumerate(parts):
        # What is beyond the border of a layer that does not move never comes into view, so it is not completed.
        margin = (0, 0) if part.layer.still else beyond
        canvas = padded(picture.cpu(), margin)
        inside = padded(torch.ones(height, width), margin, 0.0) > 0
        cover = continued(part, part.cover, margin)
        matte = cover if position else torch.ones_like(cover)
        hidden, deep = hidden_masks(parts, position, margin)
        unknown = (hidden | (cover < 0.5 if position == 0 else hidden) | ~inside) & (matte > 0)
        # Pixels beside a layer in front may contain its colour, so they are completed as well, but they count as known.
        hole = (unknown | (_with_rim(hidden, picture) & (matte > 0))) & ~deep & _in_view(inside, margin, far)
        shown, own = canvas, torch.zeros_like(inside)
        if (content := contents.get(part.layer.index)) is not None:
            given = padded(content.known.float(), margin, 0.0) > 0
            opacity = padded(content.opacity, margin)
            own = given & (hole | (matte < _SOLID) | (opacity < _SOLID))
            shown = torch.where(own[..., None], padded(content.colour, margin), canvas)
            ways.add("plate" if bool((hole & given).any()) else "nothing")
            hole, matte = hole & ~given, matte * opacity
        sources = ((matte > 0.5) | _own_colours(matte, rim_width(height, width))) & inside & ~hole & ~deep
        colour, way = _complete(shown, hole, sources, inside, plate, margin, complete, seed, check_cancel)
        ways.add(way)
        own |= surface_mask(part, margin) & ~hole
        colour = torch.where(own[..., None], colour, _extend(colour, matte, rim_width(height, width)))
        known = (~unknown).float()
        moving = continued(part, part.layer.activity, margin)
        weak = 1 - continued(part, part.layer.strength, margin)
        planes = torch.stack([*colour.unbind(-1), matte, matte * known, matte * moving, matte * weak])
        if margin != beyond:
            planes = padded(planes.permute(1, 2, 0), beyond).permute(2, 0, 1)
        layers.append(PictureLayer(part.layer.index, part.layer.still, planes.to(picture.device)))
    weakest = next(way for way in ("smooth", "patches", "plate", "nothing") if way in ways)
    return LayeredPicture(picture, layers, parts, beyond, weakest)


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


def _own_colours(matte: Tensor, rim: int) -> Tensor:
    """[h,w] bool: where the picture shows a layer's own colour under its matte [h,w], not one that its edge mixes with what is behind.

    An edge wider than twice the rim is feathered on purpose: there the picture itself fades out.
    """
    solid = matte > _SOLID
    return (
        solid if bool(solid.all()) else solid | ((matte > NOTICEABLE) & ~grown(matte <= NOTICEABLE, 2 * rim))
    )


def _extend(colour: Tensor, matte: Tensor, rim: int) -> Tensor:
    """Colours [h,w,3] that continue smoothly from those of the layer itself across its soft edge and outside it."""
    solid = _own_colours(matte, rim)
    if bool(solid.all()) or not bool(solid.any()):
        return colour
    return pull_push(colour.permute(2, 0, 1)[None], solid[None].float())[0].permute(1, 2, 0)


def _with_rim(mask: Tensor, picture: Tensor) -> Tensor:
    """A mask [h,w] of hidden pixels, grown by the rim for a picture [H,W,3]."""
    return grown(mask, rim_width(*picture.shape[:2])) if bool(mask.any()) else mask


def hidden_area(motion: LayeredMotion, height: int, width: int) -> Tensor:
    """[H,W] bool: the pixels that moving layers in front of the unpainted part cover at time 0, grown by a fraction `RIM` of
    the short side."""
    hidden = torch.zeros(height, width, dtype=torch.bool)
    unpainted = [entry.index for entry in motion.layers].index(UNPAINTED)
    for entry in motion.layers[unpainted + 1 :]:
        if not entry.still and not entry.stays:
            hidden |= entry.cover > NOTICEABLE
    return _with_rim(hidden, hidden[..., None])


def needed_beyond(
    motion: LayeredMotion, times: Sequence[float] | np.ndarray, size: tuple[int, int]
) -> tuple[int, int]:
    """Rows and columns by which frames of `size` (height, width) at `times` show what is beyond each side of the picture."""
    parts = [part for layer in motion.layers for part in layer_parts(layer, motion, times, size)]
    far = _needed_sides(parts, times, size)
    return max(far[0], far[2]), max(far[1], far[3])


def extended_picture(picture: Tensor, beyond: tuple[int, int]) -> Tensor:
    """A picture [H,W,3] with `beyond` rows and columns more on each side, completed from what is near the border."""
    canvas = padded(picture, beyond)
    inside = padded(torch.ones(picture.shape[:2]), beyond, 0.0) > 0
    return _complete(canvas, ~inside, inside, inside, None, beyond, True, 0, check_interruption)[0]


def _needed_sides(
    parts: Sequence[Part], times: Sequence[float] | np.ndarray, size: tuple[int, int]
) -> tuple[int, int, int, int]:
    """Rows above, columns on the left, rows below and columns on the right of a picture that frames at `times` show."""
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
                    place = place[torch.minimum(*shown)[0, 0] > NOTICEABLE]
                if place.numel():
                    flat = place.reshape(-1, 2)
                    low, high = torch.minimum(low, flat.amin(0)), torch.maximum(high, flat.amax(0))
    reach = torch.cat([-low.flip(0), high.flip(0) - 1]).clamp(0, MOST_BEYOND).tolist()
    top, left, bottom, right = (
        int(np.ceil(far * side - 1e-4)) for far, side in zip(reach, (*size, *size), strict=True)
    )
    top, left, bottom, right = (pixels + 2 if pixels else 0 for pixels in (top, left, bottom, right))
    return top, left, bottom, right


def _in_view(inside: Tensor, beyond: tuple[int, int], far: tuple[int, int, int, int]) -> Tensor:
    """A mask [h,w] of the picture and of what is at most `far` (see `_needed_sides`) beyond its border."""
    (rows, columns), (top, left) = inside.shape, beyond
    shown = torch.zeros_like(inside)
    shown[
        max(0, top - far[0]) : rows - max(0, top - far[2]),
        max(0, left - far[1]) : columns - max(0, left - far[3]),
    ] = True
    return shown
