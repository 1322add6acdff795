"""Convolutional layers applied to a large picture in tiles, with the same result as on the whole picture.

An output pixel depends on a known range of input pixels. For each tile we go back from its output through the layers to
find the rows and columns that each layer needs, and then run the layers on these. At the edge of such a cut a layer pads
with zeros instead of the true neighbours, so its output there is wrong and is cut off before the next layer. At the edge
of the picture, padding with zeros is right.
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
"""A range of rows or columns: the first one, and the one after the last."""


def run_tiled(
    layers: Sequence[nn.Module], clip: Tensor, pieces: Sequence[int], tile: int, on_step: OnStep | None = None
) -> Tensor:
    """The output of `layers` for `clip [B,C,T,H,W]`, computed in output tiles of at most `tile` x `tile` pixels.

    Each tile runs through the whole clip, in pieces as in `stream`, before the next tile begins, so the layers keep
    earlier frames of one tile only.
    """
    heights, widths = layer_sizes(layers, clip.shape[3]), layer_sizes(layers, clip.shape[4])
    tiles = list(product(tile_ranges(heights[-1], tile), tile_ranges(widths[-1], tile)))
    out, total = None, len(tiles) * len(pieces)
    for done, (rows, columns) in enumerate(tiles):
        needed_rows = required_ranges(layers, heights, rows)
        needed_columns = required_ranges(layers, widths, columns)
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


def tile_ranges(size: int, tile: int) -> list[Range]:
    """The range 0..size, split into parts of at most `tile` whose lengths differ by at most 1."""
    count = -(-size // tile)
    return [(size * i // count, size * (i + 1) // count) for i in range(count)]


def layer_sizes(layers: Sequence[nn.Module], size: int) -> list[int]:
    """The height (or width) of each layer's input, and last that of the output, for an input of this `size`."""
    out = [size]
    for layer in layers:
        size = (
            size * 2 if isinstance(layer, Upsample) else size // 2 if isinstance(layer, Downsample) else size
        )
        out.append(size)
    return out


def required_ranges(layers: Sequence[nn.Module], sizes: Sequence[int], output: Range) -> list[Range]:
    """The rows (or columns) of each layer's input that the rows `output` of the last output depend on, and `output`."""
    out = [output]
    for layer, size in zip(reversed(layers), reversed(sizes[:-1]), strict=True):
        start, end = input_range(layer, out[0])
        out.insert(0, (max(0, start), min(size, end)))
    return out


def input_range(layer: nn.Module, output: Range) -> Range:
    """The rows of a layer's input that the rows `output` of its output depend on, ignoring the edges of the picture."""
    start, end = output
    match layer:
        case Upsample():  # a convolution of three taps on the doubled picture
            return (start - 1) // 2, end // 2 + 1
        case Downsample():  # output row k depends on input rows 2k..2k+2
            return 2 * start, 2 * end + 1
        case ResidualBlock():  # two convolutions of three taps
            return start - 2, end + 2
        case CausalConv3d() | Head():
            return start - 1, end + 1
    raise TypeError(f"{type(layer).__name__} cannot be computed in tiles")


def cut_steps(layers: Sequence[nn.Module], rows: Sequence[Range], columns: Sequence[Range]) -> list[Step]:
    """The layers as functions that cut their output to the rows and columns that the next layer needs."""

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
    """The first row of a layer's output when its input is cut to the rows `given`."""
    if isinstance(layer, Upsample):
        return 2 * given[0]
    return given[0] // 2 if isinstance(layer, Downsample) else given[0]
