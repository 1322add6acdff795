"""Running a clip through the VAE's layers in pieces; the causal layers keep the earlier frames that they need.

On a CPU, one frame at a time is fastest: its activations fit into the cache, and the allocator reuses blocks of that size,
while it requests larger ones from the system for every layer. On a GPU, one frame would not keep the device busy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import torch
from torch import Tensor

from ..interruption import check_interruption
from .vae_layers import Memory

Step = Callable[[Tensor, Memory], Tensor]
"""A layer, or a function with its signature: a piece [B,C,t,H,W] and the clip's memory -> the layer's output for it."""

OnStep = Callable[[int, int], None]
"""Called after each piece with the number of finished pieces and of all pieces; an exception that it raises stops the work."""

GPU_FRAMES = 4
"""The number of frames that a layer processes at once on a GPU: those of one latent frame."""


def clip_pieces(frames: int, group: int) -> list[int]:
    """The lengths of the pieces that become one latent frame each: 1 frame, then `group` frames each."""
    return [1] + [group] * ((frames - 1) // group)


def stream(
    layers: Sequence[Step], clip: Tensor, pieces: Sequence[int], on_step: OnStep | None = None
) -> Iterator[Tensor]:
    """Run `clip [B,C,T,H,W]` through `layers` in pieces of these lengths; yields the outputs [B,C',t,H',W'] in order."""
    memory: Memory = {}
    at_once = 1 if clip.device.type == "cpu" else GPU_FRAMES
    for done, piece in enumerate(clip.split(list(pieces), dim=2), start=1):
        piece = piece.contiguous(memory_format=torch.channels_last_3d)
        yield from advance(layers, piece, memory, at_once)
        if on_step is not None:
            on_step(done, len(pieces))


def advance(layers: Sequence[Step], x: Tensor, memory: Memory, at_once: int) -> Iterator[Tensor]:
    """Run the next frames of a clip through all `layers`, at most `at_once` frames in a layer; yields the outputs."""
    for i, layer in enumerate(layers):
        if x.shape[2] > at_once:
            for frames in x.split(at_once, dim=2):
                yield from advance(layers[i:], frames, memory, at_once)
            return
        check_interruption()
        x = layer(x, memory)
        if x.shape[2] == 0:  # a temporal downsampling keeps a single frame until the next one comes
            return
    yield x


def join_pieces(pieces: Iterable[Tensor], frames: int) -> Tensor:
    """The concatenation [B,C,frames,H,W] of pieces [B,C,t,H,W] that come in order, without keeping all pieces in memory."""
    out, start = None, 0
    for piece in pieces:
        if out is None:
            batch, channels, _, height, width = piece.shape
            out = piece.new_empty(batch, channels, frames, height, width)
        out[:, :, start : start + piece.shape[2]] = piece
        start += piece.shape[2]
    assert out is not None and start == frames
    return out
