"""Presets fitted to a picture: what flows or sways moves where the picture shows its material, and a camera moves around the subject.

A preset is placed without knowing the picture. Where the picture is known, the region of a flow becomes that part of it, and
the region of water or leaves all of the picture, which shows the material by its colour and roughness (`proposal/picture_parts.py`).
A layer whose material is nowhere to be found goes, and so does one that would bend fur or what is straight; if no layer is
left, a gentle camera move takes their place (`gentle.py`), so that neither a face nor a roof is torn. Where the picture
repeats along a flow (`proposal/lattice.py`), its copies are a period apart. Where its depth is known, the camera travels in the
units in which the subject, rather than the median of the depth, is at distance 1: it circles around the subject, and a dolly
zoom keeps the subject's size.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from ..document.document import Document, Keyframe, Layer, Region, dump, parse
from ..document.motion_parts import Flow
from ..field.camera import NEAREST_OVER_FARTHEST
from ..field.region import Grid, rasterize
from ..proposal.lattice import period_along
from ..proposal.picture_parts import fire_box, is_furry, is_rigid, moving_mask, outline
from . import descriptions, entry, preset
from .gentle import ABOUT, gentle_preset

# The material of each layer that flows, and of each that sways, by the layer's name.
_FLOWING = {"waterfall": "falls", "river": "river", "smoke": "smoke", "clouds": "clouds", "fire": "fire"}
_SWAYING = {"sea": "water", "water": "water", "leaves": "leaves"}
_FLAME = "flame"  # the layer that stands on the picture's fire
_BENDING_FUR = ("hair", "flag", "haze", "float")  # layers that would bend an animal's face
_BENDING_LINES = ("hair", "flag")  # layers that would be seen to bend what is straight
_LEAST = 0.12  # share of the region; a smaller part would hardly be seen to move
_LEAST_SWAYING = 0.03  # share of the picture
_SOFT = 0.01  # edge width of the fitted region; the flow itself rests at the edge
_SOFT_SWAY = 0.12  # the same of what sways, whose motion fades out there
_SWAY_IN_PART = 0.5  # of the preset's sway, for a part whose soft edge is narrower than the preset's
_FLAME_ROOM = 2.5  # size of the flame's region in sizes of the flame


def fitted_preset(name: str, image: Tensor | None, depth: Tensor | None = None) -> str:
    """The motion document of a preset as JSON text, fitted to a picture [H,W,3] and its depth [h,w], both in 0..1, if there are any.

    Raises ValueError for an unknown name.
    """
    document = parse(preset(name))
    if image is not None:
        pixels = image.detach().float().cpu().numpy()
        fitted = [_fitted_layer(layer, pixels) for layer in document.layers]
        layers = tuple(layer for layer in fitted if layer is not None)
        none_left = document.layers and not layers
        document = gentle_preset(name, document) if none_left else replace(document, layers=layers)
    return dump(document if depth is None else _around_subject(document, depth))


def _around_subject(document: Document, depth: Tensor) -> Document:
    """The document with a camera whose way is measured by the distance of the subject in a depth map [h,w], 0 (far) to 1 (near)."""
    height, width = depth.shape
    middle = depth[height // 4 : height - height // 4, width // 4 : width - width // 4]
    nearer = 1 + (NEAREST_OVER_FARTHEST - 1) * torch.stack([middle.median(), depth.median()])
    scale = float(nearer[1] / nearer[0])

    def scaled(key: Keyframe) -> Keyframe:
        way = {name: round(getattr(key, name) * scale, 4) for name in ("truck", "pedestal", "dolly")}
        return replace(key, **way)

    keyframes = tuple(scaled(key) for key in document.camera.keyframes)
    return replace(document, camera=replace(document.camera, keyframes=keyframes))


def _fitted_layer(layer: Layer, pixels: np.ndarray) -> Layer | None:
    """The layer for a picture [H,W,3], or None if nothing in it moves so."""
    if layer.name in _FLOWING:
        return _fitted_flow(layer, pixels)
    if layer.name in _SWAYING:
        return _fitted_sway(layer, pixels)
    if layer.name == _FLAME:
        box = None if is_rigid(pixels) else fire_box(pixels)
        return None if box is None else _around(layer, box)
    bends = (layer.name in _BENDING_FUR and is_furry(pixels)) or (
        layer.name in _BENDING_LINES and is_rigid(pixels)
    )
    return None if bends else layer


def _fitted_sway(layer: Layer, pixels: np.ndarray) -> Layer | None:
    shown = moving_mask(pixels, _SWAYING[layer.name])
    fitted = outline(shown, _SOFT_SWAY)
    grid = Grid(shown.shape[0], shown.shape[1], pixels.shape[1] / pixels.shape[0])
    if (rasterize(fitted, grid).exact > 0.5).mean() < _LEAST_SWAYING:
        return None
    sway = layer.motion.sway
    sway = replace(sway, amount=round(sway.amount * _SWAY_IN_PART, 5))
    return replace(layer, region=fitted, motion=replace(layer.motion, sway=sway))


def _fitted_flow(layer: Layer, pixels: np.ndarray) -> Layer | None:
    shown = moving_mask(pixels, _FLOWING[layer.name])
    grid = Grid(shown.shape[0], shown.shape[1], pixels.shape[1] / pixels.shape[0])
    inside = rasterize(layer.region, grid).exact > 0.5
    fitted = outline(shown & inside, _SOFT)
    kept = rasterize(fitted, grid).exact > 0.5
    if kept.sum() < _LEAST * inside.sum():
        return None
    return on_period(replace(layer, region=Region(polygons=fitted.polygons, feather=_SOFT)), pixels, kept)


def _around(layer: Layer, box: tuple[float, float, float, float]) -> Layer:
    """The layer of one polygon, moved and scaled to `_FLAME_ROOM` times the size of a box (left, top, right, bottom); so does its sway."""
    region, sway = layer.region, layer.motion.sway
    points = np.array(region.polygons[0].points)
    low, high = points.min(0), points.max(0)
    corners = np.array(box).reshape(2, 2)
    scale = _FLAME_ROOM * (corners[1] - corners[0]) / (high - low)
    placed = (points - (low + high) / 2) * scale + corners.mean(0)
    polygon = replace(
        region.polygons[0], points=tuple((round(float(x), 4), round(float(y), 4)) for x, y in placed)
    )
    least = min(1.0, float(scale.min()))
    region = replace(region, polygons=(polygon,), feather=round(region.feather * least, 4))
    sway = replace(sway, amount=round(sway.amount * least, 5))
    return replace(layer, region=region, motion=replace(layer.motion, sway=sway))


def on_period(layer: Layer, pixels: np.ndarray, inside: np.ndarray) -> Layer:
    """The layer whose flow's copies are whole periods of the picture [H,W,3] apart, if it repeats along the flow where `inside` [h,w] is
    True; then both copies show the same, and the flow closes without a visible cross-fade."""
    motion, aspect = layer.motion, pixels.shape[1] / pixels.shape[0]
    ends = [(path.points[0], path.points[-1]) for path in motion.paths]
    ends.append(((0.0, 0.0), (motion.horizontal, motion.vertical)))
    way = np.sum([np.subtract(last, first) for first, last in ends], 0) * Grid(1, 1, aspect).extent
    period = period_along(pixels, inside, (float(way[0]), float(way[1])))
    if period is None:
        return layer
    flow = motion.flow
    reach = period * max(1, round(flow.reach / period))
    speed = math.copysign(reach * max(1, round(abs(flow.speed) / reach)), flow.speed)
    flow = replace(flow, reach=round(reach, 5), speed=round(speed, 5))
    return replace(layer, motion=replace(motion, flow=flow))


def flow_on_period(
    document: Document, index: int, image: Tensor, masks: Sequence[Tensor] = ()
) -> Flow | None:
    """The flow of layer `index` whose copies are whole periods of the picture [H,W,3] apart; None where nothing repeats along it.

    masks: those to which regions refer by index. Raises ValueError for a layer that is not there, does not flow or lacks its mask.
    """
    if not 0 <= index < len(document.layers) or not document.layers[index].motion.flows:
        raise ValueError(f"layer {index} does not flow; give it a flow and an arrow first")
    layer = document.layers[index]
    named = layer.region.mask
    if named is not None and named >= len(masks):
        raise ValueError(
            f"the region of layer {index} is mask {named + 1}, which is not connected; connect it"
        )
    pixels = image.detach().float().cpu().numpy()
    grid = Grid(pixels.shape[0], pixels.shape[1], pixels.shape[1] / pixels.shape[0])
    inside = rasterize(layer.region, grid, None if named is None else masks[named]).exact > 0.5
    found = on_period(layer, pixels, inside)
    return None if found is layer else found.motion.flow


def masked_preset(name: str, image: Tensor | None = None, mask: Tensor | None = None) -> str:
    """The motion document of a preset as JSON text, whose layers move the mask 0 in place of their own regions.

    With the picture [H,W,3] and the mask [h,w], a flow's copies are a period of the picture apart where it repeats.
    Raises ValueError for an unknown name, and for a preset that has no layer.
    """
    document = parse(preset(name))
    if not document.layers:
        raise ValueError(f"the preset {name!r} only moves the camera, so it needs no `mask`; disconnect it")
    layers = [
        replace(layer, region=Region(mask=0, feather=layer.region.feather)) for layer in document.layers
    ]
    if image is not None and mask is not None:
        pixels, inside = image.detach().float().cpu().numpy(), mask.cpu().numpy() > 0.5
        layers = [on_period(layer, pixels, inside) if layer.motion.flows else layer for layer in layers]
    return dump(replace(document, layers=tuple(layers)))


def fitted_bundle(image: Tensor, depth: Tensor | None = None) -> str:
    """All presets, fitted to a picture [H,W,3] and its depth [h,w] in 0..1, as the JSON text that `bundle` gives."""
    entries = [entry(name, fitted_preset(name, image, depth)) for name in descriptions()]
    for each in entries:
        if is_gentle(each["name"], json.dumps(each["document"])):
            each["about"] = ABOUT
    return json.dumps({"flowbrush": "presets", "presets": entries}, ensure_ascii=False)


def is_gentle(name: str, fitted: str) -> bool:
    """Whether a preset's fitted document is the camera move that takes the place of its layers."""
    return bool(parse(preset(name)).layers) and not parse(fitted).layers
