"""Colours as bytes, in the two ways that files need."""

from __future__ import annotations

import torch
from torch import Tensor


def rounded_bytes(values: Tensor) -> Tensor:
    """Values in 0..1 as the nearest bytes (uint8)."""
    return (values.detach().clamp(0, 1) * 255).round().to(torch.uint8)


def cut_bytes(values: Tensor) -> Tensor:
    """Values in 0..1 as ComfyUI's own nodes write them: the part that a byte (uint8) cannot hold is cut off."""
    return (values.detach().float() * 255).nan_to_num(0).clamp(0, 255).to(torch.uint8)
