"""Contact sheets of a video transformer in training: its conditioning, its samples and the true clips."""

from __future__ import annotations

import copy
from itertools import pairwise

import torch
from torch import Tensor, nn

from ..models.latent_format import process_out
from ..models.vae import WanVAE
from ..motion.preview.visualization import contact_sheet
from ..sampling.schedule import rectified_flow_sigmas
from .latents import Batch, Rendered, Shards

_STEPS, _SHIFT = 8, 3.0
_CLIPS = 2  # clips on a sheet, each with its first, middle and last frame
_LABELS = ("conditioning", "one step", f"{_STEPS} steps", "truth")


def separate_stream(stream: Shards | Rendered) -> Shards | Rendered:
    """A copy of a stream with its own generator: drawing from it does not change the batches of the training."""
    other = copy.copy(stream)
    other.generator = torch.Generator(stream.generator.device).manual_seed(20)
    return other


@torch.no_grad()
def sample_latents(
    network: nn.Module, batch: Batch, in_dim: int, steps: int, generator: torch.Generator
) -> Tensor:
    """Latents [B,16,T',h,w] sampled from noise in `steps` Euler steps, under the conditioning of a batch."""
    device = generator.device
    target, shown, known = (value.to(device) for value in batch[:3])
    x = torch.randn(target.shape, generator=generator, device=device)
    levels = rectified_flow_sigmas(steps, _SHIFT).tolist()
    for level, following in pairwise(levels):
        sigma = torch.full((len(x),), level, device=device)
        with torch.autocast(device.type, torch.bfloat16):
            velocity = network(torch.cat((x, known, shown), 1)[:, :in_dim], sigma, batch[3]).float()
        x = x + (following - level) * velocity
    return x


@torch.no_grad()
def latents_sheet(network: nn.Module, stream: Shards | Rendered, in_dim: int, vae: WanVAE) -> Tensor:
    """A contact sheet [H,W,3] of the same clips at every call, with one row for each of `_LABELS`."""
    source = separate_stream(stream)
    target, shown, known, prompts = next(source)
    batch = target[:_CLIPS], shown[:_CLIPS], known[:_CLIPS], prompts[:_CLIPS]
    rows = [
        batch[1].to(source.generator.device),
        *(sample_latents(network, batch, in_dim, steps, source.generator) for steps in (1, _STEPS)),
        batch[0].to(source.generator.device),
    ]
    pictures, labels = [], []
    for label, latents in zip(_LABELS, rows, strict=True):
        for clip, prompt in zip(vae.decode(process_out(latents)), batch[3], strict=True):
            frames = clip.shape[1]
            for t in (0, frames // 2, frames - 1):
                pictures.append(clip[:, t].movedim(0, -1).cpu() / 2 + 0.5)
                labels.append(f"{label} {prompt}"[:40])
    return contact_sheet(torch.stack(pictures), columns=3 * len(batch[3]), labels=labels)
