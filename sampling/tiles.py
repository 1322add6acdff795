"""Sampling a large picture in tiles that overlap: each call of the network sees one of them, and their predictions are blended.

In every step all tiles are predicted from the same noisy latents and averaged where they overlap (MultiDiffusion: Bar-Tal et al., "MultiDiffusion:
Fusing Diffusion Paths for Controlled Image Generation", ICML 2023, eq. 5), so that the memory of the network follows the size of a tile
and neighbours agree from step to step. The weight of a tile rises linearly over its overlaps, along rows and columns alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import ceil
from typing import Any

import torch
from torch import Tensor

PATCH = 2  # latent cells along a side of the patches that a network reads; tiles begin and end between two of them


@dataclass(frozen=True)
class Tiling:
    """The largest tile and the least overlap of neighbours, in px of the video.

    Raises ValueError for a tile without cells, and for an overlap below 0 or of more than half a tile.
    """

    width: int
    height: int
    overlap: int

    def __post_init__(self) -> None:
        side = min(self.width, self.height)
        if side < 1:
            raise ValueError(f"a tile is {self.width}x{self.height} px; both sides must be at least 1 px")
        if self.overlap < 0:
            raise ValueError(f"`overlap` is {self.overlap} px; it must be 0 or more")
        if 2 * self.overlap > side:
            raise ValueError(
                f"`overlap` is {self.overlap} px; it must be at most half the shorter side of a tile, {side // 2} px"
            )

    def largest(self, height: int, width: int, ratio: int) -> tuple[int, int]:
        """Rows and columns of one tile of latents [...,h,w], of which the memory that a network needs depends."""
        return min(height, _side(self.height, ratio)), min(width, _side(self.width, ratio))

    def least_overlap(self, ratio: int) -> int:
        """Cells that two neighbours share at least, if a tile is long enough."""
        return ceil(self.overlap / (ratio * PATCH)) * PATCH


def spans(length: int, tile: int, overlap: int) -> list[slice]:
    """The fewest spans of `tile` cells that cover `length` cells and overlap by `overlap` or more, spread evenly.

    They begin at multiples of PATCH, as `tile` and `overlap` are, except for the last one of an odd length.
    """
    if length <= tile:
        return [slice(0, length)]
    patches = ceil((length - tile) / PATCH)
    steps = ceil(patches / ((tile - overlap) // PATCH))
    starts = [patches * number // steps * PATCH for number in range(steps)]
    return [slice(start, start + tile) for start in (*starts, length - tile)]


def weights(all_spans: list[slice], number: int) -> Tensor:
    """The weight [tile] of the cells of a span: 1, and a linear ramp over what it shares with its neighbours."""
    span = all_spans[number]
    places = torch.arange(span.start, span.stop) + 0.5
    ramp = torch.ones(len(places))
    if number > 0:
        shared = all_spans[number - 1].stop - span.start
        ramp = torch.minimum(ramp, (places - span.start) / shared)
    if number + 1 < len(all_spans):
        shared = span.stop - all_spans[number + 1].start
        ramp = torch.minimum(ramp, (span.stop - places) / shared)
    return ramp


def cut(value: Any, rows: slice, columns: slice, height: int, width: int) -> Any:
    """A tile of a tensor [...,k*height,k*width], k = 1, 2, …, with four dimensions or more; any other value as it is."""
    if not isinstance(value, Tensor) or value.ndim < 4:
        return value
    times, rest = divmod(value.shape[-2], height)
    if rest or not times or value.shape[-1] != times * width:
        return value
    rows, columns = (slice(times * span.start, times * span.stop) for span in (rows, columns))
    return value[..., rows, columns]


def with_tiles(predict: Callable[..., Tensor], tiling: Tiling, ratio: int) -> Callable[..., Tensor]:
    """Wrap `predict(x [...,h,w], sigma, **conditions)`, so that each call sees one tile of x and of the conditions of its size."""

    def predict_tiled(x: Tensor, sigma: Tensor, **conditions: Any) -> Tensor:
        height, width = x.shape[-2:]
        tiles = list(weighted_tiles(tiling, height, width, ratio))
        if len(tiles) == 1:
            return predict(x, sigma, **conditions)
        total = torch.zeros(height, width)
        for rows, columns, weight in tiles:
            total[rows, columns] += weight
        out: Tensor | None = None
        for rows, columns, weight in tiles:
            seen = {name: cut(value, rows, columns, height, width) for name, value in conditions.items()}
            part = predict(x[..., rows, columns], sigma, **seen)
            if out is None:
                out = part.new_zeros(*part.shape[:-2], height, width)
            share = (weight / total[rows, columns]).to(part)
            out[..., rows, columns] += part * share
        assert out is not None
        return out

    return predict_tiled


def weighted_tiles(
    tiling: Tiling, height: int, width: int, ratio: int
) -> Iterator[tuple[slice, slice, Tensor]]:
    """The rows and columns of each tile, and its weights [h,w]."""
    rows, columns = (
        spans(length, tile, min(tiling.least_overlap(ratio), tile // 2 // PATCH * PATCH))
        for length, tile in ((height, _side(tiling.height, ratio)), (width, _side(tiling.width, ratio)))
    )
    for down, row in enumerate(rows):
        for across, column in enumerate(columns):
            yield row, column, weights(rows, down)[:, None] * weights(columns, across)


def _side(px: int, ratio: int) -> int:
    """The most latent cells that fit into a length in px: a multiple of PATCH, and at least one patch."""
    return max(PATCH, px // (ratio * PATCH) * PATCH)
