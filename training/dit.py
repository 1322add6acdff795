"""Train the bundled video transformer and its text encoder together, on latents of procedural clips.

    python -m flowbrush.training.dit --run runs/dit --latents runs/latents --minutes 40
    python -m flowbrush.training.dit --run runs/dit --start-dit models/bundled/flowbrush_dit.safetensors \\
        --start-text models/bundled/flowbrush_text.safetensors --latents runs/latents --minutes 25
    python -m flowbrush.training.dit --config training/recipes/dit_gpu.toml --run runs/dit

The latents come from a folder of shards (training.latents), or clips are rendered and encoded during the run (`vae` and
`shapes`). Objective: rectified flow, velocity prediction (Liu et al. 2022; Lipman et al. 2022). A share of every batch is
at sigma 1, where the best prediction is the mean fill that a single step shows; the other noise levels have a shifted
logit-normal density (Esser et al. 2024, section 3.1). Cells without known conditioning have a larger loss weight.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Literal, Protocol

import torch
from torch import Tensor, nn

from ..models.checkpoint import load_dit, load_text, load_vae, read_header
from ..models.dit import DiTConfig, WanDiT
from ..models.muon import muon_for
from ..models.text import ByteTextEncoder, TextConfig
from .engine.devices import Devices, checkpoint_gradients
from .engine.initialization import open_gates, steady_dit
from .engine.learner import Learner
from .engine.settings import RunSettings, settings_from
from .latents import Batch
from .samples import latents_sheet
from .sources import SourceSettings, batches_of


@dataclass(frozen=True, kw_only=True)
class FlowSettings(RunSettings):
    """The settings of the loss, in training and in fine-tuning."""

    tokens: Annotated[int, "tokens per batch; a token is up to 4 frames of 16x16 pixels"] = 3840
    warmup: Annotated[int, "steps until the learning rate reaches its peak"] = 200
    shift: Annotated[float, "shift of the noise levels towards noise"] = 3.0
    clean_share: Annotated[float, "share of the samples at sigma 1"] = 0.4
    hole_weight: Annotated[float, "loss weight of cells without known conditioning"] = 2.0
    compile: Annotated[bool, "compile the blocks (torch.compile), which pays on GPUs after minutes"] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.tokens < 1 or self.shift <= 0 or not 0 <= self.clean_share <= 1:
            raise ValueError(
                f"`tokens` is {self.tokens}, `shift` {self.shift} and `clean_share` {self.clean_share}; they must be at "
                "least 1, more than 0 and between 0 and 1"
            )


@dataclass(frozen=True, kw_only=True)
class DiTTraining(FlowSettings, SourceSettings):
    """Settings of the video transformer's training."""

    start_dit: Annotated[Path | None, "weights to start from"] = None
    start_text: Annotated[Path | None, "weights of the text encoder to start from"] = None
    open_gates: Annotated[
        float,
        "with `start_dit`: factor of the residual gates, for faster training of weights whose gates are small",
    ] = 1.0
    dim: Annotated[int, "width of the transformer"] = 256
    ffn_dim: Annotated[int, "width of its MLP"] = 1024
    heads: Annotated[int, "attention heads"] = 4
    layers: Annotated[int, "blocks"] = 8
    attention: Annotated[
        Literal["full", "factorized"], "attention among all tokens, or within frames and then across them"
    ] = "full"
    steps: Annotated[int, "number of steps after which the run ends"] = 200_000


class PromptEncoder(Protocol):
    """A module that turns prompts into the transformer's context: a text encoder, or a table of its output."""

    def encode(self, prompts: Sequence[str], /) -> Tensor:
        """Embeddings [B,L,text_dim] of prompts."""
        ...


class TextToVideo(nn.Module):
    """The text encoder and the transformer, which train together: from prompts and a noisy latent clip to its velocity."""

    def __init__(self, dit: WanDiT, text: PromptEncoder):
        super().__init__()
        self.dit, self.text = dit, text

    def forward(self, x: Tensor, sigma: Tensor, prompts: list[str]) -> Tensor:
        """Velocity [B,16,T',h,w] of x [B,36,T',h,w] at sigma [B]."""
        return self.dit(x, 1000 * sigma, self.text.encode(prompts))


