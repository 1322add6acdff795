"""The parts of which a layered picture is drawn: layers of a motion, or depth slices of them, and what they hide of one another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from .beyond_border import NOTICEABLE, mirrored, padded
from .depth_slices import depth_slices, parallax_of
from .layered_motion import Layer, LayeredMotion
from .morphology import grown
from .motion_inverse import LayerMotion, MotionInverse, SliceMotion

# Fraction of the short side by which a hole is larger than the layer that hides it, so that no rim of the layer's colour
# remains where it was.
RIM = 0.006


def rim_width(height: int, width: int) -> int:
    """The rim in px around a layer that is completed with what the layer hides; see `RIM`."""
    return max(1, round(RIM * min(height, width)))


class Part(NamedTuple):
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


def layer_parts(
    layer: Layer, motion: LayeredMotion, times: Sequence[float] | np.ndarray, size: tuple[int, int]
) -> list[Part]:
    """The depth slices of a layer, back to front, or the layer itself where there is no depth."""
    depths = None if layer.still else motion.depths

    def inverses(seen: LayerMotion) -> tuple[MotionInverse, MotionInverse | None]:
        second = None if layer.second is None else MotionInverse(seen, layer.second, size)
        return MotionInverse(seen, layer.index, size), second

    if depths is None:
        inverse, second = inverses(motion)
        return [Part(layer, layer.cover, inverse, 0, second)]
    radius = rim_width(*size)
    pixels = parallax_of(motion, layer.index, times, depths, size)
    depth_range = float(depths.mean(0).amax() - depths.mean(0).amin())
    reach = int(np.ceil(float(pixels.amax()) * depth_range)) + 2 * radius
    parts = []
    for piece in depth_slices(depths, layer.cover, pixels, radius):
        inverse, second = inverses(SliceMotion(motion, piece.depths))
        parts.append(Part(layer, piece.cover, inverse, reach, second, piece.joined))
    return parts


def hidden_masks(parts: Sequence[Part], position: int, beyond: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Masks [h,w] of what parts in front hide of a part, and of the share of that which never comes into view.

    The second lies behind other slices of the same layer, farther from the visible pixels than the slices move apart.
    """
    part = parts[position]
    hidden = padded(torch.zeros_like(part.cover), beyond) > 0
    slices = hidden.clone()
    for other in parts[position + 1 :]:
        if not (other.layer.still and part.layer.still) and not other.layer.stays:
            covered = covered_area(continued(other, other.cover, beyond), rim_width(*part.cover.shape))
            if other.layer is part.layer:
                # The slices show the same surface where they are joined, so neither hides the other there.
                covered &= ~surface_mask(part, beyond)
                slices |= covered
            hidden |= covered
    if not bool(slices.any()):
        return hidden, slices
    return hidden, slices & ~grown(~slices & (padded(part.cover, beyond) > NOTICEABLE), part.reach)


def covered_area(cover: Tensor, rim: int) -> Tensor:
    """[h,w] bool: where a layer of this cover [h,w] hides what is behind it.

    Where an edge is wider than twice the rim, it is feathered on purpose, and its outer half shows what is behind more than the layer.
    """
    covered, full = cover > NOTICEABLE, cover >= 1 - NOTICEABLE
    return covered & ((cover > 0.5) | grown(full, 2 * rim)) if bool(full.any()) else covered


def continued(part: Part, values: Tensor, beyond: tuple[int, int]) -> Tensor:
    """What a part covers, or another property of it [H,W], continued beyond the border; a depth slice goes on straight,
    because the depth does."""
    return padded(values, beyond) if part.joined is not None else mirrored(values, beyond)


def surface_mask(part: Part, beyond: tuple[int, int]) -> Tensor:
    """A mask [h,w] of the surface of a depth slice; nothing for a layer that is not cut into slices."""
    joined = torch.zeros_like(part.cover) if part.joined is None else part.joined.float()
    return padded(joined, beyond) > 0
