"""Speed of the networks and of the motion library, compared with other implementations.

    python run.py bench speed [--json FILE] [--rounds N] [--minutes N] [--threads N] [--only WORD ...]

Networks: Flowbrush's, diffusers' and, if it is installed, ComfyUI's, with the same random weights and inputs. They alternate
for N rounds after a warm-up round, or until the minutes are over, and medians are reported. `limit` is the time that the network's multiplications would
take at the speed of one large matrix product, measured between the rounds; `difference` is the largest difference between
an output and Flowbrush's. Further parts measure the memory of decoding in chunks, the motion field and the splat. With a
GPU, the networks are also measured there in bfloat16, and in the size of Wan 1.3B.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from ..files import write_json
from ..models.dit import DiTConfig, WanDiT
from ..models.vae import VAEConfig, WanVAE
from ..motion.document.document import Document, dump, parse
from ..motion.document.examples import documents
from ..motion.field.field import MotionField, field_from_document
from ..rendering.forward_splat import forward_splat
from . import contenders
from .budget import ENDLESS, Budget
from .contenders import Job, Run, Timing, largest_difference, say, time_call
from .decoding_memory import decoding_peaks

Row = dict[str, Any]

SMALL_DIT = DiTConfig(dim=256, ffn_dim=1024, num_heads=4, num_layers=10, in_dim=36, text_dim=256)
_SPLAT_FRAMES = 17  # of the clip; the time grows in proportion to their number
WAN_1_3B = DiTConfig(dim=1536, ffn_dim=8960, num_heads=12, num_layers=30, in_dim=16, text_dim=4096)


def dit_job(config: DiTConfig, latents: Sequence[int], words: int, device: str, dtype: torch.dtype) -> Job:
    """A job for a transformer on latents of (frames, height, width) and a text of `words` tokens."""
    generator = torch.Generator().manual_seed(2)
    inputs = {
        "x": torch.randn(1, config.in_dim, *latents, generator=generator),
        "timestep": torch.tensor([500.0]),
        "context": torch.randn(1, words, config.text_dim, generator=generator),
    }
    return Job("dit", config, inputs, device, dtype)


def vae_job(config: VAEConfig, frames: int, height: int, width: int, device: str, dtype: torch.dtype) -> Job:
    """A job for a VAE on a clip, and on latents of that clip's size."""
    generator = torch.Generator().manual_seed(3)
    latents = (
        (frames - 1) // config.temporal_factor + 1,
        height // config.spatial_factor,
        width // config.spatial_factor,
    )
    inputs = {
        "video": torch.rand(1, 3, frames, height, width, generator=generator) * 2 - 1,
        "latents": torch.randn(1, config.z_dim, *latents, generator=generator),
    }
    return Job("vae", config, inputs, device, dtype)


def multiplications(job: Job) -> dict[str, float]:
    """Number of floating-point operations of the network in each task of a job."""
    counts = {}
    with torch.device("meta"):
        given = {name: torch.empty(value.shape) for name, value in job.inputs.items()}
        for task in job.tasks:
            with FlopCounterMode(display=False) as counter:
                if isinstance(job.config, DiTConfig):
                    WanDiT(job.config, device="meta")(given["x"], given["timestep"], given["context"])
                elif task == "encode":
                    WanVAE(job.config).encode(given["video"])
                else:
                    WanVAE(job.config).decode(given["latents"])
            counts[task] = float(counter.get_total_flops())
    return counts


def matrix_product_rate(device: str, dtype: torch.dtype) -> float:
    """Floating-point operations per second of one large matrix product."""
    size, times = (8192, 5) if device == "cuda" else (1536, 2)
    a = torch.ones(size, size, device=device, dtype=dtype)
    timing, _ = time_call(lambda: [a @ a for _ in range(times)], device)
    return 2 * size**3 * times / timing.seconds


def network_rows(name: str, job: Job, rounds: int, budget: Budget = ENDLESS) -> list[Row]:
    """The rows of all implementations on a job."""
    say(f"{name}: {job.device}, {str(job.dtype).removeprefix('torch.')}")
    weights = contenders.random_weights(job)
    runs: dict[str, Run] = {"ours": contenders.ours(job, weights)}
    with ExitStack() as stack:
        try:
            runs["diffusers"] = contenders.diffusers(job, weights)
        except ImportError:
            say("  diffusers is not installed")
        places = contenders.comfyui_places()
        if places is None:
            say("  no ComfyUI found: set COMFYUI_PATH and COMFYUI_PYTHON to compare with it")
        else:
            runs["ComfyUI"] = stack.enter_context(contenders.comfyui(job, weights, places))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        return timing_rows(name, job, runs, rounds, folder, budget)


