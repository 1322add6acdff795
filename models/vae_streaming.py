"""A clip through the VAE's layers piece by piece: the causal layers remember what they need of earlier pieces.

On a CPU one frame at a time is fastest: its activations stay in the cache, and memory of that size is reused where larger
blocks are fetched from the system, page by page, for every layer. On a GPU a frame is too little work for a kernel launch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import torch
from torch import Tensor

from .vae_layers import Memory

Step = Callable[[Tensor, Memory], Tensor]
"""A layer, or something that acts like one: a piece [B,C,t,H,W] and the clip's memory -> the piece that follows from it."""

OnStep = Callable[[int, int], None]
"""Called after each piece with the pieces done and their number; what it raises stops the work."""

GPU_FRAMES = 4
"""Frames that a layer handles at once on a GPU: those of one latent frame."""


def clip_pieces(frames: int, group: int) -> list[int]:
    """Lengths of the pieces that become one latent frame each: 1, then `group` frames at a time."""
    return [1] + [group] * ((frames - 1) // group)


def stream(
    layers: Sequence[Step], clip: Tensor, pieces: Sequence[int], on_step: OnStep | None = None
) -> Iterator[Tensor]:
    """Feed `clip [B,C,T,H,W]` to `layers` in pieces of these lengths; yields their output [B,C',t,H',W'] in order."""
    memory: Memory = {}
    at_once = 1 if clip.device.type == "cpu" else GPU_FRAMES
    for done, piece in enumerate(clip.split(list(pieces), dim=2), start=1):
        piece = piece.contiguous(memory_format=torch.channels_last_3d)
        yield from advance(layers, piece, memory, at_once)
        if on_step is not None:
            on_step(done, len(pieces))


def advance(layers: Sequence[Step], x: Tensor, memory: Memory, at_once: int) -> Iterator[Tensor]:
    """Take the next frames of a clip through all `layers`, at most `at_once` frames in a layer; yields what comes out."""
    for i, layer in enumerate(layers):
        if x.shape[2] > at_once:
            for frames in x.split(at_once, dim=2):
                yield from advance(layers[i:], frames, memory, at_once)
            return
        x = layer(x, memory)
        if x.shape[2] == 0:  # a frame that waits for the next one before it can be halved
            return
    yield x


def joined(pieces: Iterable[Tensor], frames: int) -> Tensor:
    """Pieces [B,C,t,H,W] that come in order and are `frames` frames together -> [B,C,frames,H,W], without a second copy."""
    out, start = None, 0
    for piece in pieces:
        if out is None:
            batch, channels, _, height, width = piece.shape
            out = piece.new_empty(batch, channels, frames, height, width)
        out[:, :, start : start + piece.shape[2]] = piece
        start += piece.shape[2]
    assert out is not None and start == frames
    return out
