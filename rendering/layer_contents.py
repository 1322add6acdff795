"""LAYERS under a motion: which of the given layers each moving layer consists of, and what it therefore looks like, also where
others hide it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from .layer_stack import LayerStack, StackLayer, composite
from .layered_motion import Layer, LayeredMotion

EQUAL_SHAPE = 0.95  # intersection over union from which a region is the outline of a given layer
SAME_SHAPE = 0.5  # the same, from which a roughly painted region stands for the given layers in it
INSIDE, VISIBLE = (
    0.8,
    0.5,
)  # shares of a given layer that lie in such a region, and in front of all other layers
_SEEN = 0.02  # alpha from which the colour of a given layer counts as known


@dataclass(frozen=True)
class Content:
    """What a moving layer looks like: colours [H,W,3], where they are known [H,W], and the layer's opacity [H,W] there."""

    colour: Tensor
    known: Tensor
    opacity: Tensor


class MotionWithLayers:
    """A layered motion with other layers in place of its own; their indices, and so their positions, are the same."""

    def __init__(self, motion: LayeredMotion, layers: Sequence[Any]):
        self.times, self.depths, self.layers = motion.times, motion.depths, layers
        self._motion = motion

    def positions(
        self,
        index: int,
        times: Sequence[float] | np.ndarray,
        places: Tensor,
        depths: Tensor | None = None,
    ) -> Tensor:
        """See `MovingLayers`."""
        return self._motion.positions(index, times, places, depths)


def with_contents(motion: LayeredMotion, stack: LayerStack) -> tuple[LayeredMotion, dict[int, Content]]:
    """The motion with the outlines of the given layers in place of painted ones that mean them, and what layers look like.

    A region with the outline of a given layer stands for it, even where others hide it. A roughly painted region stands for
    the visible layers that lie in it if they fill it to a half; a background is never painted. The unpainted part consists
    of all other given layers. What a region hides that stands for none is what lies below the layer that is seen there.
    """
    unpainted = next((layer for layer in motion.layers if layer.index < 0), None)
    painted = [layer for layer in motion.layers if layer.index >= 0]
    members = _members(painted, stack)
    taken = {id(given) for own in members.values() for given in own}
    if unpainted is not None:
        members[unpainted.index] = [given for given in stack.layers if id(given) not in taken]
    layers: list[Layer] = []
    contents: dict[int, Content] = {}
    unmatched = [layer.cover for layer in painted if not members.get(layer.index) and not layer.still]
    for layer in motion.layers:
        own = members.get(layer.index)
        if not own:
            layers.append(layer)
        elif layer is unpainted:
            contents[layer.index] = _behind(own, unmatched)
            layers.append(layer)
        else:
            shape = torch.stack([given.shape for given in own]).amax(0)
            colour, alpha = composite(own)
            contents[layer.index] = Content(colour, shape > _SEEN, alpha / shape.clamp_min(1e-3))
            layers.append(replace(layer, cover=shape))  # type: ignore[type-var]
    return MotionWithLayers(motion, layers), contents


def _members(painted: Sequence[Layer], stack: LayerStack) -> dict[int, list[StackLayer]]:
    """The given layers, back to front, for which each painted region stands, by its index; see `with_contents`."""
    equal: dict[int, list[StackLayer]] = {}
    rough: dict[int, list[StackLayer]] = {}
    left = torch.ones(stack.size)
    for given in reversed(stack.layers):
        visible = float((given.shape * left).sum() / given.shape.sum().clamp_min(1e-6))
        left = left * (1 - given.shape)
        if given is stack.background or not painted:
            continue
        overlaps = [_overlap(given.shape, layer.cover) for layer in painted]
        best = int(np.argmax(overlaps))
        region = painted[best]
        inside = float((given.shape * region.cover).sum() / given.shape.sum().clamp_min(1e-6))
        if overlaps[best] >= EQUAL_SHAPE:
            equal.setdefault(region.index, []).insert(0, given)
        elif inside >= INSIDE and visible >= VISIBLE:
            rough.setdefault(region.index, []).insert(0, given)
    for layer in painted:
        found = rough.get(layer.index, [])
        if layer.index in equal or not found:
            continue
        if _overlap(torch.stack([given.shape for given in found]).amax(0), layer.cover) >= SAME_SHAPE:
            equal[layer.index] = found
    return equal


def _behind(given: Sequence[StackLayer], unmatched: Sequence[Tensor]) -> Content:
    """The content of the unpainted part; under regions that stand for no given layer, what lies below the one seen there."""
    colour, alpha = composite(given)
    if unmatched:
        region = torch.stack([*unmatched]).amax(0) > _SEEN
        below_colour, below_alpha = torch.zeros_like(colour), torch.zeros_like(alpha)
        for index in range(1, len(given)):
            seen = region & (given[index].alpha > 0.5)
            lower, lower_alpha = composite(given[:index])
            below_colour = torch.where(seen[..., None], lower, below_colour)
            below_alpha = torch.where(seen, lower_alpha, below_alpha)
        colour = torch.where(region[..., None], below_colour, colour)
        alpha = torch.where(region, below_alpha, alpha)
    return Content(colour, alpha > 0.98, torch.ones_like(alpha))


def _overlap(a: Tensor, b: Tensor) -> float:
    """Intersection over union of two coverages [H,W] in 0..1."""
    return float(torch.minimum(a, b).sum() / torch.maximum(a, b).sum().clamp_min(1e-6))
