"""ComfyUI's LAYERS: a picture as a stack of images with transparency, made by Add Layer, by importers of layered files, or by a
model that takes a picture apart.

Layers are put together as ComfyUI's Create Layered Image does: the operator *over* in linear light. A value of a LAYERS mask
is 1 where the layer is transparent.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

MOST_LAYERS = 64
MOST_SIDE = 16384  # px, of the canvas
COVERS = 0.95  # a layer that covers this share of the canvas is a background


@dataclass(frozen=True)
class StackLayer:
    """One layer on the canvas: colours [H,W,3] in 0..1, its shape [H,W] in 0..1, and the opacity of the whole layer."""

    name: str
    colour: Tensor
    shape: Tensor
    opacity: float = 1.0

    @property
    def alpha(self) -> Tensor:
        """How much of what lies behind the layer it covers, [H,W]."""
        return self.shape * self.opacity


@dataclass(frozen=True)
class LayerStack:
    """The visible layers of a LAYERS document, back to front, all of the canvas's size."""

    layers: tuple[StackLayer, ...]

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the canvas in pixels."""
        height, width = self.layers[0].shape.shape
        return height, width

    @property
    def background(self) -> StackLayer | None:
        """The lowest layer if it covers the canvas."""
        lowest = self.layers[0]
        return lowest if float(lowest.shape.mean()) >= COVERS else None

    @property
    def objects(self) -> tuple[StackLayer, ...]:
        """All layers but the background."""
        return self.layers if self.background is None else self.layers[1:]

    def composite(self) -> tuple[Tensor, Tensor]:
        """All layers put together: the picture [H,W,3], and its alpha [H,W]."""
        return composite(self.layers)

    def part(self, box: tuple[slice, slice]) -> LayerStack:
        """The stack of a part of the canvas, given as slices of its rows and columns."""
        return LayerStack(
            tuple(replace(layer, colour=layer.colour[box], shape=layer.shape[box]) for layer in self.layers)
        )

    def resized(self, height: int, width: int) -> LayerStack:
        """The stack at another size."""
        if (height, width) == self.size:
            return self
        layers = []
        for layer in self.layers:
            alpha = layer.shape[None, None]
            planes = torch.cat([layer.colour.permute(2, 0, 1)[None] * alpha, alpha], 1)
            found = F.interpolate(planes, (height, width), mode="bilinear", antialias=True)[0].clamp(0, 1)
            colour = (found[:3] / found[3].clamp_min(1e-4)).clamp(0, 1).permute(1, 2, 0)
            layers.append(replace(layer, colour=colour, shape=found[3]))
        return LayerStack(tuple(layers))


Plate = Tensor | LayerStack
"""What is behind moving things: a clean plate [H,W,3], or the layers of the picture."""


def composite(layers: Sequence[StackLayer]) -> tuple[Tensor, Tensor]:
    """Layers, back to front, put together in linear light: colours [H,W,3] in sRGB, and the alpha [H,W] of the whole."""
    colour, alpha = torch.zeros_like(layers[0].colour), torch.zeros_like(layers[0].shape)
    for layer in layers:
        above = layer.alpha
        total = above + alpha * (1 - above)
        share = (above / total.clamp_min(1e-6))[..., None]
        colour = torch.lerp(colour, linear_from_srgb(layer.colour), share)
        alpha = total
    return srgb_from_linear(colour), alpha


def linear_from_srgb(value: Tensor) -> Tensor:
    """Linear light from sRGB values in 0..1 (IEC 61966-2-1)."""
    return torch.where(value <= 0.04045, value / 12.92, ((value.clamp_min(0) + 0.055) / 1.055) ** 2.4)


def srgb_from_linear(value: Tensor) -> Tensor:
    """sRGB values from linear light in 0..1 (IEC 61966-2-1)."""
    return torch.where(value <= 0.0031308, 12.92 * value, 1.055 * value.clamp_min(1e-9) ** (1 / 2.4) - 0.055)


def read_layers(document: Any, name: str = "layers") -> LayerStack:
    """The stack of a LAYERS document; invisible layers are left out, and the images of a batch follow one another.

    `name` is that of the input in messages. Raises ValueError for another version, for a layer without an image, for a
    blend mode other than normal, for members of a wrong type or range, and for a stack that is empty or too large.
    """
    if not isinstance(document, Mapping) or not isinstance(document.get("layers"), list):
        raise ValueError(f"`{name}` is a {type(document).__name__}; connect LAYERS, for example of Add Layer")
    if document.get("version", 1) != 1:
        raise ValueError(f"`{name}` has version {_quoted(document['version'])}; Flowbrush reads version 1")
    for entry in document["layers"]:
        if not isinstance(entry, Mapping):
            raise ValueError(f"`{name}` holds {_quoted(entry)}, which is not a layer; connect LAYERS")
    entries = [entry for entry in document["layers"] if entry.get("visible", True)]
    entries.sort(key=lambda entry: _number(entry, "z_index", 0.0, 1e9, f"`{name}`: a layer", -1e9))
    frames = [frame for number, entry in enumerate(entries) for frame in _frames(entry, number, name)]
    if not 1 <= len(frames) <= MOST_LAYERS:
        raise ValueError(f"`{name}` holds {len(frames)} visible layers; it must hold from 1 to {MOST_LAYERS}")
    width, height = _canvas(document.get("canvas"), name) or (
        max(math.ceil(frame.x + frame.width) for frame in frames),
        max(math.ceil(frame.y + frame.height) for frame in frames),
    )
    if not (0 < width <= MOST_SIDE and 0 < height <= MOST_SIDE):
        raise ValueError(
            f"the canvas of `{name}` is {width}x{height} pixels; both must be from 1 to {MOST_SIDE}"
        )
    return LayerStack(tuple(frame.on_canvas(int(height), int(width)) for frame in frames))


def _number(
    entry: Mapping[str, Any], member: str, default: float, high: float, what: str, low: float = 0.0
) -> float:
    """A number of a LAYERS entry, or the default where it is missing; `what` names the entry.

    Raises ValueError for anything but a number from `low` to `high`.
    """
    value = entry.get(member)
    if value is None:
        return default
    is_number = issubclass(type(value), Real) and type(value) is not bool
    if not is_number or not low <= value <= high:
        raise ValueError(
            f"{what} has `{member}` {_quoted(value)}; it must be a number from {low:g} to {high:g}"
        )
    return float(value)


def _canvas(value: Any, name: str) -> tuple[int, int] | None:
    """Width and height of a LAYERS document's canvas, or None where it has none."""
    if not value:
        return None
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        raise ValueError(
            f"the canvas of `{name}` is {_quoted(value)}; it must be two numbers, width and height"
        )
    sides: dict[str, Any] = dict(zip(("width", "height"), value, strict=True))
    width, height = (int(_number(sides, side, 0.0, 1e9, f"`{name}`: the canvas")) for side in sides)
    return width, height


