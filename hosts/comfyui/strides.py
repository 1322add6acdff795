"""The sizes and lengths that a VAE can encode without cropping. ComfyUI itself crops silently."""

from typing import Any

from torch import Tensor


def check_fits(vae: Any, frames: Tensor) -> None:
    """Raise ValueError for frames [T,H,W,3] whose borders or last frames the VAE would crop."""
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
