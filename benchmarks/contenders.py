"""The networks of the speed benchmark, Flowbrush's, diffusers' and ComfyUI's, with the same weights and inputs.

ComfyUI's network runs in ComfyUI's interpreter (`comfyui_contender.py`), which answers each line of JSON with another.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from ..models import keys
from ..models.dit import DiTConfig, WanDiT
from ..models.vae import VAEConfig, WanVAE
from .comfyui_server import comfyui_folder, comfyui_python


@dataclass(frozen=True)
class Job:
    """One network on one device: `kind` is "dit" or "vae", `inputs` are its arguments by name, float32 on the CPU."""

    kind: str
    config: DiTConfig | VAEConfig
    inputs: dict[str, Tensor]
    device: str
    dtype: torch.dtype

    @property
    def tasks(self) -> tuple[str, ...]:
        """The calls of the network that are measured."""
        return ("forward",) if self.kind == "dit" else ("encode", "decode")


@dataclass(frozen=True)
class Timing:
    """Elapsed seconds, and seconds of processor time over all threads, which are more reliable on a busy machine."""

    seconds: float
    cpu_seconds: float


Run = Callable[[str, Path | None], Timing]
"""`run(task, path)` runs a task of a job once and returns its timing; with a path, it writes the output there."""


def time_call(function: Callable[[], Any], device: str) -> tuple[Timing, Any]:
    """The timing of one call of `function`, until the device is done, and its result."""
    wait = torch.cuda.synchronize if device == "cuda" else lambda: None
    wait()
    start, cpu = time.perf_counter(), time.process_time()
    result = function()
    wait()
    return Timing(time.perf_counter() - start, time.process_time() - cpu), result


def random_weights(job: Job) -> dict[str, Tensor]:
    """Random weights of a job under the original names, with seed 0, also for the head, which is usually zero at first."""
    if isinstance(job.config, VAEConfig):
        return WanVAE(job.config).state_dict()
    model = WanDiT(job.config)
    with torch.no_grad():
        model.head.head.weight.normal_(0, 0.02, generator=torch.Generator().manual_seed(1))
    return model.state_dict()


def local(tasks: dict[str, Callable[[], Tensor]], device: str) -> Run:
    """A `Run` of tasks in this process."""

    @torch.inference_mode()
    def run(task: str, output: Path | None) -> Timing:
        timing, result = time_call(tasks[task], device)
        if output is not None:
            save_file({"output": result.float().cpu().contiguous()}, output)
        return timing

    return run


def ours(job: Job, weights: dict[str, Tensor]) -> Run:
    """Flowbrush's own network."""
    placed = {name: value.to(job.device, job.dtype) for name, value in weights.items()}
    given = {name: value.to(job.device, job.dtype) for name, value in job.inputs.items()}
    if isinstance(job.config, DiTConfig):
        dit = WanDiT(job.config, device="meta")
        dit.load_state_dict(placed, assign=True)
        return local({"forward": lambda: dit(given["x"], given["timestep"], given["context"])}, job.device)
    with torch.device("meta"):
        vae = WanVAE(job.config)
    vae.load_state_dict(placed, assign=True)
    tasks = {"encode": lambda: vae.encode(given["video"]), "decode": lambda: vae.decode(given["latents"])}
    return local(tasks, job.device)


def diffusers(job: Job, weights: dict[str, Tensor]) -> Run:
    """diffusers' network with these weights. Raises ImportError if diffusers is not installed."""
    # diffusers declares these public names for type checkers without the mark of a re-export, and its annotations of
    # `to` and `encode` do not describe the calls below; so both networks are used as `Any`.
    from diffusers import AutoencoderKLWan, WanTransformer3DModel  # pyright: ignore[reportPrivateImportUsage]

    state = keys.from_original(weights, job.kind, "diffusers")
    given = {name: value.to(job.device, job.dtype) for name, value in job.inputs.items()}
    if isinstance(job.config, DiTConfig):
        config = job.config
        network = WanTransformer3DModel(
            num_attention_heads=config.num_heads,
            attention_head_dim=config.head_dim,
            in_channels=config.in_dim,
            out_channels=config.out_dim,
            text_dim=config.text_dim,
            freq_dim=config.freq_dim,
            ffn_dim=config.ffn_dim,
            num_layers=config.num_layers,
        )
        dit = cast(Any, network.eval())
        dit.load_state_dict(state)
        dit.to(job.device, job.dtype)
        arguments = given["x"], given["timestep"], given["context"]
        return local({"forward": lambda: dit(*arguments, return_dict=False)[0]}, job.device)
    vae = cast(Any, AutoencoderKLWan(base_dim=job.config.dim).eval())
    vae.load_state_dict(state)
    vae.to(job.device, job.dtype)
    tasks = {
        "encode": lambda: vae.encode(given["video"]).latent_dist.mode(),
        "decode": lambda: vae.decode(given["latents"], return_dict=False)[0],
    }
    return local(tasks, job.device)


def comfyui_places() -> tuple[Path, Path] | None:
    """ComfyUI's checkout and its interpreter, or None if there is no ComfyUI."""
    folder = comfyui_folder()
    return None if folder is None else (folder, Path(comfyui_python(folder)))


@contextmanager
def comfyui(job: Job, weights: dict[str, Tensor], places: tuple[Path, Path]) -> Iterator[Run]:
    """ComfyUI's network with these weights, in ComfyUI's interpreter, which ends with the context."""
    path, python = places
    with tempfile.TemporaryDirectory() as name, open(Path(name) / "log", "w+", encoding="utf-8") as log:
        folder = Path(name)
        save_file(weights, folder / "weights")
        save_file(job.inputs, folder / "inputs")
        settings = {"kind": job.kind, "config": asdict(job.config), "device": job.device}
        settings |= {"dtype": str(job.dtype).removeprefix("torch."), "threads": torch.get_num_threads()}
        (folder / "job.json").write_text(json.dumps(settings))
        script = Path(__file__).with_name("comfyui_contender.py")
        worker = subprocess.Popen(
            [python, script, path, folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        assert worker.stdin is not None and worker.stdout is not None
        requests, answers = worker.stdin, worker.stdout

        def run(task: str, output: Path | None) -> Timing:
            request = {"task": task, "output": None if output is None else str(output)}
            requests.write(json.dumps(request) + "\n")
            requests.flush()
            answer = answers.readline()
            if not answer:
                log.seek(0)
                raise RuntimeError(f"ComfyUI's process ended ({worker.wait()}): {log.read()[-2000:]}")
            return Timing(**json.loads(answer))

        try:
            yield run
        finally:
            worker.kill()
            worker.communicate()


def largest_difference(first: Path, second: Path) -> float:
    """The largest difference between two stored outputs, clamped to -1..1 as diffusers clamps decoded videos."""
    a, b = (load_file(path)["output"] for path in (first, second))
    return float((a.clamp(-1, 1) - b.clamp(-1, 1)).abs().max()) if a.shape == b.shape else float("nan")


def say(message: str) -> None:
    """Print progress to stderr, so that stdout has only the table."""
    print(message, file=sys.stderr, flush=True)