def _quoted(value: Any) -> str:
    """A value as short text that can be printed."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # Python does not print integers of thousands of digits
        return f"a very large {type(value).__name__}"
    return text if len(text) <= 60 else text[:57] + "..."


@dataclass(frozen=True)
class _Placed:
    """One image of a LAYERS entry [h,w,4], and its place: the corner, the size in px, and the clockwise angle in radians."""

    name: str
    planes: Tensor
    opacity: float
    x: float
    y: float
    width: int
    height: int
    angle: float

    def on_canvas(self, height: int, width: int) -> StackLayer:
        """The image at its place on an empty canvas of that size."""
        planes = self.planes
        if self.angle == 0 and tuple(planes.shape[:2]) == (self.height, self.width):
            out = torch.zeros(height, width, 4)
            left, top = int(self.x), int(self.y)
            rows = slice(max(0, top), max(0, min(height, top + self.height)))
            columns = slice(max(0, left), max(0, min(width, left + self.width)))
            if rows.start < rows.stop and columns.start < columns.stop:
                out[rows, columns] = planes[
                    rows.start - top : rows.stop - top, columns.start - left : columns.stop - left
                ]
            return StackLayer(self.name, out[..., :3], out[..., 3], self.opacity)
        premultiplied = torch.cat([planes[..., :3] * planes[..., 3:], planes[..., 3:]], -1).numpy()
        reduced = self.width < planes.shape[1] or self.height < planes.shape[0]
        kernel = cv2.INTER_AREA if reduced else cv2.INTER_CUBIC
        sized = cv2.resize(premultiplied, (self.width, self.height), interpolation=kernel)
        cosine, sine = math.cos(self.angle), math.sin(self.angle)
        middle = np.array([(self.width - 1) / 2, (self.height - 1) / 2])
        turn = np.array([[cosine, -sine], [sine, cosine]])
        shift = middle + np.array([self.x, self.y]) - turn @ middle
        matrix = np.concatenate([turn, shift[:, None]], 1)
        found = torch.from_numpy(cv2.warpAffine(sized, matrix, (width, height), flags=cv2.INTER_LINEAR))
        alpha = found[..., 3].clamp(0, 1)
        colour = (found[..., :3] / alpha.clamp_min(1e-4)[..., None]).clamp(0, 1)
        return StackLayer(self.name, colour, alpha, self.opacity)


def _frames(entry: Mapping[str, Any], number: int, name: str) -> list[_Placed]:
    """The images of one LAYERS entry, the `number`-th from the back, each with its place."""
    image = entry.get("image")
    label = str(entry.get("name") or f"layer {number + 1}")[:60].encode("utf-8", "backslashreplace").decode()
    what = f"`{name}`: {label!r}"
    if not isinstance(image, Tensor) or image.ndim != 4 or image.shape[-1] not in (3, 4) or not image.numel():
        raise ValueError(f"{what} has no image; each layer needs an IMAGE [frames, height, width, 3]")
    if (mode := entry.get("blend_mode") or "normal") != "normal":
        raise ValueError(
            f"{what} has the blend mode {_quoted(mode)}; a moving layer must be normal, so merge it with what lies below it"
        )
    height, width = image.shape[1:3]
    hidden = _hidden(entry.get("mask"), len(image), (height, width), what)
    opacity = _number(entry, "opacity", 1.0, 1e6, what, -1e6)
    x, y = (_number(entry, member, 0.0, 1e6, what, -1e6) for member in "xy")
    wide, high = (int(_number(entry, member, 0.0, MOST_SIDE, what)) for member in "wh")
    angle = _number(entry, "rotation", 0.0, 1e6, what, -1e6)
    flips = [axis for axis, member in ((1, "flip_h"), (0, "flip_v")) if entry.get(member)]
    found = []
    for index, frame in enumerate(image.detach().float().cpu()):
        if not bool(torch.isfinite(frame.sum())):
            raise ValueError(f"{what} has an image with values that are NaN or infinite")
        alpha = frame[..., 3] if frame.shape[-1] == 4 else torch.ones(height, width)
        if hidden is not None and (len(hidden) == 1 or index < len(hidden)):
            alpha = alpha * (1 - hidden[0 if len(hidden) == 1 else index])
        planes = torch.cat([frame[..., :3].clamp(0, 1), alpha.clamp(0, 1)[..., None]], -1)
        found.append(
            _Placed(
                name=label if len(image) == 1 else f"{label} {index + 1}",
                planes=planes.flip(flips) if flips else planes,
                opacity=min(1.0, max(0.0, opacity)),
                x=x,
                y=y,
                width=wide or width,
                height=high or height,
                angle=angle,
            )
        )
    return found


def _hidden(mask: Any, images: int, size: tuple[int, int], what: str) -> Tensor | None:
    """Where each image of a layer is transparent, [N,H,W] in 0..1, or None without a mask."""
    if mask is None:
        return None
    if not isinstance(mask, Tensor) or mask.ndim not in (2, 3) or not mask.numel():
        shape = list(mask.shape) if isinstance(mask, Tensor) else _quoted(mask)
        raise ValueError(f"{what} has the mask {shape}; it must be a MASK [masks, height, width]")
    hidden = mask.detach().float().cpu().reshape(-1, *mask.shape[-2:])[:images]
    if not bool(torch.isfinite(hidden.sum())):
        raise ValueError(f"{what} has a mask with values that are NaN or infinite")
    if tuple(hidden.shape[1:]) != size:
        hidden = F.interpolate(hidden[:, None], size, mode="bilinear")[:, 0]
    return hidden.clamp(0, 1)


def layers_document(layers: Sequence[StackLayer]) -> dict[str, Any]:
    """A LAYERS document of layers, back to front. All but an opaque one are cropped to their shape."""
    height, width = layers[0].shape.shape
    entries = []
    for index, layer in enumerate(layers):
        rows, columns = (torch.nonzero(layer.shape.amax(axis) > 0)[:, 0] for axis in (1, 0))
        top, bottom = (int(rows[0]), int(rows[-1]) + 1) if len(rows) else (0, 1)
        left, right = (int(columns[0]), int(columns[-1]) + 1) if len(columns) else (0, 1)
        box = slice(top, bottom), slice(left, right)
        entry = {
            "image": layer.colour[box][None].contiguous(),
            "type": "raster",
            "x": left,
            "y": top,
            "z_index": index,
            "name": layer.name,
        }
        if float(layer.shape[box].amin()) < 1:
            entry["mask"] = (1 - layer.shape[box])[None].contiguous()
        if layer.opacity != 1:
            entry["opacity"] = layer.opacity
        entries.append(entry)
    return {"version": 1, "canvas": (width, height), "layers": entries}


def matched_to(picture: Tensor, layers: Sequence[StackLayer]) -> list[StackLayer]:
    """Layers with the smallest change of colour after which they give the picture [H,W,3] when they are put together.

    The composite is a sum of the layers' linear colours with weights, so the difference is shared in proportion to the
    weights (the least-norm solution). Where a colour reaches 0 or 1, the rest is shared among the others.
    """
    weights, left = [], torch.ones_like(layers[0].shape)
    for layer in reversed(layers):
        weights.insert(0, (left * layer.alpha)[..., None])
        left = left * (1 - layer.alpha)
    wanted = linear_from_srgb(picture)
    colours = [linear_from_srgb(layer.colour) for layer in layers]
    # Each round, at least one more colour that stands in the way reaches a limit, or the picture is met.
    for _ in range(len(layers) + 1):
        missing = wanted.clone()
        for weight, colour in zip(weights, colours, strict=True):
            missing -= weight * colour
        free = [
            weight * torch.where(missing > 0, colour < 1, colour > 0)
            for weight, colour in zip(weights, colours, strict=True)
        ]
        norm = torch.zeros_like(missing)
        for share in free:
            norm += share.square()
        step = missing / norm.clamp_min(1e-9)
        colours = [(colour + share * step).clamp(0, 1) for share, colour in zip(free, colours, strict=True)]
    return [
        replace(layer, colour=srgb_from_linear(colour)) for layer, colour in zip(layers, colours, strict=True)
    ]
