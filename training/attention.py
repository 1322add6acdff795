"""Train two small transformers, one with full and one with factorized attention, and compare what they learn.

    python -m flowbrush.training.attention --folder runs/attention --steps 240
    python run.py bench attention --only quality       # the same, with its rows in the benchmark's table

Factorized attention first relates the tokens of each frame, then those of the same place in all frames. Both networks
start from the same weights and train without text on the same batches. They are then measured on clips that neither was
trained on, at the lengths of training and beyond. Errors are mean squares in normalised latents, whose variance is about
1; the rows named `conditioning` give the error of the conditioning itself, taken as the prediction. Clips, runs and
checkpoints stay in the folder, so that a second call only measures.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn

from ..files import write_json
from ..models.bundled import bundled_path
from ..models.dit import WanDiT
from ..models.muon import muon_for
from . import latents
from .dit import DiTTraining, first_networks, losses
from .engine.devices import Devices
from .engine.learner import Learner
from .export import weights
from .latents import Batch, Shards
from .sources import batches_of

Row = dict[str, Any]
Kind = Literal["full", "factorized"]
KINDS: tuple[Kind, ...] = ("full", "factorized")

TRAINING_SHAPES = ("17x64x64:128", "9x64x64:128")  # buckets and their numbers of clips
HELD_OUT_SHAPES = ("9x64x64:16", "17x64x64:16", "33x64x64:8")
SIZES = {"dim": 160, "ffn_dim": 480, "heads": 2, "layers": 3, "tokens": 640, "lr": 1e-3, "warmup": 20}
GATE = 0.5
LEVELS = (0.9, 0.7, 0.4)  # noise levels at which the velocity's error is measured


def write_clips(folder: Path, device: str) -> None:
    """Render and encode the clips for training (folder/train) and measurement (folder/held), except those that exist."""
    for name, shapes, seed in (("train", TRAINING_SHAPES, "0"), ("held", HELD_OUT_SHAPES, "1")):
        arguments = ["--vae", str(bundled_path("vae")), "--out", str(folder / name), "--shard", "16"]
        arguments += ["--seed", seed, "--device", device]
        latents.main([*arguments, *(word for shape in shapes for word in ("--shape", shape))])


class PromptlessTransformer(nn.Module):
    """A transformer whose text is always zero: the comparison is about how the tokens of the video reach each other."""

    def __init__(self, dit: WanDiT):
        super().__init__()
        self.dit = dit

    def forward(self, x: Tensor, sigma: Tensor, prompts: Sequence[str]) -> Tensor:
        """Velocity [B,16,T',h,w] of x [B,36,T',h,w] at sigma [B]; the prompts are ignored."""
        return self.dit(x, 1000 * sigma, x.new_zeros(1, 1, self.dit.config.text_dim))


def trained_network(folder: Path, kind: Kind, steps: int, device: str) -> nn.Module:
    """The network of one kind with its averaged weights, trained (further, if a checkpoint exists) up to `steps`."""
    settings = DiTTraining(
        run=folder / kind,
        latents=folder / "train",
        attention=kind,
        steps=steps,
        device=device,
        ema=0.99,
        **SIZES,
    )
    dit, _ = first_networks(settings)
    with torch.no_grad():
        # The usual initialization nearly closes the blocks' gates, and so short a run would not open them.
        for block in dit.blocks:
            block.get_parameter("modulation")[:, [2, 5]] = GATE
    network = PromptlessTransformer(dit).to(device).train()
    optimizer = muon_for(network, settings.lr, adam_only=("patch_embedding", "head", "embedding"))
    learner = Learner(network, optimizer, settings, Devices(device), batches_of(settings, None))
    while not learner.done:
        learner.step(
            lambda stream: losses(network, next(stream), dit.config.in_dim, settings, stream.generator)
        )
    network.load_state_dict(weights(settings.run)[0])
    return network.eval()


def batches_by_length(folder: Path) -> dict[int, list[Batch]]:
    """All clips in a folder of shards, grouped by their number of frames."""
    found: dict[int, list[Batch]] = {}
    for tensors, captions in Shards(folder, 1, torch.Generator()).shards:
        batch = tensors["target"].float(), tensors["shown"].float(), tensors["known"].float() / 255, captions
        found.setdefault(4 * (batch[0].shape[2] - 1) + 1, []).append(batch)
    return dict(sorted(found.items()))


def weighted_sum(error: Tensor, weight: Tensor) -> Tensor:
    """[sum of error [B,T',h,w] times weight, sum of weight]: such pairs can be added over batches before dividing."""
    return torch.stack(((error * weight).double().sum(), weight.double().sum()))


@torch.no_grad()
def errors(network: nn.Module | None, batches: Sequence[Batch], device: str) -> dict[str, float]:
    """Mean squared errors on clips.

    `hole` and `known` are errors of the one-step prediction where the conditioning is empty and where it is not;
    `level S` is the error of the velocity at noise level S, for S in `LEVELS`. Without a network, the conditioning
    itself is the prediction.
    """
    sums: dict[str, Tensor] = {}
    generator = torch.Generator().manual_seed(3)
    for target, shown, known, prompts in batches:
        noise = torch.randn(target.shape, generator=generator).to(device)
        target, given = target.to(device), torch.cat((known, shown), 1).to(device)
        hole = 1 - given[:, :4].mean(1)

        def velocity(
            network: nn.Module, level: float, target=target, given=given, noise=noise, prompts=prompts
        ) -> Tensor:
            x = torch.cat(((1 - level) * target + level * noise, given), 1)
            return network(x, torch.full((len(x),), level, device=device), prompts).float()

        prediction = given[:, 4:] if network is None else noise - velocity(network, 1.0)
        error = (prediction - target).square().mean(1)
        parts = {"hole": weighted_sum(error, hole), "known": weighted_sum(error, 1 - hole)}
        if network is not None:
            for level in LEVELS:
                error = (velocity(network, level) - (noise - target)).square().mean(1)
                parts[f"level {level}"] = weighted_sum(error, torch.ones_like(error))
        for name, part in parts.items():
            sums[name] = sums.get(name, torch.zeros(2, dtype=torch.float64)) + part.cpu()
    return {name: round(float(a / b), 5) for name, (a, b) in sums.items()}


def quality_rows(folder: Path, steps: int, device: str) -> list[Row]:
    """Errors of the conditioning and of both kinds of network, one row for each length of the held-out clips."""
    write_clips(folder, device)
    held_out = batches_by_length(folder / "held")
    rows = []
    for kind in (None, *KINDS):
        if kind is not None:
            print(f"{kind} attention: {steps} steps", flush=True)
        network = trained_network(folder, kind, steps, device) if kind else None
        for frames, batches in held_out.items():
            clips = sum(len(batch[3]) for batch in batches)
            rows.append(
                {"name": "quality", "attention": kind or "conditioning", "frames": frames, "clips": clips}
                | {"steps": steps if kind else 0, **errors(network, batches, device)}
            )
    return rows


def quality_table(rows: Sequence[Row]) -> str:
    """The rows as text, one line each under a heading."""
    names = ["hole", "known", *(f"level {level}" for level in LEVELS)]
    lines = [f"{'frames':>7} {'clips':>7}  {'attention':14}" + "".join(f" {name:>9}" for name in names)]
    for row in rows:
        cells = "".join(f" {row[name]:9.4f}" if name in row else f" {'-':>9}" for name in names)
        lines.append(f"{row['frames']:7} {row['clips']:7}  {row['attention']:14}" + cells)
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> None:
    """Train, measure and print the table; `--json FILE` also writes the rows."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--folder", type=Path, default=Path("runs/attention"), help="folder of the clips and runs"
    )
    parser.add_argument("--steps", type=int, default=240, help="training steps of each network (default 240)")
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    arguments = parser.parse_args(argv)
    rows = quality_rows(arguments.folder, arguments.steps, arguments.device)
    print(quality_table(rows))
    if arguments.json:
        write_json(arguments.json, rows)


if __name__ == "__main__":
    main()
