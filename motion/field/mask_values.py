"""The values of masks: 0 to 1, also where a node hands over bytes (0 to 255) or a network's logits."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

# Resizing with a sharpening filter overshoots by this much; the rest is cut off without a remark.
OVERSHOOT = 0.25
# Smallest maximum of a mask that is taken to hold bytes; a sum of several masks stays below it.
FEWEST_BYTES = 16.0
LARGEST_BYTE = 255.0


class UnitMasks(NamedTuple):
    """Masks with values in 0..1, and a sentence that says how they were converted, or an empty one."""

    values: Tensor
    remark: str


def masks_in_unit_range(masks: Tensor, name: str = "masks") -> UnitMasks:
    """Finite masks of any shape as float32 in 0..1.

    Bytes are divided by 255. Logits, which lie on both sides of 0, become probabilities by the logistic function. Raises
    ValueError for values in any other range, of which nobody can say what they mean.
    """
    masks = masks.detach().float()
    if not masks.numel():
        return UnitMasks(masks, "")
    low, high = float(masks.amin()), float(masks.amax())
    if low >= -OVERSHOOT and high <= 1 + OVERSHOOT:
        return UnitMasks(masks.clamp(0, 1), "")
    span = f"`{name}` holds values from {low:g} to {high:g}"
    if low >= 0 and FEWEST_BYTES <= high <= LARGEST_BYTE:
        return UnitMasks(masks / LARGEST_BYTE, f"{span}; they are taken as bytes and divided by 255.")
    if low < -1 and (high > 1 or high <= 0):
        return UnitMasks(
            masks.sigmoid(),
            f"{span}; they are taken as logits and converted to probabilities by the logistic function.",
        )
    raise ValueError(f"{span}; a mask has values from 0 to 1: rescale it before it is connected")
