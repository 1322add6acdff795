"""CogVideoX under stock samplers.

ComfyUI's CogVideoX hands the network x as it is and reads x0 out of it as of a variance-preserving path
(x = sqrt(a) x0 + sqrt(1-a) noise), while its samplers go along a variance-exploding one (x = x0 + sigma noise): of
the stock samplers only VOID's own runs the model as it was trained. The same network as ordinary v-prediction, which
divides x by sqrt(1 + sigma^2) first, is right in all the others; for Euler the two are one and the same.

Of CogVideoX 1.0 it also spreads the rotary positions 1.875 times too far (that number is for the 2B model's other
embedding), and where a file has a learned embedding too, as 5B image-to-video has, it leaves the rotary one away.

Its VAE decodes an odd number of latent frames as it should, and makes four frames of the first one too where the number
is even: three frames more than were encoded, and in tiles an error. One more copy of that latent makes the number odd.
"""

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

_TWO_B = 30  # attention heads of the 2B model, which has no rotary embedding


class _VPrediction(comfy.model_sampling.ModelSamplingDiscrete, comfy.model_sampling.V_PREDICTION):
    """V-prediction over discrete noise levels."""


def for_stock_samplers(model: Any) -> Any:
    """See `hosts.Host.for_stock_samplers`."""
    if not isinstance(model.model, comfy.model_base.CogVideoX):
        raise ValueError(f"`model` is a {type(model.model).__name__}; connect a CogVideoX")
    given = model.get_model_object("model_sampling")
    model = model.clone()
    if isinstance(given, comfy.model_sampling.V_PREDICTION_DDPM):
        sampling = _VPrediction(model.model.model_config)
        sampling.set_sigmas(given.sigmas)
        model.add_object_patch("model_sampling", sampling)
    network = model.model.diffusion_model
    if network.patch_size_t is None and network.num_attention_heads != _TWO_B:
        model.add_object_patch("diffusion_model.use_rotary_positional_embeddings", True)
        model.add_object_patch(
            "diffusion_model._get_rotary_emb", partial(_rotary, network.attention_head_dim)
        )
    return model


def odd_latents(vae: Any, latents: Tensor) -> tuple[Tensor, int]:
    """What the VAE is to decode of `latents` [B,C,T',h,w], and how many frames to drop from the front of each video.

    Of T' latent frames 4(T'-1)+1 frames remain. Other VAEs, and odd numbers, are left as they are.
    """
    if not isinstance(vae.first_stage_model, comfy.ldm.cogvideo.vae.AutoencoderKLCogVideoX):
        return latents, 0
    if latents.ndim != 5 or latents.shape[2] % 2:
        return latents, 0
    return torch.cat(
        [latents[:, :, :1], latents], dim=2
    ), 4  # the copy's frame, and three too many of the first


def _rotary(width: int, rows: int, columns: int, frames: int, device: Any) -> tuple[Tensor, Tensor]:
    """Cosines and sines [T*H*W,width] for the patches of a clip: a quarter for time, the rest for rows and columns."""
    y, x = rotary_positions(rows, columns)
    turn = comfy.ldm.cogvideo.model._get_1d_rotary_pos_embed
    sides = (
        turn(size, positions.to(device))
        for size, positions in ((width // 4, torch.arange(frames)), (width // 8 * 3, y), (width // 8 * 3, x))
    )
    cosine, sine = zip(*sides, strict=True)
    return _everywhere(*cosine), _everywhere(*sine)


def _everywhere(times: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """What belongs to every time [T,a], row [H,b] and column [W,c] at every patch, [T*H*W,a+b+c]."""
    shape = len(times), len(rows), len(columns)
    parts = times[:, None, None], rows[None, :, None], columns[None, None]
    return torch.cat([part.expand(*shape, -1) for part in parts], dim=-1).flatten(0, 2)
