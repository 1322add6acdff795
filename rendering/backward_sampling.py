"""Sampling a picture along a backward flow."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def backward_warp(image: Tensor, flow: Tensor, mode: str = "bilinear") -> Tensor:
    """Sample `image` at x + flow(x): out(x) = image(x + flow(x)), with the border repeated outside.

    image: [B,C,H,W]. flow: [B,H,W,2], (dx, dy) in pixels of this grid. mode: bilinear, bicubic or nearest.
    Returns [B,C,H,W]. Raises ValueError when the sizes differ.
    """
    if image.ndim != 4 or flow.ndim != 4 or tuple(flow.shape[1:]) != (*image.shape[-2:], 2):
        raise ValueError(
            f"backward_warp needs an image [B,C,H,W] and a flow [B,H,W,2] of the same size,"
            f" got {list(image.shape)} and {list(flow.shape)}."
        )
    height, width = image.shape[-2:]
    ys = torch.arange(height, device=image.device, dtype=torch.float32)[:, None] + 0.5
    xs = torch.arange(width, device=image.device, dtype=torch.float32) + 0.5
    grid = torch.stack(
        [(xs + flow[..., 0].float()) * (2 / width) - 1, (ys + flow[..., 1].float()) * (2 / height) - 1], -1
    )
    batch = max(image.shape[0], flow.shape[0])
    sampled = F.grid_sample(
        image.float().expand(batch, -1, -1, -1),
        grid.expand(batch, -1, -1, -1),
        mode=mode,
        padding_mode="border",
        align_corners=False,
    )
    return sampled.to(image.dtype)