def timing_rows(
    name: str, job: Job, runs: dict[str, Run], rounds: int, folder: Path, budget: Budget = ENDLESS
) -> list[Row]:
    """The rows of a job, one for each task and implementation: a warm-up round, whose outputs are compared, and at most
    `rounds` measured rounds while the budget lasts."""
    for task in job.tasks:
        for who, run in runs.items():
            run(task, folder / f"{task}.{who}")
    timings: dict[tuple[str, str], list[Timing]] = {}
    rates = []
    for _ in budget.rounds(rounds, name):
        for task in job.tasks:
            rates.append(matrix_product_rate(job.device, job.dtype))
            for who, run in runs.items():
                timings.setdefault((task, who), []).append(run(task, None))
    rate, counts = statistics.median(rates), multiplications(job)
    rows = []
    for (task, who), values in timings.items():
        difference = largest_difference(folder / f"{task}.ours", folder / f"{task}.{who}")
        rows.append(
            row(f"{name} {task}", who, values, job.device, job.dtype)
            | {"limit": counts[task] / rate, "difference": difference, "giga_operations": counts[task] / 1e9}
        )
    return rows


def row(
    name: str, who: str, values: Sequence[Timing], device: str = "cpu", dtype: torch.dtype = torch.float32
) -> Row:
    """A row of the table: medians of the timings, and the settings."""
    return {
        "name": name,
        "implementation": who,
        "device": device,
        "dtype": str(dtype).removeprefix("torch."),
        "threads": torch.get_num_threads(),
        "rounds": len(values),
        "seconds": statistics.median(v.seconds for v in values),
        "cpu_seconds": statistics.median(v.cpu_seconds for v in values),
    }


def in_turn(
    name: str, functions: dict[str, Callable[[], Any]], rounds: int, budget: Budget = ENDLESS
) -> list[Row]:
    """The rows of functions on the CPU, which alternate for at most `rounds` rounds after a warm-up round."""
    values: dict[str, list[Timing]] = {who: [] for who in functions}
    for function in functions.values():
        time_call(function, "cpu")
    for _ in budget.rounds(rounds, name):
        for who, function in functions.items():
            values[who].append(time_call(function, "cpu")[0])
    return [row(name, who, timings) for who, timings in values.items()]


def ten_layers() -> str:
    """A document with the first ten layers of the example documents."""
    layers = [layer for text in documents().values() for layer in parse(text).layers]
    return dump(Document(layers=tuple(layers[:10])))


