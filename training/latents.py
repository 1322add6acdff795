"""Encode procedural clips and their conditioning once, for runs where the VAE costs more than the video model.

    python -m flowbrush.training.latents --vae models/bundled/flowbrush_vae.safetensors --out runs/latents \\
        --shape 17x128x128:700 --shape 9x256x256:100

Each shard is one safetensors file of clips of one shape: `target` and `shown` [N,16,T',h,w] (normalised latents, half
precision), `known` [N,4,T',h,w] (uint8), `caption` and `mode` in the header.
"""

from __future__ import annotations

import argparse
import json
import os
import zlib
from collections.abc import Iterator
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor
from tqdm import tqdm

from ..models.checkpoint import load_vae
from ..models.latent_format import process_in
from ..models.vae import WanVAE
from ..models.vae_layers import ResidualBlock
from .conditions import conditions, shortened
from .scene import render_clips, texture_pool


def without_closed_blocks(vae: WanVAE) -> WanVAE:
    """Skip the residual branches that end in zeros, as those of a linear start do: the same latents in less time."""
    for block in vae.modules():
        if (
            isinstance(block, ResidualBlock)
            and not block.residual[-1].weight.any()
            and not block.residual[-1].bias.any()
        ):
            block.forward = lambda x, memory=None, shortcut=block.shortcut: shortcut(x)
    return vae


Batch = tuple[Tensor, Tensor, Tensor, list[str]]


@torch.no_grad()
def encoded(vae: WanVAE, video: Tensor) -> Tensor:
    """Normalised latents of a video [B,3,T,H,W] in -1..1."""
    video = video.contiguous(memory_format=torch.channels_last_3d)
    with torch.autocast(video.device.type, torch.bfloat16):
        return process_in(vae.encode(video).float())


def samples(vae: WanVAE, pool: Tensor, count: int, shape: tuple[int, int, int], generator: torch.Generator):
    """Render, condition and encode one batch: target, shown [B,16,T',h,w], known [B,4,T',h,w], captions, modes."""
    clips = render_clips(pool, count, *shape, generator)
    shown_video, known, modes = conditions(clips, generator)
    target, shown = encoded(vae, clips.video * 2 - 1), encoded(vae, shown_video)
    empty = torch.tensor([mode == "nothing" for mode in modes], device=known.device).view(-1, 1, 1, 1, 1)
    # Nothing given: the stock loaders fill all twenty channels with zeros.
    return target, shown.masked_fill(empty, 0), known.masked_fill(empty, 0), clips.captions, modes


class Shards:
    """Random batches from a folder of shards; every batch has one shape, drawn by the shards' number of tokens."""

    def __init__(self, folder: Path, tokens: int, generator: torch.Generator):
        self.tokens, self.generator = tokens, generator
        self.shards: list[tuple[dict[str, Tensor], list[str]]] = []
        for path in sorted(folder.glob("*.safetensors")):
            with safe_open(str(path), "pt") as file:
                header = file.metadata()
                self.shards.append(({k: file.get_tensor(k) for k in ("target", "shown", "known")},
                                    json.loads(header["caption"])))  # fmt: skip
        if not self.shards:
            raise ValueError(
                f"{folder} holds no latents; make some with `python -m flowbrush.training.latents`"
            )
        self.weights = torch.tensor([float(t["target"].numel()) for t, _ in self.shards])

    def __iter__(self) -> Iterator[Batch]:
        g = self.generator
        while True:
            tensors, captions = self.shards[int(torch.multinomial(self.weights.to(g.device), 1, generator=g))]
            _, _, frames, height, width = tensors["target"].shape
            count = max(1, self.tokens // (frames * height * width // 4))
            chosen = torch.randint(0, len(captions), (count,), generator=g, device=g.device).cpu()
            target, shown = tensors["target"][chosen].float(), tensors["shown"][chosen].float()
            known = tensors["known"][chosen].float() / 255
            yield target, shown, known, [shortened(captions[int(i)], g) for i in chosen]


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--vae", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--shape", action="append", required=True, help="frames x height x width : clips")
    parser.add_argument("--shard", type=int, default=32, help="clips a file")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    arguments = parser.parse_args(argv)
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    vae = without_closed_blocks(load_vae(arguments.vae).to(arguments.device).float().channels_last())
    arguments.out.mkdir(parents=True, exist_ok=True)
    for wanted in arguments.shape:
        size, count = wanted.split(":")
        shape = tuple(int(v) for v in size.split("x"))
        for start in tqdm(range(0, int(count), arguments.shard), desc=size, unit="shard"):
            path = arguments.out / f"{size}_{arguments.seed}_{start:05d}.safetensors"
            if path.exists():
                continue
            generator = torch.Generator(arguments.device).manual_seed(
                zlib.crc32(f"{arguments.seed} {size} {start}".encode())
            )
            pool = texture_pool(32, 192 if max(shape[1:]) < 200 else 288, generator)
            rows: list[tuple] = []
            batch = max(1, 4 * 17 * 128 * 128 // (shape[0] * shape[1] * shape[2]))
            while sum(len(row[3]) for row in rows) < min(arguments.shard, int(count) - start):
                rows.append(samples(vae, pool, batch, shape, generator))
            tensors = {
                "target": torch.cat([r[0] for r in rows]).half().cpu(),
                "shown": torch.cat([r[1] for r in rows]).half().cpu(),
                "known": (torch.cat([r[2] for r in rows]) * 255).round().byte().cpu(),
            }
            header = {
                "caption": json.dumps([caption for row in rows for caption in row[3]]),
                "mode": json.dumps([mode for row in rows for mode in row[4]]),
            }
            save_file({k: v.contiguous() for k, v in tensors.items()}, str(path) + ".part", header)
            os.replace(str(path) + ".part", path)


if __name__ == "__main__":
    main()
