"""Runs in ComfyUI's interpreter and times the pack's Wan-Move and ATI nodes and ComfyUI's own; prints each row, and then all, as a line of JSON.

native_nodes_worker.py COMFYUI PACKS ROUNDS; PACKS is a folder that contains the pack as `flowbrush`.

All nodes get the same tracks. The VAE, which would take most of the time, is replaced by one that returns stored latents.
"""

# ruff: noqa: E402 - ComfyUI reads its arguments when it is imported
# pyright: reportMissingImports=false

import asyncio
import importlib
import json
import os
import statistics
import sys
import time

COMFYUI, PACKS, ROUNDS = sys.argv[1:]
sys.path[:0] = [COMFYUI, PACKS]
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # redirects ComfyUI's output to the log
sys.argv = [sys.argv[0], "--cpu"]

import comfy.options

comfy.options.enable_args_parsing()

import torch
from comfy_extras.nodes_wan import WanTrackToVideo
from comfy_extras.nodes_wanmove import WanMoveTrackToVideo

# The pack recognises a running ComfyUI by this module, which the pack's own folder `nodes` must not replace.
assert importlib.import_module("nodes").NODE_CLASS_MAPPINGS

LENGTH, HEIGHT, WIDTH, TRACKS = 81, 480, 832, 200
CELL, STRIDE, CHANNELS, ATI_SAMPLES = 8, 4, 16, 121


class Ready:
    """A VAE that returns stored latents."""

    first_stage_model = None

    def __init__(self) -> None:
        generator = torch.Generator().manual_seed(0)
        size = (1, CHANNELS, (LENGTH - 1) // STRIDE + 1, HEIGHT // CELL, WIDTH // CELL)
        self.latents = torch.randn(size, generator=generator)

    def encode(self, frames: torch.Tensor) -> torch.Tensor:
        return self.latents.clone()

    def spacial_compression_encode(self) -> int:
        return CELL

    def temporal_compression_decode(self) -> int:
        return STRIDE


def walking(count: int) -> torch.Tensor:
    """Tracks [count,TRACKS,2] in px: starts spread over the picture, each going its own straight way, in the frame."""
    generator = torch.Generator().manual_seed(1)
    size = torch.tensor([WIDTH, HEIGHT])
    start = torch.rand(TRACKS, 2, generator=generator) * size * 0.6 + size * 0.2
    way = (torch.rand(TRACKS, 2, generator=generator) - 0.5) * size * 0.3
    return start + torch.linspace(0, 1, count)[:, None, None] * way


def run_times(work) -> dict[str, float]:
    """Median seconds of several runs, of which the first does not count, and the fastest."""
    seconds = []
    for _ in range(int(ROUNDS) + 1):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return {"median_seconds": statistics.median(seconds[1:]), "fastest_seconds": min(seconds[1:])}


def main() -> dict[str, object]:
    import flowbrush

    async def loaded():
        extension = await flowbrush.comfy_entrypoint()
        return {cls.define_schema().node_id: cls for cls in await extension.get_node_list()}

    ours = asyncio.run(loaded())
    path = walking(LENGTH)
    tracks = {"track_path": path, "track_visibility": torch.ones(LENGTH, TRACKS, dtype=torch.bool)}
    points = [
        [{"x": float(x), "y": float(y)} for x, y in track] for track in walking(ATI_SAMPLES).movedim(1, 0)
    ]
    text, picture = [[torch.zeros(1, 8, 4096), {}]], torch.rand(1, HEIGHT, WIDTH, 3)
    prompt = {"positive": text, "negative": text, "vae": Ready()}
    core = {"width": WIDTH, "height": HEIGHT, "length": LENGTH, "batch_size": 1, "start_image": picture}
    own = {"first_image": picture, "length": LENGTH, "strength": 1.0, "sides": "both", "tracks": tracks}
    own |= {"spacing": CELL, "unpainted": "free"}
    json_tracks = json.dumps(points)
    tasks = {
        "Wan-Move, core": lambda: WanMoveTrackToVideo.execute(**prompt, **core, strength=1.0, tracks=tracks),
        "Wan-Move, ours": lambda: ours["FlowbrushWanMove"].execute(**prompt, **own),
        "ATI, core": lambda: WanTrackToVideo.execute(
            **prompt, **core, tracks=json_tracks, temperature=220.0, topk=2
        ),
        "ATI, ours": lambda: ours["FlowbrushATI"].execute(**prompt, **own),
    }
    settings = {"frames": LENGTH, "height": HEIGHT, "width": WIDTH, "tracks": TRACKS}
    rows = []
    for name, work in tasks.items():
        rows.append({"name": name, **run_times(work)})
        answers.write(json.dumps(rows[-1]) + "\n")
        answers.flush()
    return {"settings": settings, "rows": rows}


with torch.inference_mode():
    found = main()
answers.write(json.dumps(found) + "\n")
answers.flush()
os._exit(0)  # ComfyUI's own threads would keep the process alive
