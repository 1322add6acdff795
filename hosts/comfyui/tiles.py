"""Sampling in tiles (`sampling.tiles`) on a native MODEL, with two of ComfyUI's own hooks.

A PREPARE_SAMPLING wrapper has the memory for one tile reserved. An APPLY_MODEL wrapper hands the network one tile of the latents and of what
the conditions say about it after the other, and blends the x0 of all.
"""

# pyright: reportMissingImports=false

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from comfy.patcher_extension import WrappersMP
from torch import Tensor

from ...sampling.tiles import Tiling, with_tiles
from .network_call import refuse_whole_guides

_KEY = "flowbrush_tiles"


def tiled_model(model: Any, tiling: Tiling) -> Any:
    """Return a clone of a MODEL that sees tiles; see `Host.tiled_model`."""
    ratio = getattr(model.model.latent_format, "spacial_downscale_ratio", 8)
    model = model.clone()
    for wrapped, wrapper in (
        (WrappersMP.PREPARE_SAMPLING, _prepare_sampling),
        (WrappersMP.APPLY_MODEL, _apply_model),
    ):
        model.remove_wrappers_with_key(wrapped, _KEY)
        model.add_wrapper_with_key(wrapped, _KEY, partial(wrapper, tiling=tiling, ratio=ratio))
    return model


def _prepare_sampling(
    executor: Callable, model: Any, noise_shape: Any, *more: Any, tiling: Tiling, ratio: int, **named: Any
) -> Any:
    """Reserve memory for one tile, in place of the whole picture."""
    if len(noise_shape) >= 4:
        *before, height, width = noise_shape
        noise_shape = [*before, *tiling.largest(height, width, ratio)]
    return executor(model, noise_shape, *more, **named)


def _apply_model(
    executor: Callable,
    x: Tensor,
    t: Tensor,
    c_concat: Tensor | None = None,
    c_crossattn: Tensor | None = None,
    control: Any = None,
    transformer_options: dict | None = None,
    *,
    tiling: Tiling,
    ratio: int,
    **conditions: Any,
) -> Tensor:
    """Return x0 [B,C,T',h,w] of the network, which sees one tile at a time."""
    if x.ndim < 4:
        raise ValueError(
            f"the latent to sample has the shape {list(x.shape)}; Sample in Tiles needs pictures or the frames of a video alone, "
            "[batch, channels, frames, height, width]: sample without sound"
        )
    refuse_whole_guides(
        control, conditions, "which Sample in Tiles cannot cut into tiles: remove one of the two"
    )

    def predict(x: Tensor, t: Tensor, c_concat: Tensor | None, **conditions: Any) -> Tensor:
        return executor(x, t, c_concat, c_crossattn, control, transformer_options or {}, **conditions)

    return with_tiles(predict, tiling, ratio)(x, t, c_concat=c_concat, **conditions)
