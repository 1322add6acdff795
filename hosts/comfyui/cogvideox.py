"""CogVideoX under stock samplers: three corrections of ComfyUI's implementation.

1. Noising path. ComfyUI gives the network x unscaled and reads x0 from its output as on a variance-preserving path,
   x = sqrt(a) x0 + sqrt(1-a) noise, but its samplers follow a variance-exploding path, x = x0 + sigma noise. Only
   VOID's own sampler runs the model as it was trained. Ordinary v-prediction, which first divides x by
   sqrt(1 + sigma^2), is correct in all other samplers.
2. Rotary positions. For CogVideoX 1.0 ComfyUI spreads them 1.875 times too far, a factor that belongs to the 2B model's
   embedding. For files that also have a learned embedding (5B image-to-video) it omits the rotary one.
3. Decoding. For an even number of latent frames ComfyUI's VAE makes four frames of the first latent: three frames too
   many, and an error when it decodes in tiles. Repeating the first latent makes the number odd.
"""

# pyright: reportMissingImports=false

from __future__ import annotations

from functools import partial
from typing import Any

import comfy.ldm.cogvideo.model
import comfy.ldm.cogvideo.vae
import comfy.model_base
import comfy.model_sampling
import torch
from torch import Tensor

from ...models.cogvideox import rotary_positions

_HEADS_OF_2B = 30
"""Attention heads of the 2B model, which has no rotary embedding."""


class _VPrediction(comfy.model_sampling.ModelSamplingDiscrete, comfy.model_sampling.V_PREDICTION):
    """V-prediction over discrete noise levels."""


def model_for_stock_samplers(model: Any) -> Any:
    """Return a corrected copy of a CogVideoX MODEL; see `hosts.Host.model_for_stock_samplers`."""
    if not isinstance(model.model, comfy.model_base.CogVideoX):
        raise ValueError(f"`model` is a {type(model.model).__name__}; connect a CogVideoX")
    original = model.get_model_object("model_sampling")
    model = model.clone()
    if isinstance(original, comfy.model_sampling.V_PREDICTION_DDPM):
        sampling = _VPrediction(model.model.model_config)
        sampling.set_sigmas(original.sigmas)
        model.add_object_patch("model_sampling", sampling)
    network = model.model.diffusion_model
    if network.patch_size_t is None and network.num_attention_heads != _HEADS_OF_2B:
        model.add_object_patch("diffusion_model.use_rotary_positional_embeddings", True)
        model.add_object_patch(
            "diffusion_model._get_rotary_emb", partial(_rotary, network.attention_head_dim)
        )
    return model


def odd_latents(vae: Any, latents: Tensor) -> tuple[Tensor, int]:
    """Return latents [B,C,T',h,w] with an odd T' to decode, and how many frames to drop from the front of each video.

    T' latent frames then give 4(T'-1)+1 frames. Latents of other VAEs, and an odd T', are returned unchanged.
    """
    if not isinstance(vae.first_stage_model, comfy.ldm.cogvideo.vae.AutoencoderKLCogVideoX):
        return latents, 0
    if latents.ndim != 5 or latents.shape[2] % 2:
        return latents, 0
    surplus = 4  # the frame of the copy, and three frames too many of the first latent
    return torch.cat([latents[:, :, :1], latents], dim=2), surplus


def _rotary(width: int, rows: int, columns: int, frames: int, device: Any) -> tuple[Tensor, Tensor]:
    """Return cosines and sines [T*H*W,width] for the patches of a clip: a quarter for time, the rest for the frame."""
    y, x = rotary_positions(rows, columns)
    embed = comfy.ldm.cogvideo.model._get_1d_rotary_pos_embed
    axes = (
        embed(size, positions.to(device))
        for size, positions in ((width // 4, torch.arange(frames)), (width // 8 * 3, y), (width // 8 * 3, x))
    )
    cosine, sine = zip(*axes, strict=True)
    return _at_patches(*cosine), _at_patches(*sine)


def _at_patches(times: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Join the values of every time [T,a], row [H,b] and column [W,c] at each patch, [T*H*W,a+b+c]."""
    shape = len(times), len(rows), len(columns)
    parts = times[:, None, None], rows[None, :, None], columns[None, None]
    return torch.cat([part.expand(*shape, -1) for part in parts], dim=-1).flatten(0, 2)
