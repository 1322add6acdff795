"""Train the bundled video transformer and its text encoder together, on latents of procedural clips.

    python -m flowbrush.training.dit --run runs/dit --latents runs/latents --minutes 40
    python -m flowbrush.training.dit --run runs/dit --start-dit models/bundled/flowbrush_dit.safetensors \\
        --start-text models/bundled/flowbrush_text.safetensors --latents runs/latents --minutes 25

Objective: rectified flow, velocity prediction (Liu et al. 2022; Lipman et al. 2022). A part of every batch is at sigma 1,
where the best prediction is the mean fill that a single step shows; the rest follows a shifted logit-normal density
(Esser et al. 2024, section 3.1). What the conditioning does not know weighs more.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor, nn

from ..models.checkpoint import load_dit, load_text, read_header
from ..models.dit import DiTConfig, WanDiT
from ..models.text import ByteTextEncoder, TextConfig
from .latents import Shards
from .loop import Run
from .optimizer import Average, muon_for
from .start import steady_dit


class TextToVideo(nn.Module):
    """The two networks that train together: prompts and a noisy latent clip in, its velocity out."""

    def __init__(self, dit: WanDiT, text: ByteTextEncoder):
        super().__init__()
        self.dit, self.text = dit, text

    def forward(self, x: Tensor, sigma: Tensor, prompts: list[str]) -> Tensor:
        """Velocity [B,16,T',h,w] of x [B,36,T',h,w] at sigma [B]."""
        ids, mask = (value.to(x.device) for value in self.text.tokenize(prompts))
        return self.dit(x, 1000 * sigma, self.text(ids, mask))


def draw_sigmas(count: int, shift: float, clean_share: float, generator: torch.Generator) -> Tensor:
    """Noise levels [count]: `clean_share` of them exactly 1, the rest logit-normal and shifted."""
    normal = torch.randn(count, generator=generator, device=generator.device)
    sigma = torch.sigmoid(normal)
    sigma = shift * sigma / (1 + (shift - 1) * sigma)
    at_one = torch.rand(count, generator=generator, device=generator.device) < clean_share
    return torch.where(at_one, torch.ones_like(sigma), sigma)


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--run", type=Path, required=True, help="folder of the run; continued where it has a checkpoint"
    )
    parser.add_argument("--latents", type=Path, required=True, help="folder written by training.latents")
    parser.add_argument("--start-dit", type=Path, help="weights to start from")
    parser.add_argument("--start-text", type=Path)
    parser.add_argument("--dim", type=int, default=256)
    parser.add_argument("--ffn-dim", type=int, default=1024)
    parser.add_argument("--heads", type=int, default=4)
    parser.add_argument("--layers", type=int, default=8)
    parser.add_argument("--attention", choices=("full", "factorized"), default="full")
    parser.add_argument("--tokens", type=int, default=3840, help="tokens a batch")
    parser.add_argument("--steps", type=int, default=200_000)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--shift", type=float, default=3.0)
    parser.add_argument("--clean-share", type=float, default=0.4, help="part of the samples at sigma 1")
    parser.add_argument(
        "--hole-weight", type=float, default=2.0, help="loss weight of cells that are not known"
    )
    parser.add_argument("--threads", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    arguments = parser.parse_args(argv)
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    device = torch.device(arguments.device)

    if arguments.start_dit:
        dit = load_dit(arguments.start_dit)
    else:
        dit = WanDiT(
            DiTConfig(
                dim=arguments.dim, ffn_dim=arguments.ffn_dim, num_heads=arguments.heads, num_layers=arguments.layers,
                in_dim=36, out_dim=16, text_dim=256, text_len=128, attention=arguments.attention,
            ),
            generator=torch.Generator().manual_seed(arguments.seed),
        )  # fmt: skip
        steady_dit(dit)
    text = load_text(arguments.start_text) if arguments.start_text else ByteTextEncoder(TextConfig())
    model = TextToVideo(dit, text).to(device).train()
    generator = torch.Generator(device).manual_seed(arguments.seed + 1)
    optimizer = muon_for(model, arguments.lr, adam_only=("patch_embedding", "head", "embedding"))
    average = Average(model, 0.999)
    run = Run(arguments.run, arguments.steps, arguments.minutes, arguments.lr, warmup=200)
    run.note(vars(arguments), read_header(arguments.start_dit).get("facts") if arguments.start_dit else None)
    run.resume(model, average, optimizer, generator)
    batches = iter(Shards(arguments.latents, arguments.tokens, generator))

    saved = run.seconds
    while not run.done:
        target, shown, known, prompts = next(batches)
        target, shown, known = (value.to(device) for value in (target, shown, known))
        sigma = draw_sigmas(len(target), arguments.shift, arguments.clean_share, generator)
        noise = torch.randn(target.shape, generator=generator, device=device)
        level = sigma.view(-1, 1, 1, 1, 1)
        x = torch.cat(((1 - level) * target + level * noise, known, shown), 1)
        run.set_rate(optimizer)
        with torch.autocast(device.type, torch.bfloat16):
            velocity = model(x, sigma, prompts).float()
        error = (velocity - (noise - target)).square().mean(1)
        hole = 1 - known.mean(1)
        loss = (error * (1 + (arguments.hole_weight - 1) * hole)).mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        average.update(model)
        with torch.no_grad():
            start = sigma == 1
            given = ((shown - target).square().mean(1) * (1 - hole)).sum((1, 2, 3)) / (1 - hole).sum(
                (1, 2, 3)
            ).clamp_min(1)
            values = {"loss": float(loss), "norm": float(norm)}
            if bool(start.any()) and not bool(start.all()):
                whole = error.mean((1, 2, 3))
                values |= {"at_one": float(whole[start].mean()), "below": float(whole[~start].mean())}
            else:
                values |= {"at_one": float(error.mean()), "below": float(error.mean())}
            values["given"] = float(given.mean())
        run.advance(values)
        if run.seconds - saved > 120 or run.done:
            run.save(model, average, optimizer, generator, dit=asdict(dit.config), text=asdict(text.config))
            saved = run.seconds


if __name__ == "__main__":
    main()
