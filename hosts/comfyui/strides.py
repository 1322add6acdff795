"""The sizes and lengths that a VAE can encode without cropping. ComfyUI itself crops silently."""

from typing import Any

from torch import Tensor

from ...models.video_grid import MINIMAX_H3, TimeGrid


def time_grid(vae: Any) -> TimeGrid:
    """Return the lengths that a VAE encodes whole."""
    if type(vae.first_stage_model).__name__ == "MiniMaxH3VideoVAE":  # older ComfyUI does not have the class
        return MINIMAX_H3.time
    return TimeGrid((1,), (vae.temporal_compression_decode() or 1,))


def check_fits(vae: Any, frames: Tensor) -> None:
    """Raise ValueError for frames [T,H,W,3] whose borders or last frames the VAE would crop."""
    side, time = vae.spacial_compression_encode(), time_grid(vae)
    count, height, width = frames.shape[:3]
    if height % side or width % side:
        near = "x".join(str(max(side, round(length / side) * side)) for length in (width, height))
        raise ValueError(
            f"the picture is {width}x{height} pixels; this VAE takes multiples of {side}: try {near}"
        )
    if count > 1 and not time.fits(count):  # a single picture always fits
        raise ValueError(
            f"the clip is {count} frames long; this VAE takes {time.rule}: try {time.nearest(count)}"
        )
