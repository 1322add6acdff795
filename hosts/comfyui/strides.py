"""What sizes and lengths a VAE takes whole; ComfyUI itself cuts off the rest without a word."""

from typing import Any

from torch import Tensor


def check_fits(vae: Any, frames: Tensor) -> None:
    """Raises ValueError for frames [T,H,W,3] of which the VAE would cut off borders or the last frames."""
    side, stride = vae.spacial_compression_encode(), vae.temporal_compression_decode() or 1
    count, height, width = frames.shape[:3]
    if height % side or width % side:
        near = "x".join(str(max(side, round(length / side) * side)) for length in (width, height))
        raise ValueError(
            f"the picture is {width}x{height} pixels; this VAE takes multiples of {side}: try {near}"
        )
    if (count - 1) % stride:
        near = round((count - 1) / stride) * stride + 1
        raise ValueError(f"the clip is {count} frames long; this VAE takes {stride}k+1: try {near}")
