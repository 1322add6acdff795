"""Full attention, or within frames and then across them: what each costs at a length, and what each learns.

    python run.py bench attention [--json FILE] [--only cost|quality] [--folder FOLDER] [--steps N] [--device DEVICE]

Cost: the bundled transformer's sizes at one picture size and growing length; the two in turn, N rounds after one to warm
up, medians. Quality: two small networks with the same first weights, trained without text on the same batches for the same
steps, measured on clips that neither saw, at lengths of training and beyond. Errors are mean squares in normalised latents, whose
variance is about 1; `conditioning` is the error of what the network is given, taken as the answer. Clips, runs and
their checkpoints are kept in the folder, so that a second call only measures.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn

from ..files import write_json
from ..models.bundled import bundled_path
from ..models.checkpoint import read_header
from ..models.dit import DiTConfig, WanDiT
from ..models.latent_format import latent_frames
from ..training import latents
from ..training.dit import DiTTraining, first_networks, losses
from ..training.engine.devices import Devices
from ..training.engine.learner import Learner
from ..training.engine.optimizer import muon_for
from ..training.export import weights
from ..training.latents import Batch, Shards
from ..training.sources import batches_of
from .contenders import say, timed
from .speed import dit_job, multiplications

Row = dict[str, Any]
Kind = Literal["full", "factorized"]
KINDS: tuple[Kind, ...] = ("full", "factorized")

LENGTHS = (1, 17, 33, 49, 81, 121)
SIDE = 256
TRAINED, HELD = ("17x64x64:128", "9x64x64:128"), ("9x64x64:16", "17x64x64:16", "33x64x64:8")
SIZES = {"dim": 160, "ffn_dim": 480, "heads": 2, "layers": 3, "tokens": 640, "lr": 1e-3, "warmup": 20}
GATE = 0.5
LEVELS = (0.9, 0.7, 0.4)
WORDS = 128


def cost_rows(lengths: Sequence[int], side: int, rounds: int, device: str, config: DiTConfig) -> list[Row]:
    """Seconds and operations of one call of each kind, for clips of `lengths` frames of `side` x `side` pixels."""
    dtype = torch.bfloat16 if device == "cuda" else torch.float32
    networks = {}
    for kind in KINDS:
        network = WanDiT(replace(config, attention=kind)).to(device, dtype).eval().requires_grad_(False)
        networks[kind] = network
    rows = []
    for frames in lengths:
        size = (latent_frames(frames), side // 8, side // 8)
        job = dit_job(config, size, WORDS, device, dtype)
        given = {name: value.to(device, dtype) for name, value in job.inputs.items()}
        spent: dict[str, list[Any]] = {kind: [] for kind in KINDS}
        for _ in range(rounds + 1):
            for kind, network in networks.items():
                timing, _ = timed(partial(network, **given), device)
                spent[kind].append(timing)
        for kind in KINDS:
            counted = multiplications(replace(job, config=replace(config, attention=kind)))["forward"]
            rows.append(
                {
                    "name": "cost", "attention": kind, "frames": frames, "height": side, "width": side,
                    "tokens": size[0] * (side // 16) ** 2, "giga_operations": round(counted / 1e9, 2),
                    "seconds": statistics.median(t.seconds for t in spent[kind][1:]),
                    "cpu_seconds": statistics.median(t.cpu_seconds for t in spent[kind][1:]),
                    "device": device, "threads": torch.get_num_threads(), "rounds": rounds,
                }
            )  # fmt: skip
        say(f"  {frames} frames: done")
    return rows


def prepared(folder: Path, device: str) -> None:
    """Make the clips of training and of measurement where they are missing."""
    for name, shapes, seed in (("train", TRAINED, "0"), ("held", HELD, "1")):
        asked = [word for shape in shapes for word in ("--shape", shape)]
        vae = str(bundled_path("vae"))
        more = ["--shard", "16", "--seed", seed, "--device", device]
        latents.main(["--vae", vae, "--out", str(folder / name), *asked, *more])


class Wordless(nn.Module):
    """A transformer that is told nothing: what is compared here is how tokens of the video reach each other."""

    def __init__(self, dit: WanDiT):
        super().__init__()
        self.dit = dit

    def forward(self, x: Tensor, sigma: Tensor, prompts: Sequence[str]) -> Tensor:
        """Velocity [B,16,T',h,w] of x [B,36,T',h,w] at sigma [B]; the prompts are not read."""
        return self.dit(x, 1000 * sigma, x.new_zeros(1, 1, self.dit.config.text_dim))


def trained(folder: Path, kind: Kind, steps: int, device: str) -> nn.Module:
    """The network of a run, trained up to `steps` where it is not; its averaged weights."""
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
    with (
        torch.no_grad()
    ):  # the start keeps the blocks nearly closed; in a short run nothing would be learned in them
        for block in dit.blocks:
            block.get_parameter("modulation")[:, [2, 5]] = GATE
    network = Wordless(dit).to(device).train()
    optimizer = muon_for(network, settings.lr, adam_only=("patch_embedding", "head", "embedding"))
    learner = Learner(network, optimizer, settings, Devices(device), batches_of(settings, None))
    while not learner.done:
        learner.step(
            lambda stream: losses(network, next(stream), dit.config.in_dim, settings, stream.generator)
        )
    network.load_state_dict(weights(settings.run)[0])
    return network.eval()


def held_out(folder: Path) -> dict[int, list[Batch]]:
    """All clips of a folder of shards, by their length in frames."""
    found: dict[int, list[Batch]] = {}
    for tensors, captions in Shards(folder, 1, torch.Generator()).shards:
        batch = tensors["target"].float(), tensors["shown"].float(), tensors["known"].float() / 255, captions
        found.setdefault(4 * (batch[0].shape[2] - 1) + 1, []).append(batch)
    return dict(sorted(found.items()))


def mean_over(error: Tensor, weight: Tensor) -> Tensor:
    """[sum of error [B,T',h,w] by weight, sum of weight]: adds up over batches."""
    return torch.stack(((error * weight).double().sum(), weight.double().sum()))


@torch.no_grad()
def errors(network: nn.Module | None, batches: Sequence[Batch], device: str) -> dict[str, float]:
    """Mean squared errors on clips: of the answer in one step where the conditioning says nothing (`hole`) and where it
    says something (`known`), and of the velocity at `LEVELS`. Without a network, of the conditioning itself."""
    sums: dict[str, Tensor] = {}
    generator = torch.Generator().manual_seed(3)
    for target, shown, known, prompts in batches:
        noise = torch.randn(target.shape, generator=generator).to(device)
        target, given = target.to(device), torch.cat((known, shown), 1).to(device)
        hole = 1 - given[:, :4].mean(1)

        def velocity(level: float, target=target, given=given, noise=noise, prompts=prompts) -> Tensor:
            assert network is not None
            x = torch.cat(((1 - level) * target + level * noise, given), 1)
            return network(x, torch.full((len(x),), level, device=device), prompts).float()

        first = given[:, 4:] if network is None else noise - velocity(1.0)
        error = (first - target).square().mean(1)
        parts = {"hole": mean_over(error, hole), "known": mean_over(error, 1 - hole)}
        if network is not None:
            for level in LEVELS:
                off = (velocity(level) - (noise - target)).square().mean(1)
                parts[f"level {level}"] = mean_over(off, torch.ones_like(off))
        for name, part in parts.items():
            sums[name] = sums.get(name, torch.zeros(2, dtype=torch.float64)) + part.cpu()
    return {name: round(float(a / b), 5) for name, (a, b) in sums.items()}


def quality_rows(folder: Path, steps: int, device: str) -> list[Row]:
    """What the two kinds learned, for each length of the held-out clips."""
    prepared(folder, device)
    held = held_out(folder / "held")
    rows = []
    for kind in (None, *KINDS):
        if kind is not None:
            say(f"{kind} attention: {steps} steps")
        network = trained(folder, kind, steps, device) if kind else None
        for frames, batches in held.items():
            clips = sum(len(batch[3]) for batch in batches)
            rows.append(
                {"name": "quality", "attention": kind or "conditioning", "frames": frames, "clips": clips}
                | {"steps": steps if kind else 0, **errors(network, batches, device)}
            )
    return rows


def table(rows: Sequence[Row]) -> str:
    """The rows as text."""
    lines = []
    if any(row["name"] == "cost" for row in rows):
        lines.append(
            f"{'frames':>7} {'tokens':>7}  {'attention':14} {'GFLOP':>9} {'seconds':>9} {'CPU s':>9}"
        )
    for row in rows:
        if row["name"] == "cost":
            lines.append(f"{row['frames']:7} {row['tokens']:7}  {row['attention']:14} {row['giga_operations']:9.1f} "
                         f"{row['seconds']:9.3f} {row['cpu_seconds']:9.3f}")  # fmt: skip
    names = ["hole", "known", *(f"level {level}" for level in LEVELS)]
    if any(row["name"] == "quality" for row in rows):
        lines.append(
            f"{'frames':>7} {'clips':>7}  {'attention':14}" + "".join(f" {name:>9}" for name in names)
        )
    for row in rows:
        if row["name"] == "quality":
            cells = "".join(f" {row[name]:9.4f}" if name in row else f" {'-':>9}" for name in names)
            lines.append(f"{row['frames']:7} {row['clips']:7}  {row['attention']:14}" + cells)
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """Print the tables; `--json FILE` also writes the rows."""
    parser = argparse.ArgumentParser(prog="bench attention", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    parser.add_argument("--only", choices=("cost", "quality"), help="one of the two")
    parser.add_argument(
        "--folder", type=Path, default=Path("runs/attention"), help="where clips and runs are kept"
    )
    parser.add_argument("--steps", type=int, default=240, help="training steps of each (default 240)")
    parser.add_argument("--rounds", type=int, default=3, help="measured calls of each (default 3)")
    parser.add_argument(
        "--lengths", type=int, nargs="+", default=LENGTHS, help="frames whose cost is measured"
    )
    parser.add_argument("--side", type=int, default=SIDE, help="pixels, for the cost")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    options = parser.parse_args(argv)
    config = DiTConfig(**read_header(bundled_path("dit"))["config"])
    rows = []
    if options.only != "quality":
        rows += cost_rows(options.lengths, options.side, options.rounds, options.device, config)
    if options.only != "cost":
        rows += quality_rows(options.folder, options.steps, options.device)
    print(table(rows))
    if options.json:
        write_json(options.json, rows)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
