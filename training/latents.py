"""Encode procedural clips and their conditioning once, for runs in which the VAE costs more than the transformer.

    python -m flowbrush.training.latents --vae models/bundled/flowbrush_vae.safetensors --out runs/latents \\
        --shape 17x128x128:700 --shape 9x256x256:100

Each shard is one safetensors file with clips of one shape: `target` and the conditioning `shown` [N,16,T',h,w] (normalised
latents, half precision), and how much of that is `known` [N,4,T',h,w] (uint8); `caption` and `mode` are in the header.
"""

from __future__ import annotations

import argparse
import json
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor
from tqdm import tqdm

from ..files import atomic_write
from ..models.checkpoint import load_vae
from ..models.latent_format import process_in
from ..models.vae import WanVAE
from ..models.vae_layers import ResidualBlock
from ..synthetic.conditions import condition_batch, shorten_caption
from ..synthetic.scene import render_clips, texture_pool
from .engine.buckets import Bucket, random_bucket


def without_closed_blocks(vae: WanVAE) -> WanVAE:
    """The VAE without the residual branches whose last layer is zero (as `linear_vae` leaves them), which is faster."""
    for block in vae.modules():
        if isinstance(block, ResidualBlock) and not any(p.any() for p in block.residual[-1].parameters()):
            block.forward = lambda x, memory=None, shortcut=block.shortcut: shortcut(x)
    return vae


Batch = tuple[Tensor, Tensor, Tensor, list[str]]


@torch.no_grad()
def encode_video(vae: WanVAE, video: Tensor) -> Tensor:
    """Normalised latents of a video [B,3,T,H,W] in -1..1."""
    video = video.contiguous(memory_format=torch.channels_last_3d)
    with torch.autocast(video.device.type, torch.bfloat16):
        return process_in(vae.encode(video).float())


def samples(vae: WanVAE, pool: Tensor, count: int, shape: tuple[int, int, int], generator: torch.Generator):
    """Render and encode one batch: target, shown [B,16,T',h,w], known [B,4,T',h,w], captions, modes."""
    clips = render_clips(pool, count, *shape, generator)
    shown_video, known, modes = condition_batch(clips, generator)
    target, shown = encode_video(vae, clips.video * 2 - 1), encode_video(vae, shown_video)
    empty = torch.tensor([mode == "nothing" for mode in modes], device=known.device).view(-1, 1, 1, 1, 1)
    # Without conditioning, the stock nodes fill all twenty channels with zeros.
    return target, shown.masked_fill(empty, 0), known.masked_fill(empty, 0), clips.captions, modes


class Shards:
    """Random batches from a folder of shards, each from one shard, whose probability is proportional to its tokens.

    With `whole_captions`, captions stay as they are, except that one in ten becomes ""; otherwise they are shortened and
    reordered at random.
    """

    def __init__(self, folder: Path, tokens: int, generator: torch.Generator, whole_captions: bool = False):
        self.tokens, self.generator, self.whole_captions = tokens, generator, whole_captions
        self.shards: list[tuple[dict[str, Tensor], list[str]]] = []
        for path in sorted(folder.glob("*.safetensors")):
            with safe_open(str(path), "pt") as file:
                header = file.metadata()
                self.shards.append(({k: file.get_tensor(k) for k in ("target", "shown", "known")},
                                    json.loads(header["caption"])))  # fmt: skip
        if not self.shards:
            raise ValueError(
                f"{folder} contains no latents; make some with `python -m flowbrush.training.latents`"
            )
        self.weights = torch.tensor([float(t["target"].numel()) for t, _ in self.shards])

    def state(self) -> dict[str, Any]:
        """Empty, because only the generator changes."""
        return {}

    @property
    def captions(self) -> set[str]:
        """The captions of all shards."""
        return {caption for _, captions in self.shards for caption in captions}

    def __iter__(self) -> Iterator[Batch]:
        return self

    def __next__(self) -> Batch:
        g = self.generator
        tensors, captions = self.shards[int(torch.multinomial(self.weights.to(g.device), 1, generator=g))]
        _, _, frames, height, width = tensors["target"].shape
        count = max(1, self.tokens // (frames * height * width // 4))
        chosen = torch.randint(0, len(captions), (count,), generator=g, device=g.device).cpu()
        target, shown = tensors["target"][chosen].float(), tensors["shown"][chosen].float()
        known = tensors["known"][chosen].float() / 255
        return target, shown, known, [self._varied_caption(captions[int(i)]) for i in chosen]

    def _varied_caption(self, caption: str) -> str:
        if not self.whole_captions:
            return shorten_caption(caption, self.generator)
        drop = torch.rand((), generator=self.generator, device=self.generator.device) < 0.1
        return "" if bool(drop) else caption


class Rendered:
    """Batches that are rendered and encoded when they are needed, on the generator's device: for GPUs, where this costs
    less than a training step. A new pool of pictures is rendered every `_RENEW` batches."""

    _RENEW, _POOL = 24, 48

    def __init__(
        self,
        vae: WanVAE,
        buckets: Sequence[Bucket],
        tokens: int,
        generator: torch.Generator,
        state: dict[str, Any] | None = None,
    ):
        self.vae, self.buckets, self.tokens, self.generator = vae, buckets, tokens, generator
        self._side = 192 if max(max(bucket.shape[1:]) for bucket in buckets) < 200 else 288
        self._turn, self._seed = (state["turn"], state["seed"]) if state else (0, 0)
        self._pool = self._new_pool() if state else None

    def state(self) -> dict[str, Any]:
        """The state from which a resumed run continues with the same batches."""
        return {"turn": self._turn, "seed": self._seed}

    def _new_pool(self) -> Tensor:
        generator = torch.Generator(self.generator.device).manual_seed(self._seed)
        return texture_pool(self._POOL, self._side, generator)

    def __iter__(self) -> Iterator[Batch]:
        return self

    def __next__(self) -> Batch:
        g = self.generator
        if self._turn % self._RENEW == 0 or self._pool is None:
            self._seed = int(torch.randint(0, 2**31, (), generator=g, device=g.device))
            self._pool = self._new_pool()
        self._turn += 1
        bucket = random_bucket(self.buckets, g)
        batch = samples(self.vae, self._pool, bucket.count(self.tokens), bucket.shape, g)
        target, shown, known, captions, _ = batch
        return target, shown, known, [shorten_caption(caption, g) for caption in captions]


def write_shard(path: Path, rows: Sequence[tuple[Tensor, Tensor, Tensor, list[str], list[str]]]) -> None:
    """Write batches of (target, shown, known, captions, modes) of one shape as a shard, atomically."""
    tensors = {
        "target": torch.cat([r[0] for r in rows]).half().cpu(),
        "shown": torch.cat([r[1] for r in rows]).half().cpu(),
        "known": (torch.cat([r[2] for r in rows]) * 255).round().byte().cpu(),
    }
    header = {
        "caption": json.dumps([caption for row in rows for caption in row[3]]),
        "mode": json.dumps([mode for row in rows for mode in row[4]]),
    }
    with atomic_write(path) as temporary:
        save_file({k: v.contiguous() for k, v in tensors.items()}, temporary, header)


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
    for wanted in arguments.shape:
        size, count = wanted.split(":")
        shape = Bucket.parse(size).shape
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
            write_shard(path, rows)


if __name__ == "__main__":
    main()
