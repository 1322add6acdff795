"""Full attention against factorized attention: the cost of each at several lengths, and what each learns.

    python run.py bench attention [--json FILE] [--only cost|quality] [--folder FOLDER] [--steps N] [--device DEVICE]

Factorized attention first relates the tokens of each frame, then those of the same place in all frames. Cost: one call of
the bundled transformer at one picture size and growing length; the two kinds alternate for N rounds after a warm-up
round, and medians are reported. Quality: training/attention.py trains two small networks, in a process of its own because
benchmarks do not import training, and measures their errors on held-out clips.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

import torch

from ..files import write_json
from ..models.bundled import bundled_path
from ..models.checkpoint import read_header
from ..models.dit import DiTConfig, WanDiT
from ..models.latent_format import latent_frames
from .contenders import say, time_call
from .speed import dit_job, multiplications

Row = dict[str, Any]
KINDS: tuple[Literal["full", "factorized"], ...] = ("full", "factorized")

LENGTHS = (1, 17, 33, 49, 81, 121)
SIDE = 256
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
        inputs = {name: value.to(device, dtype) for name, value in job.inputs.items()}
        timings: dict[str, list[Any]] = {kind: [] for kind in KINDS}
        for _ in range(rounds + 1):
            for kind, network in networks.items():
                timing, _ = time_call(partial(network, **inputs), device)
                timings[kind].append(timing)
        for kind in KINDS:
            count = multiplications(replace(job, config=replace(config, attention=kind)))["forward"]
            rows.append(
                {
                    "name": "cost", "attention": kind, "frames": frames, "height": side, "width": side,
                    "tokens": size[0] * (side // 16) ** 2, "giga_operations": round(count / 1e9, 2),
                    "seconds": statistics.median(t.seconds for t in timings[kind][1:]),
                    "cpu_seconds": statistics.median(t.cpu_seconds for t in timings[kind][1:]),
                    "device": device, "threads": torch.get_num_threads(), "rounds": rounds,
                }
            )  # fmt: skip
        say(f"  {frames} frames: done")
    return rows


def cost_table(rows: Sequence[Row]) -> str:
    """The rows as text, one line each under a heading."""
    lines = [f"{'frames':>7} {'tokens':>7}  {'attention':14} {'GFLOP':>9} {'seconds':>9} {'CPU s':>9}"]
    for row in rows:
        lines.append(f"{row['frames']:7} {row['tokens']:7}  {row['attention']:14} {row['giga_operations']:9.1f} "
                     f"{row['seconds']:9.3f} {row['cpu_seconds']:9.3f}")  # fmt: skip
    return "\n".join(lines)


def quality_rows(folder: Path, steps: int, device: str) -> list[Row]:
    """The rows that `python -m flowbrush.training.attention` writes; it prints its own table. SystemExit if it fails."""
    with tempfile.TemporaryDirectory() as temporary:
        rows = Path(temporary) / "rows.json"
        command = [sys.executable, "-m", "flowbrush.training.attention", "--folder", str(folder)]
        command += ["--steps", str(steps), "--device", device, "--json", str(rows)]
        status = subprocess.run(command).returncode
        if status:
            raise SystemExit(status)
        return json.loads(rows.read_text(encoding="utf-8"))


def main(argv: Sequence[str] | None = None) -> int:
    """Print the tables; `--json FILE` also writes the rows."""
    parser = argparse.ArgumentParser(prog="bench attention", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    parser.add_argument("--only", choices=("cost", "quality"), help="measure only one of the two")
    parser.add_argument(
        "--folder", type=Path, default=Path("runs/attention"), help="folder of the clips and training runs"
    )
    parser.add_argument("--steps", type=int, default=240, help="training steps of each network (default 240)")
    parser.add_argument("--rounds", type=int, default=3, help="measured calls of each kind (default 3)")
    parser.add_argument(
        "--lengths", type=int, nargs="+", default=LENGTHS, help="numbers of frames whose cost is measured"
    )
    parser.add_argument("--side", type=int, default=SIDE, help="side of the pictures in pixels, for the cost")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    options = parser.parse_args(argv)
    config = DiTConfig(**read_header(bundled_path("dit"))["config"])
    rows = []
    if options.only != "quality":
        rows += cost_rows(options.lengths, options.side, options.rounds, options.device, config)
        print(cost_table(rows))
    if options.only != "cost":
        rows += quality_rows(options.folder, options.steps, options.device)
    if options.json:
        write_json(options.json, rows)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
