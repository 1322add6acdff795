"""The clip from a first picture to a last one: the first is carried forwards and the last backwards along the flow between."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ...interruption import check_interruption
from ...rendering.warp import PLATE, SMOOTH, WarpedClip
from .agreement import flow_agreement, softmax_mean, upsample_2x
from .frame_interpolation import SCENE_THRESHOLD, HalfSize, foreign_share

# The two pictures agree where they differ by less than the first value, and are two pictures above the second (0..1).
_SAME, _DIFFERENT = 0.04, 0.12
# A pixel must be this visible in one of the pictures to be known at all.
_VISIBLE = 0.2


@torch.no_grad()
def clip_between(
    first: Tensor, last: Tensor, length: int, check_cancel: Callable[[], None] = check_interruption
) -> WarpedClip:
    """A clip of `length` frames from `first` to `last`, both [H,W,3] in 0..1, which are its first and last frame exactly.

    A frame between is what `by_agreement` makes. Its coverage is 1 where both pictures agree, or where one of them alone
    shows the point, and 0 where two different things are blended. `completed_by` is "smooth", and nothing between is known,
    if the pictures are of different scenes. Raises ValueError for pictures of different sizes.
    """
    if first.shape != last.shape:
        raise ValueError(
            f"The first picture has shape {list(first.shape)} and the last {list(last.shape)}; both must be the same."
        )
    height, width = first.shape[:2]
    frames = first.new_empty(length, height, width, 3)
    known = first.new_zeros(length, height, width)
    foreign = foreign_share(first, last) > SCENE_THRESHOLD
    pair = HalfSize(first, last)
    for k in range(1, length - 1):
        check_cancel()
        frames[k], share = _frame(pair, k / (length - 1))
        if not foreign:
            known[k] = share
    for k, end in ((0, first), (-1, last)):
        frames[k], known[k] = end, 1.0
    zeros, ones = torch.zeros_like(known), torch.ones_like(known)
    shown = frames * (known > 0.01)[..., None]
    return WarpedClip(frames, shown, known, zeros, ones, SMOOTH if foreign else PLATE)


def _frame(pair: HalfSize, t: float) -> tuple[Tensor, Tensor]:
    """The picture [H,W,3] at 0 < t < 1, and how far each pixel is known, [H,W] in 0..1."""
    flows, visible = pair.correspondence.at(t)
    found = flow_agreement(pair.small_a, pair.small_b, flows, visible, torch.tensor(t).view(1, 1, 1, 1))
    weights = found.logits.softmax(1)
    share = found.share.sigmoid()
    # Four times share (1 - share) is 1 for an equal blend, and 0 where one picture alone is shown.
    doubled = 4 * share * (1 - share) * (weights * found.difference).sum(1, keepdim=True)
    known = ((_DIFFERENT - doubled) / (_DIFFERENT - _SAME)).clamp(0, 1)
    known = known * (visible.amax(1, keepdim=True) / _VISIBLE).clamp(0, 1)
    picture = pair.picture(softmax_mean(found.candidates, found.logits), found.share)
    return picture, upsample_2x(known)[0, 0, : picture.shape[0], : picture.shape[1]]
