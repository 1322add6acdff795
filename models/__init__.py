"""Networks in the Wan 2.x layout (video transformer, causal VAE), text encoders, interpolation, and their weight files.

A library of torch modules that needs no ComfyUI:

    from flowbrush.models import bundled_path, load_vae

    vae = load_vae(bundled_path("vae"))
    latents = vae.encode(video)  # [B,3,T,H,W] in -1..1 to [B,16,T',H/8,W/8]
"""

# ruff: noqa: F401  (the imports below are the public names, for type checkers)

from typing import TYPE_CHECKING

from ..exports import lazy_exports

if TYPE_CHECKING:
    from .bundled import bundled_path
    from .checkpoint import load_dit, load_interpolator, load_text, load_vae, read_header
    from .dit import DiTConfig, WanDiT
    from .interpolator import Interpolator, InterpolatorConfig
    from .latent_format import latent_frames, pixel_frames, process_in, process_out
    from .text import ByteTextEncoder, TextConfig
    from .text_encoders import FolderTextEncoder, load_text_encoder
    from .vae import VAEConfig, WanVAE

__all__, __getattr__, __dir__ = lazy_exports(  # pyright: ignore[reportUnsupportedDunderAll]
    __name__,
    {
        "bundled": ["bundled_path"],
        "checkpoint": ["load_dit", "load_interpolator", "load_text", "load_vae", "read_header"],
        "dit": ["DiTConfig", "WanDiT"],
        "interpolator": ["Interpolator", "InterpolatorConfig"],
        "latent_format": ["latent_frames", "pixel_frames", "process_in", "process_out"],
        "text": ["ByteTextEncoder", "TextConfig"],
        "text_encoders": ["FolderTextEncoder", "load_text_encoder"],
        "vae": ["VAEConfig", "WanVAE"],
    },
)
