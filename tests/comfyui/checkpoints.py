"""Small random checkpoints in the bundled layout, for tests that do not depend on trained weights."""

import json
from dataclasses import replace
from pathlib import Path

import torch
from flowbrush.models import checkpoint, keys
from flowbrush.models.dit import DiTConfig, WanDiT
from flowbrush.models.text import ByteTextEncoder, TextConfig
from flowbrush.models.vae import VAEConfig, WanVAE
from safetensors.torch import save_file

from .. import shared_run

DIT, VAE, TEXT = "tiny_dit.safetensors", "tiny_vae.safetensors", "tiny_text.safetensors"
WIDE_TEXT = "wide_text.safetensors"
FACTORIZED, STUDENT = "factorized_dit.safetensors", "student_dit.safetensors"
FEW_STEPS = {"sigmas": [1.0, 0.9, 0.6, 0.0], "solver": "euler", "text_scale": 1.0}
FOLDERS = {
    DIT: "diffusion_models",
    STUDENT: "diffusion_models",
    FACTORIZED: "diffusion_models",
    VAE: "vae",
    TEXT: "text_encoders",
    WIDE_TEXT: "text_encoders",
}
TEXT_DIM = 32


def small_models() -> Path:
    """ComfyUI's `models` folder of this run, with every checkpoint of this file, which the first caller writes."""
    models = shared_run.comfyui_folder() / "models"
    with shared_run.lock("models"):
        if not all((models / folder / name).is_file() for name, folder in FOLDERS.items()):
            write_all(models)
    return models


def write_all(models: Path) -> dict[str, Path]:
    """Write every checkpoint into its folder under `models`; returns the paths by file name."""
    paths = {name: models / folder / name for name, folder in FOLDERS.items()}
    text, wide = TextConfig(dim=TEXT_DIM, layers=1, heads=2), TextConfig(dim=2 * TEXT_DIM, layers=1, heads=2)
    vae = VAEConfig(dim=8)
    dit = DiTConfig(dim=64, ffn_dim=128, num_heads=2, num_layers=2, text_dim=TEXT_DIM)
    for name, network, config in (
        (DIT, WanDiT(dit), dit),
        (STUDENT, WanDiT(dit), dit),
        (FACTORIZED, WanDiT(dit), replace(dit, attention="factorized")),
        (VAE, WanVAE(vae), vae),
        (TEXT, ByteTextEncoder(text), text),
        (WIDE_TEXT, ByteTextEncoder(wide), wide),
    ):
        generator = torch.Generator().manual_seed(len(name))
        state = {key: randomized(value, generator) for key, value in network.state_dict().items()}
        facts = {"steps": 0} | ({"few_steps": FEW_STEPS} if name == STUDENT else {})
        checkpoint.save(paths[name], state, config, facts, dtype=torch.float32)
    for name, kind in ((DIT, "dit"), (VAE, "vae")):
        _write_with_names_of_diffusers(paths[name], kind)
    return paths


def _write_with_names_of_diffusers(path: Path, kind: str) -> None:
    """Write the same weights under the names of diffusers beside `path`, as `diffusers_…`."""
    state, header = checkpoint.read(path)
    metadata = {"format": "pt"}
    if kind == "dit":
        sizes = {name: header["config"][name] for name in ("num_heads", "text_dim")}
        metadata["config"] = json.dumps({"transformer": sizes})
    save_file(
        keys.from_original(state, kind, "diffusers"), path.with_name(f"diffusers_{path.name}"), metadata
    )


def randomized(weight: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Random values away from zero and one, so that every weight changes the result."""
    noise = torch.randn(weight.shape, generator=generator)
    if weight.ndim > 1:
        fan_in = weight[0].numel()
        return noise / fan_in**0.5
    return 1.0 + 0.1 * noise
