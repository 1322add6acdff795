"""Convolutions of a large picture in tiles whose result is that of the whole picture.

An output pixel depends on a known range of input pixels. So for a tile, working back from its output through the layers,
we find the rows and columns that each layer must be given; going forward, each layer's input is cut to them. What a layer
makes up at a cut edge (it pads with zeros) is cut off before the next one; at the true edge of the picture it is right.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import torch
from torch import Tensor, nn

from .vae_layers import CausalConv3d, Head, Memory, ResidualBlock
from .vae_resample import Downsample, Upsample
from .vae_streaming import OnStep, Step, stream

Range = tuple[int, int]
"""First row or column, and the one after the last."""


def run_tiled(
    layers: Sequence[nn.Module], clip: Tensor, pieces: Sequence[int], tile: int, on_step: OnStep | None = None
) -> Tensor:
    """`clip [B,C,T,H,W]` through `layers`, in output tiles of `tile` pixels a side, fed in time as `stream` does.

    One tile's clip after the other, so that the memory of past frames is that of one tile.
    """
    heights, widths = sizes(layers, clip.shape[3]), sizes(layers, clip.shape[4])
    tiles = list(product(ranges(heights[-1], tile), ranges(widths[-1], tile)))
    out, total = None, len(tiles) * len(pieces)
    for done, (rows, columns) in enumerate(tiles):
        needed_rows = needed(layers, heights, rows)
        needed_columns = needed(layers, widths, columns)
        cut = clip[:, :, :, slice(*needed_rows[0]), slice(*needed_columns[0])]
        steps = cut_steps(layers, needed_rows, needed_columns)

        def report(piece: int, _: int, before: int = done * len(pieces)) -> None:
            if on_step is not None:
                on_step(before + piece, total)

        results = list(stream(steps, cut, pieces, report))
        result = torch.cat(results, dim=2)
        if out is None:
            out = result.new_empty(*result.shape[:3], heights[-1], widths[-1])
        out[:, :, :, slice(*rows), slice(*columns)] = result
    assert out is not None
    return out


def ranges(size: int, tile: int) -> list[Range]:
    """0..size in equal parts (to one pixel) of at most `tile`."""
    count = -(-size // tile)
    return [(size * i // count, size * (i + 1) // count) for i in range(count)]


def sizes(layers: Sequence[nn.Module], size: int) -> list[int]:
    """Height (or width) of the input of each layer, and of the last one's output."""
    out = [size]
    for layer in layers:
        size = (
            size * 2 if isinstance(layer, Upsample) else size // 2 if isinstance(layer, Downsample) else size
        )
        out.append(size)
    return out


def needed(layers: Sequence[nn.Module], sizes: Sequence[int], output: Range) -> list[Range]:
    """Rows (or columns) that each layer must be given for these rows of the last one's output, and that output's."""
    out = [output]
    for layer, size in zip(reversed(layers), reversed(sizes[:-1]), strict=True):
        start, end = input_range(layer, out[0])
        out.insert(0, (max(0, start), min(size, end)))
    return out


def input_range(layer: nn.Module, output: Range) -> Range:
    """Rows of a layer's input that rows `output` of its output depend on, in a picture without edges."""
    start, end = output
    match layer:
        case Upsample():  # rows start-1..end of the doubled picture
            return (start - 1) // 2, end // 2 + 1
        case Downsample():  # rows 2k..2k+2 for row k
            return 2 * start, 2 * end + 1
        case ResidualBlock():  # two convolutions of three taps
            return start - 2, end + 2
        case CausalConv3d() | Head():
            return start - 1, end + 1
    raise TypeError(f"{type(layer).__name__} cannot be computed in tiles")


def cut_steps(layers: Sequence[nn.Module], rows: Sequence[Range], columns: Sequence[Range]) -> list[Step]:
    """The layers, each followed by a cut of its output to the rows and columns that are needed of it."""

    def step(i: int) -> Step:
        layer = layers[i]
        top, left = (output_start(layer, r[i]) for r in (rows, columns))
        keep_rows = slice(rows[i + 1][0] - top, rows[i + 1][1] - top)
        keep_columns = slice(columns[i + 1][0] - left, columns[i + 1][1] - left)

        def run(x: Tensor, memory: Memory) -> Tensor:
            return layer(x, memory)[..., keep_rows, keep_columns]

        return run

    return [step(i) for i in range(len(layers))]


def output_start(layer: nn.Module, given: Range) -> int:
    """First row of a layer's output when it is given these rows of its input."""
    if isinstance(layer, Upsample):
        return 2 * given[0]
    return given[0] // 2 if isinstance(layer, Downsample) else given[0]