def draw_sigmas(count: int, shift: float, clean_share: float, generator: torch.Generator) -> Tensor:
    """Noise levels [count]: `clean_share` of them exactly 1, the rest logit-normal and shifted."""
    normal = torch.randn(count, generator=generator, device=generator.device)
    sigma = torch.sigmoid(normal)
    sigma = shift * sigma / (1 + (shift - 1) * sigma)
    at_one = torch.rand(count, generator=generator, device=generator.device) < clean_share
    return torch.where(at_one, torch.ones_like(sigma), sigma)


def losses(
    network: nn.Module, batch: Batch, in_dim: int, settings: FlowSettings, generator: torch.Generator
) -> tuple[Tensor, dict[str, float]]:
    """The loss of a batch and the numbers to log. `in_dim` is 36, or 16 for a model that reads no conditioning.

    Logged are the errors of the velocity at sigma 1 (`at_one`) and below it (`below`), and the error of the conditioning
    itself where it is known (`given`).
    """
    device = generator.device
    target, shown, known = (value.to(device) for value in batch[:3])
    sigma = draw_sigmas(len(target), settings.shift, settings.clean_share, generator)
    noise = torch.randn(target.shape, generator=generator, device=device)
    level = sigma.view(-1, 1, 1, 1, 1)
    x = torch.cat(((1 - level) * target + level * noise, known, shown), 1)[:, :in_dim]
    with torch.autocast(device.type, torch.bfloat16, enabled=settings.precision == "bf16"):
        velocity = network(x, sigma, batch[3]).float()
    error = (velocity - (noise - target)).square().mean(1)
    hole = 1 - known.mean(1)
    loss = (error * (1 + (settings.hole_weight - 1) * hole)).mean()
    with torch.no_grad():
        start, whole = sigma == 1, error.mean((1, 2, 3))
        both = bool(start.any()) and not bool(start.all())
        known_cells = (1 - hole).sum((1, 2, 3)).clamp_min(1)
        given = ((shown - target).square().mean(1) * (1 - hole)).sum((1, 2, 3)) / known_cells
        values = {
            "at_one": float((whole[start] if both else whole).mean()),
            "below": float((whole[~start] if both else whole).mean()),
            "given": float(given.mean()),
        }
    return loss, values


def first_networks(settings: DiTTraining) -> tuple[WanDiT, ByteTextEncoder]:
    """The initial networks, on the CPU: from files, or new ones that predict their conditioning (`steady_dit`)."""
    text = load_text(settings.start_text) if settings.start_text else ByteTextEncoder(TextConfig())
    if settings.start_dit:
        dit = load_dit(settings.start_dit)
        open_gates(dit, settings.open_gates)
        return dit, text
    config = DiTConfig(
        dim=settings.dim, ffn_dim=settings.ffn_dim, num_heads=settings.heads, num_layers=settings.layers,
        in_dim=36, out_dim=16, text_dim=256, text_len=128, attention=settings.attention,
    )  # fmt: skip
    dit = WanDiT(config, generator=torch.Generator().manual_seed(settings.seed))
    steady_dit(dit)
    return dit, text


def main(argv: Sequence[str] | None = None) -> None:
    settings = settings_from(DiTTraining, argv, __doc__)
    if settings.threads:
        torch.set_num_threads(settings.threads)
    devices = Devices(settings.device, settings.sharded)
    dit, text = first_networks(settings)
    model = TextToVideo(dit, text).to(devices.device).train()
    if settings.recompute:
        checkpoint_gradients(dit.blocks)
    if settings.compile:
        for block in dit.blocks:
            block.compile()
    network = devices.wrap(model, uses_all=dit.config.image_dim is None)
    vae = load_vae(settings.vae).to(devices.device).channels_last() if settings.vae else None

    facts = {"dit": asdict(dit.config), "text": asdict(text.config)}
    optimizer = muon_for(model, settings.lr, adam_only=("patch_embedding", "head", "embedding"))
    learner = Learner(model, optimizer, settings, devices, batches_of(settings, vae), facts)
    before = read_header(settings.start_dit).get("facts") if settings.start_dit else None
    learner.run.write_settings(asdict(settings), before)
    in_dim = dit.config.in_dim

    while not learner.done:
        learner.step(lambda stream: losses(network, next(stream), in_dim, settings, stream.generator))
        if learner.sheet_due and vae is not None:
            learner.run.save_sheet("samples", latents_sheet(network, learner.streams[0], in_dim, vae))


if __name__ == "__main__":
    main()
