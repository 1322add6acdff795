"""Encoding and decoding with ComfyUI's VAEs. A Wan VAE works in chunks of time, so a cancel stops between two chunks."""

# pyright: reportMissingImports=false

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import comfy.ldm.wan.vae
import comfy.utils
from torch import Tensor, nn

from .. import Host
from ..tiles import SIDES, in_smaller_tiles
from .cogvideox import odd_latents
from .running import check_cancel
from .strides import check_fits

_CELL = 8  # pixels along one side of a latent cell of the VAEs that are decoded in tiles


def encode(host: Host, vae: Any, frames: Tensor, tiled: bool) -> Tensor:
    """Encode frames [T,H,W,3] in 0..1 as raw latents; see `Host.encode_video`."""
    check_fits(vae, frames)
    if not _is_wan(vae):
        return (vae.encode_tiled(frames) if tiled else vae.encode(frames)).float().cpu()
    chunks = 1 + (len(frames) - 1) // 2
    longest = max(frames.shape[1:3])

    def encode_in_tiles(side: int) -> Tensor:
        tile = side or longest
        overlap = tile // 4
        tiles = _tile_count(frames.shape[1], tile, overlap) * _tile_count(frames.shape[2], tile, overlap)
        with _chunk_by_chunk(vae.first_stage_model.encoder, chunks * tiles):
            return vae.encode_tiled(frames, tile_x=tile, tile_y=tile, overlap=overlap)

    latents = in_smaller_tiles(encode_in_tiles, SIDES[0] if tiled else 0, "encoding", host, longest)
    return latents.float().cpu()


def decode(
    host: Host, vae: Any, latents: Tensor, tile: int, on_chunk: Callable[[int, int], None] | None
) -> Tensor:
    """Decode raw latents to frames [T,H,W,3] in 0..1; see `Host.decode_video`."""
    if not _is_wan(vae):
        latents, surplus = odd_latents(vae, latents)
        cells = tile // _CELL
        tiles = {"tile_x": cells, "tile_y": cells, "overlap": cells // 4}
        frames = vae.decode_tiled(latents, **tiles) if tile else vae.decode(latents)
        return (frames[:, surplus:] if surplus else frames).float().cpu().flatten(0, -4)
    chunks = 1 + latents.shape[2] // 2
    longest = max(latents.shape[3:])

    def decode_in_tiles(side: int) -> Tensor:
        cells = side // _CELL or longest
        overlap = cells // 4
        tiles = _tile_count(latents.shape[3], cells, overlap) * _tile_count(latents.shape[4], cells, overlap)
        with _chunk_by_chunk(vae.first_stage_model.decoder, chunks * tiles * len(latents), on_chunk):
            return vae.decode_tiled(latents, tile_x=cells, tile_y=cells, overlap=overlap)

    frames = in_smaller_tiles(decode_in_tiles, tile, "decoding", host, _CELL * longest)
    return frames.float().cpu().flatten(0, -4)


def _is_wan(vae: Any) -> bool:
    return isinstance(vae.first_stage_model, comfy.ldm.wan.vae.WanVAE)


def _tile_count(size: int, tile: int, overlap: int) -> int:
    """Return the number of tiles into which ComfyUI cuts a side of `size`."""
    return 1 if size <= tile else len(range(0, size - overlap, tile - overlap))


@contextmanager
def _chunk_by_chunk(
    network: nn.Module, total: int, on_chunk: Callable[[int, int], None] | None = None
) -> Iterator[None]:
    """Treat each call of `network` as a chunk: check for a cancel before it, show progress after it."""
    bar, done = comfy.utils.ProgressBar(total), 0

    def before(*_: Any) -> None:
        check_cancel()

    def after(*_: Any) -> None:
        nonlocal done
        done += 1
        bar.update(1)
        if on_chunk is not None:
            on_chunk(done, total)

    hooks = network.register_forward_pre_hook(before), network.register_forward_hook(after)
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
