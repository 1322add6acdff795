"""Encoding and decoding with the library's own VAE."""

from __future__ import annotations

from collections.abc import Callable

import torch
from einops import rearrange
from torch import Tensor

from .. import Host, Progress
from ..tiles import SIDES, in_smaller_tiles
from .native import Vae


@torch.no_grad()
def encode(host: Host, vae: Vae, frames: Tensor, tiled: bool) -> Tensor:
    """Encode frames [T,H,W,3] in 0..1 as raw latents; see `Host.encode_video`."""
    video = rearrange(frames, "t h w c -> 1 c t h w").to(vae.device, vae.dtype) * 2.0 - 1.0

    def encode_in_tiles(side: int) -> Tensor:
        report = _ChunkProgress(host)
        return vae.network.encode_tiled(video, side, report) if side else vae.network.encode(video, report)

    return in_smaller_tiles(encode_in_tiles, SIDES[0] if tiled else 0, "encoding", host).float().cpu()


@torch.no_grad()
def decode(
    host: Host, vae: Vae, latents: Tensor, tile: int, on_chunk: Callable[[int, int], None] | None
) -> Tensor:
    """Decode raw latents to frames [T,H,W,3] in 0..1; see `Host.decode_video`."""
    latents = latents.to(vae.device, vae.dtype)

    def decode_in_tiles(side: int) -> Tensor:
        report = _ChunkProgress(host, on_chunk)
        if side:
            video = vae.network.decode_tiled(latents, side, report)
        else:
            video = vae.network.decode(latents, report)
        return rearrange(video, "b c t h w -> (b t) h w c").float().cpu()

    return in_smaller_tiles(decode_in_tiles, tile, "decoding", host).add(1.0).div_(2.0).clamp_(0.0, 1.0)


class _ChunkProgress:
    """A function `(done, total)` that the VAE calls after each chunk: it checks for a cancel and moves the bar."""

    def __init__(self, host: Host, on_chunk: Callable[[int, int], None] | None = None):
        self.host, self.on_chunk = host, on_chunk
        self.bar: Progress | None = None
        self.done = 0

    def __call__(self, done: int, total: int) -> None:
        self.host.check_cancel()
        self.bar = self.bar or self.host.progress(total)
        self.bar.update(done - self.done)
        self.done = done
        if self.on_chunk is not None:
            self.on_chunk(done, total)
