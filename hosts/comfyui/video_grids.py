"""The grid of a MODEL's latents, by ComfyUI's model classes, and the canvas that its samplers take."""

# pyright: reportMissingImports=false

from typing import Any

import comfy.model_base
from torch import Tensor

from ...models import video_grid as grids
from ...models.video_grid import TimeGrid, VideoGrid
from .. import Latent

_CLASSES = (
    ("MiniMaxH3", grids.MINIMAX_H3),
    ("LTXV", grids.LTX),
    ("LTXAV", grids.LTX),
    ("WAN21", grids.WAN),
    ("HunyuanVideo15", grids.HUNYUAN15),
    ("HunyuanVideo", grids.HUNYUAN),
    ("Kandinsky5", grids.KANDINSKY5),
    ("CogVideoX", grids.COGVIDEOX),
    ("SVD_img2vid", grids.SVD),
    ("CosmosPredict2", grids.COSMOS_PREDICT2),
)
"""The names of classes in `comfy.model_base`, of which older versions lack some, subclasses first."""


def video_grid(model: Any) -> VideoGrid:
    """Return the lengths, cells and channels of a MODEL's latents; those of its latent format for an unknown class."""
    latent_format = model.get_model_object("latent_format")
    channels = latent_format.latent_channels
    for name, grid in _CLASSES:
        if isinstance(model.model, getattr(comfy.model_base, name, ())):
            return grids.WAN22_5B if grid is grids.WAN and channels == grids.WAN22_5B.channels else grid
    time = TimeGrid((1,), (latent_format.temporal_downscale_ratio,))
    cell = latent_format.spacial_downscale_ratio
    return VideoGrid(type(model.model).__name__, time, cell, channels, cell)


def canvas_of(model: Any, latents: Tensor) -> Latent:
    """Return the LATENT to sample for a video's raw latents; see `Host.canvas_of`."""
    if video_grid(model) is not grids.MINIMAX_H3:
        return {"samples": latents}
    import comfy.nested_tensor

    empty = model.get_model_object("latent_format").fix_empty_latent(latents)  # (video, silent sound)
    return {"samples": comfy.nested_tensor.NestedTensor((latents, empty.tensors[1].to(latents)))}
