"""Small random checkpoints in the bundled layout: what is tested here does not depend on what was learned."""

from pathlib import Path

import torch
from flowbrush.models import checkpoint
from flowbrush.models.dit import DiTConfig, WanDiT
from flowbrush.models.text import ByteTextEncoder, TextConfig
from flowbrush.models.vae import VAEConfig, WanVAE

DIT, VAE, TEXT = "tiny_dit.safetensors", "tiny_vae.safetensors", "tiny_text.safetensors"
WIDE_TEXT = "wide_text.safetensors"
FOLDERS = {DIT: "diffusion_models", VAE: "vae", TEXT: "text_encoders", WIDE_TEXT: "text_encoders"}
TEXT_DIM = 32


def write_all(models: Path) -> dict[str, Path]:
    """Writes every checkpoint into its folder under ComfyUI's `models`; the paths by file name."""
    paths = {name: models / folder / name for name, folder in FOLDERS.items()}
    text, wide = TextConfig(dim=TEXT_DIM, layers=1, heads=2), TextConfig(dim=2 * TEXT_DIM, layers=1, heads=2)
    vae = VAEConfig(dim=8)
    dit = DiTConfig(dim=64, ffn_dim=128, num_heads=2, num_layers=2, text_dim=TEXT_DIM)
    for name, network, config in (
        (DIT, WanDiT(dit), dit),
        (VAE, WanVAE(vae), vae),
        (TEXT, ByteTextEncoder(text), text),
        (WIDE_TEXT, ByteTextEncoder(wide), wide),
    ):
        generator = torch.Generator().manual_seed(len(name))
        state = {key: randomized(value, generator) for key, value in network.state_dict().items()}
        checkpoint.save(paths[name], state, config, {"steps": 0}, dtype=torch.float32)
    return paths


def randomized(weight: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Every tensor away from zero and one, so that each of them matters to the result."""
    noise = torch.randn(weight.shape, generator=generator)
    if weight.ndim > 1:
        fan_in = weight[0].numel()
        return noise / fan_in**0.5
    return 1.0 + 0.1 * noise
