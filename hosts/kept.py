"""Latents of which sampling would change nothing."""

from torch import Tensor

from .base import Latent


def everything_is_kept(latent: Latent) -> bool:
    """Whether the noise mask of a LATENT is 0 everywhere, so that a sampler would return the latents as they are."""
    mask = latent.get("noise_mask")
    return isinstance(mask, Tensor) and isinstance(latent["samples"], Tensor) and not bool(mask.any())
