"""A picture under a dense motion: its pixels are moved forward one by one, over the completed background."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..interruption import check_interruption
from .dense_background import DenseBackground, coarse_size, dense_background, dense_parts
from .forward_splat import forward_splat
from .hole_filling import pull_push
from .layer_stack import Plate
from .morphology import grown
from .splat_detail import with_detail

SMOOTH = "smooth"
# Importance of one step in depth order, and of moving at equal order: a moving region is drawn over a still one.
_ORDER_IMPORTANCE = 12.0
_MOVING_IMPORTANCE = 8.0
# Source weight of moving or near pixels. It is small so that the holes behind them are filled from the background.
_FRONT_SOURCE_WEIGHT = 0.002
_GROWN = 1.1  # area relative to its first, from which the edge of what is in front is smoothed
_KERNEL = 2  # px from the middle of a bicubic kernel to its end
# A pixel of at least this coverage counts as known; inside an enlarged region coverage varies between this and 1.
SURELY_KNOWN = 0.85


class DenseField(Protocol):
    """The methods of a `WarpField` that are read here."""

    def displacement(self, height: int, width: int, device: str | torch.device = "cpu") -> Tensor: ...
    def order(self, height: int, width: int) -> Tensor: ...
    def moving(self, height: int, width: int) -> Tensor: ...
    def strength(self, height: int, width: int) -> Tensor: ...


class SplattedFrames(NamedTuple):
    """Some frames of a splatted picture, with the members of `WarpedClip`."""

    frames: Tensor
    raw: Tensor
    coverage: Tensor
    moving: Tensor
    strength: Tensor


@dataclass(frozen=True)
class SplattedPicture:
    """A picture [1,3,H,W] that can be moved along a dense motion.

    channels: [1,C,H,W], what is moved: the picture; where there is an importance, the moving mask and the pixels that must not
    fill holes; last the weakness, where a layer is weak. importance: [1,H,W], larger is in front. front: [H,W] bool, what is
    drawn over the rest with an edge of partly covered pixels. whole: [H,W] bool, the pixels that are not beside its outline. background: what is behind, or None where holes are filled
    smoothly.
    """

    picture: Tensor
    channels: Tensor
    importance: Tensor | None
    moving: Tensor
    weakness: Tensor | None
    front: Tensor | None
    whole: Tensor
    background: DenseBackground | None

    @property
    def completed_by(self) -> str:
        """How holes are filled, as in `LayeredPicture`."""
        return SMOOTH if self.background is None else self.background.picture.completed_by

    def draw(self, displacement: Tensor, frames: slice, of: int) -> SplattedFrames:
        """Frames `frames` of a clip of `of` frames; `displacement` [n,H,W,2] is theirs, in pixels of the picture."""
        if self.background is not None:
            displacement = self.background.crisp(displacement, frames)
        splat, coverage = self._moved(displacement)
        splat, moved = splat[:, :-2], splat[:, -2:]
        colour = with_detail(splat[:, :3], moved, displacement, self.channels[:, :3], self.whole)
        known = (coverage / SURELY_KNOWN).clamp(0, 1)
        if self.background is not None:
            times = np.arange(frames.start, frames.start + len(displacement)) / max(1, of - 1)
            drawn = torch.cat([planes[:, :3] for planes in self.background.picture.frames(times)])
            filled = torch.lerp(drawn.to(colour), colour, known[:, None])
        else:
            near = None if self.importance is None else splat[:, 4]
            filled = pull_push(colour, known, None if near is None else 1 - (1 - _FRONT_SOURCE_WEIGHT) * near)
        still = torch.zeros_like(coverage)
        found = SplattedFrames(
            filled.clamp_(0, 1).permute(0, 2, 3, 1),
            colour.permute(0, 2, 3, 1),
            coverage,
            still if self.importance is None else splat[:, 3] * coverage,
            1 - (still if self.weakness is None else splat[:, -1]),
        )
        return self._with_first(found) if frames.start == 0 else found

    def _moved(self, displacement: Tensor) -> tuple[Tensor, Tensor]:
        """The channels and the displacement itself [n,C+2,H,W] in some frames, and the coverage [n,H,W]."""
        ways = displacement.permute(0, 3, 1, 2).to(self.channels)
        channels = torch.cat([self.channels.expand(len(ways), -1, -1, -1), ways], 1)
        if self.front is None:
            return forward_splat(channels, displacement, self.importance)
        before, covered = forward_splat(channels, displacement, self.importance, self.front)
        behind, coverage = forward_splat(channels, displacement, self.importance, ~self.front)
        share = (covered / SURELY_KNOWN).clamp(0, 1)
        if float(covered.sum()) > _GROWN * len(covered) * float(self.front.sum()):
            # The coverage of a grown edge alternates from pixel to pixel; its mean over 3x3 pixels does not.
            share = F.avg_pool2d(share[:, None], 3, 1, 1, count_include_pad=False)[:, 0] * (covered > 0.02)
        left = (1 - share) * (coverage / SURELY_KNOWN).clamp(0, 1)
        mixed = torch.lerp(behind, before, (share / (share + left).clamp_min(1e-6))[:, None])
        return mixed, covered + (1 - share) * coverage

    def _with_first(self, found: SplattedFrames) -> SplattedFrames:
        """The same with the picture as its first frame."""
        found.frames[0] = found.raw[0] = self.picture[0].permute(1, 2, 0)
        found.coverage[0], found.moving[0] = 1.0, self.moving
        found.strength[0] = 1.0 if self.weakness is None else 1 - self.weakness
        return found


def splatted_picture(
    picture: Tensor,
    field: DenseField,
    at_frames: Callable[[list[int]], Tensor],
    complete: bool,
    plate: Plate | None = None,
    check_cancel: Callable[[], None] = check_interruption,
) -> SplattedPicture:
    """A picture [1,3,H,W] under a field without layers.

    at_frames: gives the displacement [K,H,W,2] in the frames of these indices, in pixels of the picture. complete: False fills
    what is uncovered smoothly, True from the `plate` or with patches of the picture, where the background can be told apart.
    """
    height, width = picture.shape[-2:]
    device = picture.device
    order, moving = (
        values.to(device) for values in (field.order(height, width), field.moving(height, width))
    )
    background, channels, near, front = None, picture, moving, None
    whole = torch.ones(height, width, dtype=torch.bool, device=device)
    if complete:
        parts = dense_parts((height, width), field.displacement(*coarse_size(height, width)), at_frames)
        check_cancel()
        image = picture[0].permute(1, 2, 0)
        background = None if parts is None else dense_background(image, parts, plate, check_cancel)
    if background is not None and bool(background.front.any()):
        near = background.front.to(device).float()
        front = background.front.to(device)
        channels = torch.where(front[..., None], image, background.clean).permute(2, 0, 1)[None]
        # Whatever is in front of that by its order is drawn with it.
        front = front | (order > order[front].amin())
        whole = ~(grown(front, _KERNEL) & grown(~front, _KERNEL))
    importance = None
    if bool(near.any()) or bool(moving.any()) or float(order.amin()) < float(order.amax()):
        importance = (_ORDER_IMPORTANCE * order + _MOVING_IMPORTANCE * moving)[None]
        spread = (order - order.amin()) / (order.amax() - order.amin()).clamp_min(1e-6)
        channels = torch.cat([channels, moving[None, None], torch.maximum(near, spread)[None, None]], 1)
    weakness = 1 - field.strength(height, width).to(device)
    if not bool(weakness.any()):
        return SplattedPicture(picture, channels, importance, moving, None, front, whole, background)
    channels = torch.cat([channels, weakness[None, None]], 1)
    return SplattedPicture(picture, channels, importance, moving, weakness, front, whole, background)
