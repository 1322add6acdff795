"""Write the averaged weights of finished runs as bundled files, with the facts of their training in the header.

python -m flowbrush.training.export --vae runs/vae --dit runs/dit --text-to-video runs/text \
        --interpolation runs/interpolation --out models/bundled
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from ..models.checkpoint import load_vae, save
from ..models.dit import DiTConfig
from ..models.interpolator import InterpolatorConfig
from ..models.latent_format import fit_rgb_factors, process_in
from ..models.text import TextConfig
from ..models.vae import VAEConfig, WanVAE
from ..synthetic.scene import render_clips, texture_pool


def facts_of(run: Path, state: dict[str, Any], scenes: str = "scene") -> dict[str, Any]:
    """The facts that a header stores about a run: data, steps, minutes, last logged losses, settings and licence."""
    lines = (run / "log.jsonl").read_text().splitlines()
    settings, before = run / "settings.json", run / "before.json"
    return {
        "data": f"procedural clips rendered by synthetic/{scenes}.py; no photographs, no third-party data",
        "steps": state["step"],
        "minutes": round(state["seconds"] / 60, 1),
        "log": json.loads(lines[-1]) if lines else {},
        "settings": json.loads(settings.read_text()) if settings.exists() else {},
        "before": json.loads(before.read_text()) if before.exists() else None,
        "licence": "Apache-2.0",
    }


def weights(run: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """(averaged weights, checkpoint) of a run."""
    state = torch.load(run / "checkpoint.pt", weights_only=True, map_location="cpu")
    return state["average"], state


def part(state: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """The tensors whose names start with `prefix`, under their names without it."""
    return {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}


@torch.no_grad()
def latent_colours(vae: WanVAE) -> list[list[float]]:
    """The linear map [17,3] from latents to the mean colours of their cells, for previews; fitted on rendered clips."""
    generator = torch.Generator().manual_seed(11)
    video = render_clips(texture_pool(32, 96, generator), 16, 5, 64, 64, generator).video * 2 - 1
    latents = process_in(vae.encode(video))
    cells = F.avg_pool3d(video, (1, 8, 8))
    colours = torch.cat((cells[:, :, :1], F.avg_pool3d(cells[:, :, 1:], (4, 1, 1))), 2)
    factors = fit_rgb_factors(latents.movedim(1, -1).flatten(0, -2), colours.movedim(1, -1).flatten(0, -2))
    return [[round(value, 4) for value in row] for row in factors.tolist()]


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--vae", type=Path, help="run folder of training.vae")
    parser.add_argument("--dit", type=Path, help="run folder of training.dit")
    parser.add_argument("--text-to-video", type=Path, help="run folder of training.text_to_video")
    parser.add_argument("--interpolation", type=Path, help="run folder of training.interpolation")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args(argv)
    if arguments.vae:
        average, state = weights(arguments.vae)
        config = VAEConfig(dim=average["encoder.conv1.weight"].shape[0])
        save(arguments.out / "flowbrush_vae.safetensors", average, config, facts_of(arguments.vae, state))
    for run, name, text_name, scenes in (
        (arguments.dit, "flowbrush_dit", "flowbrush_text", "scene"),
        (arguments.text_to_video, "flowbrush_text_to_video", "flowbrush_text_to_video_text", "plain_scenes"),
    ):
        if run is None:
            continue
        average, state = weights(run)
        facts = facts_of(run, state, scenes)
        facts["latent_rgb"] = latent_colours(load_vae(arguments.out / "flowbrush_vae.safetensors"))
        dit, text = DiTConfig(**state["dit"]), TextConfig(**state["text"])
        save(arguments.out / f"{name}.safetensors", part(average, "dit."), dit, facts)
        save(arguments.out / f"{text_name}.safetensors", part(average, "text."), text, facts)

    if arguments.interpolation:
        average, state = weights(arguments.interpolation)
        config, facts = InterpolatorConfig(**state["interpolator"]), facts_of(arguments.interpolation, state)
        save(arguments.out / "flowbrush_interpolator.safetensors", average, config, facts)


if __name__ == "__main__":
    main()