def motion_rows(
    rounds: int, frames: int = 81, height: int = 480, width: int = 832, budget: Budget = ENDLESS
) -> list[Row]:
    """The rows of the motion field of ten layers on the latent grid, and of the forward splat beside OpenCV's remap."""
    import cv2
    import numpy as np

    say("motion")
    document = ten_layers()

    def field() -> MotionField:
        return field_from_document(document, frames, aspect=width / height)

    rows = in_turn(
        f"field of ten layers, {frames} x {height // 8}x{width // 8}",
        {"ours": lambda: field().displacement(height // 8, width // 8)},
        rounds,
        budget,
    )
    picture = torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(0))
    displacement = field().displacement(height, width)[:_SPLAT_FRAMES]
    pixels = np.ascontiguousarray(picture[0].permute(1, 2, 0).numpy())
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    maps = [(x - d[..., 0], y - d[..., 1]) for d in displacement.numpy()]
    cv2.setNumThreads(torch.get_num_threads())

    def splat() -> None:
        for frame in displacement.split(1):
            forward_splat(picture, frame)

    def remap() -> None:
        for map_x, map_y in maps:
            cv2.remap(pixels, map_x, map_y, cv2.INTER_LINEAR)

    return rows + in_turn(
        f"splat of {len(displacement)} frames {height}x{width}",
        {"ours": splat, "OpenCV remap": remap},
        min(rounds, 3),
        budget,
    )


def memory_rows(lengths: Sequence[int], dim: int, side: int, device: str) -> list[Row]:
    """The rows of the peak memory of decoding clips of growing length in chunks, and the longest one at once."""
    say(f"memory of decoding in chunks: {device}")
    threads = torch.get_num_threads()
    with get_context("spawn").Pool(1) as pool:  # the peak of a new process is that of the decoding alone
        peaks = pool.apply(decoding_peaks, (lengths, dim, side, device, threads))
    return [
        {
            "name": f"decoding {what}, {side}x{side}",
            "implementation": "ours",
            "device": device,
            "megabytes": peak,
        }
        for what, peak in peaks.items()
    ]


def table(rows: Sequence[Row]) -> str:
    """The rows as text."""
    lines = [
        f"{'':44} {'':13} {'device':6} {'type':9} {'seconds':>9} {'CPU s':>8} {'limit':>8} {'difference':>11}"
    ]
    previous = None
    for r in rows:
        name = "" if r["name"] == previous else r["name"]
        previous = r["name"]
        if "megabytes" in r:
            lines.append(
                f"{name:44} {r['implementation']:13} {r['device']:6} {'':9} {r['megabytes']:6.0f} MB"
            )
            continue
        line = f"{name:44} {r['implementation']:13} {r['device']:6} {r['dtype']:9} {r['seconds']:9.4f} {r['cpu_seconds']:8.3f}"
        if "limit" in r:
            line += f" {r['limit']:8.4f} {r['difference']:11.1e}"
        lines.append(line)
    return "\n".join(lines)


def sections(rounds: int, budget: Budget = ENDLESS) -> dict[str, Callable[[], list[Row]]]:
    """The parts of the measurement by name, with those for a GPU if there is one."""
    cpu = ("cpu", torch.float32)
    parts: dict[str, Callable[[], list[Row]]] = {
        "dit": lambda: network_rows(
            "DiT, 1280 tokens", dit_job(SMALL_DIT, (5, 32, 32), 128, *cpu), rounds, budget
        ),
        "vae": lambda: network_rows(
            "VAE, 17x256x256", vae_job(VAEConfig(24), 17, 256, 256, *cpu), rounds, budget
        ),
        "memory": lambda: memory_rows((17, 33, 65), 24, 128, "cpu"),
        "motion": lambda: motion_rows(rounds, budget=budget),
    }
    if torch.cuda.is_available():
        gpu = ("cuda", torch.bfloat16)
        parts |= {
            "gpu-dit": lambda: network_rows(
                "DiT, 1280 tokens", dit_job(SMALL_DIT, (5, 32, 32), 128, *gpu), rounds, budget
            ),
            "gpu-wan": lambda: network_rows(
                "Wan 1.3B, 81x480x832", dit_job(WAN_1_3B, (21, 60, 104), 512, *gpu), rounds, budget
            ),
            "gpu-vae": lambda: network_rows(
                "VAE, 17x256x256", vae_job(VAEConfig(24), 17, 256, 256, *gpu), rounds, budget
            ),
            "gpu-wan-vae": lambda: network_rows(
                "Wan VAE, 33x480x832", vae_job(VAEConfig(96), 33, 480, 832, *gpu), rounds, budget
            ),
            "gpu-memory": lambda: memory_rows((17, 33, 65), 96, 256, "cuda"),
        }
    return parts


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table; `--json FILE` also writes the rows."""
    parser = argparse.ArgumentParser(prog="bench speed", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    parser.add_argument("--rounds", type=int, default=5, help="measured runs of each at most (default 5)")
    parser.add_argument(
        "--minutes",
        type=float,
        default=8.0,
        help="measure each part once, and again while this time lasts (default 8; on two cores it ends within 10)",
    )
    parser.add_argument("--threads", type=int, help="CPU threads (default: torch's)")
    parser.add_argument("--only", nargs="+", metavar="PART", help=f"some of: {', '.join(sections(1))}")
    options = parser.parse_args(argv)
    if options.rounds < 1:
        parser.error(f"--rounds is {options.rounds}; it must be at least 1")
    if options.threads:
        torch.set_num_threads(options.threads)
    chosen = options.only or list(sections(1))
    budget = Budget(options.minutes * 60, len(chosen))
    parts = sections(options.rounds, budget)
    unknown = sorted(set(chosen) - set(parts))
    if unknown:
        parser.error(f"there is no part {', '.join(unknown)}; the parts are {', '.join(parts)}")
    rows = []
    for part in (part for name, part in parts.items() if name in chosen):
        budget.start_part()
        rows += (found := part())
        print(table(found), flush=True)
    if options.json:
        write_json(options.json, rows)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
