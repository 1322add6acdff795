"""Coverage of many strokes or polygons on a grid, in a time that hardly depends on how many there are.

A tile of the grid is divided into quarters again and again. Levels at one place of a tile bound the levels in all of its
cells, because a distance changes by at most the way between two places. Whatever cannot decide any cell of the tile is
left out: shapes that end before it, shapes under one that covers all of it, capsules farther away than another of the
same shape, and shapes that cover less than a neighbour in the order of painting. So only tiles with an edge reach the
size of LEAF cells, and there every cell is computed from the capsules that are left, with the same result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...interruption import check_interruption
from .capsules import Crossings, Polygons, Strokes

LEAF = 4  # cells
STRIP = 256  # rows of a strip, a power of 2; the crossings of polygons with them fit into the memory
PAIRS, LEAF_PAIRS = 1 << 16, 1 << 12  # pairs of tile and capsule that are treated together
ROUNDING = 2e-6  # units; distances are exact to less


def smoothstep(t: np.ndarray) -> np.ndarray:
    """3t^2 - 2t^3 with t clamped to 0..1."""
    t = np.clip(t, 0, 1)
    return t * t * (3 - 2 * t)


@dataclass(frozen=True)
class Groups:
    """Neighbours among n items with equal keys: where each of the G groups starts, and the group of each item."""

    starts: np.ndarray  # [G]
    of: np.ndarray  # [n]

    @classmethod
    def by(cls, *keys: np.ndarray) -> Groups:
        """Groups of items for which all the keys [n] are equal."""
        is_first = np.ones(len(keys[0]), dtype=bool)
        is_first[1:] = np.logical_or.reduce([key[1:] != key[:-1] for key in keys])
        return cls(np.flatnonzero(is_first), np.cumsum(is_first) - 1)


@dataclass(frozen=True)
class Tiles:
    """Square tiles of `size` cells, and P pairs of a tile and a capsule that may decide cells of it, sorted."""

    size: int
    row: np.ndarray  # [n] of the first cell
    column: np.ndarray  # [n]
    tile: np.ndarray  # [P]
    capsule: np.ndarray  # [P]

    def part(self, pairs: np.ndarray) -> Tiles:
        """Only these pairs (a mask [P]), and the tiles that have one."""
        kept = Groups.by(self.tile[pairs])
        tiles = self.tile[pairs][kept.starts]
        return Tiles(self.size, self.row[tiles], self.column[tiles], kept.of, self.capsule[pairs])

    def halves(self) -> list[Tiles]:
        """The first and the second half of the tiles."""
        first = self.tile < len(self.row) // 2
        return [self.part(first), self.part(~first)]

    def quarters(self) -> Tiles:
        """Each tile divided into four, with the same capsules."""
        half, count = self.size // 2, len(self.row)
        row = np.concatenate([self.row, self.row, self.row + half, self.row + half])
        column = np.concatenate([self.column, self.column + half] * 2)
        tile = np.concatenate([self.tile + k * count for k in range(4)])
        return Tiles(half, row, column, tile, np.tile(self.capsule, 4))


class Strip:
    """A strip of cells at x [W] and y [H] in which shapes are combined; it is padded to whole tiles."""

    def __init__(self, shapes: Strokes | Polygons, x: np.ndarray, y: np.ndarray):
        self.shapes = shapes
        self.size = LEAF
        while self.size < min(max(len(x), len(y)), STRIP):
            self.size *= 2
        self.x, self.y = (padded(places, self.size) for places in (x, y))
        cell_x, cell_y = (float(places[-1] - places[-2]) for places in (self.x, self.y))
        self.diagonal = float(np.hypot(cell_x, cell_y))
        self.crossings = Crossings(shapes, self.x, self.y) if isinstance(shapes, Polygons) else None

    def combine(self, layer: np.ndarray, width: float) -> None:
        """Paint and erase the shapes, with edges of this width, in the layer [H,W] of the strip."""
        self.width = width
        self.cells = np.pad(layer, [(0, -size % self.size) for size in layer.shape])
        columns, rows = (np.arange(0, len(places), self.size) for places in (self.x, self.y))
        count, capsules = len(rows) * len(columns), np.arange(len(self.shapes.start))
        tile, capsule = np.repeat(np.arange(count), len(capsules)), np.tile(capsules, count)
        waiting = [
            Tiles(self.size, np.repeat(rows, len(columns)), np.tile(columns, len(rows)), tile, capsule)
        ]
        while waiting:
            check_interruption()
            tiles = waiting.pop()
            if len(tiles.tile) > PAIRS and len(tiles.row) > 1:
                waiting += tiles.halves()
                continue
            tiles = self.undecided(tiles)
            if len(tiles.tile) and tiles.size > LEAF:
                waiting.append(tiles.quarters())
            elif len(tiles.tile):
                self.fill(tiles)
        layer[:] = self.cells[: layer.shape[0], : layer.shape[1]]

    def undecided(self, tiles: Tiles) -> Tiles:
        """The tiles with the capsules that may decide one of their cells; tiles of one value are filled with it."""
        shapes, half = self.shapes, tiles.size // 2
        row, column = tiles.row + half, tiles.column + half
        reach = np.float32(self.diagonal * half * (1 + 1e-5) + ROUNDING)
        x, y = self.x[column][tiles.tile], self.y[row][tiles.tile]
        low, high = shapes.bounds(tiles.capsule, x, y, reach, self.width)
        groups = Groups.by(tiles.tile, shapes.shape[tiles.capsule])
        least, most = (np.minimum.reduceat(bound, groups.starts) for bound in (low, high))
        near = low <= most[groups.of]
        tile, shape = tiles.tile[groups.starts], shapes.shape[tiles.capsule[groups.starts]]
        inside = self.inside(shape, row[tile], column[tile])
        least, most = shapes.shape_bounds(least, most, shape, reach, self.width, inside)
        deciding, alone = self.deciding_shapes(tile, shape, least, most)
        cells = np.arange(tiles.size)
        rows, columns = tiles.row[tile[alone], None] + cells, tiles.column[tile[alone], None] + cells
        self.cells[rows[:, :, None], columns[:, None, :]] = ~shapes.erase[shape[alone], None, None]
        return tiles.part(near & (deciding & ~alone)[groups.of])

    def deciding_shapes(self, tile: np.ndarray, shape: np.ndarray, least: np.ndarray, most: np.ndarray):
        """Masks [G] of the shapes that may decide a cell of their tiles, and of those that alone cover all of it.

        `least` and `most` [G] bound the levels of each shape in its tile.
        """
        erase = self.shapes.erase[shape]
        runs, tiles = Groups.by(tile, self.shapes.run[shape]), Groups.by(tile)
        best = np.minimum.reduceat(most, runs.starts)[runs.of]
        full = most <= -0.5  # the coverage is 1 in all cells, whatever the shapes before
        number = np.arange(len(shape))
        last = np.maximum.reduceat(np.where(full, number, -1), tiles.starts)[tiles.of]
        deciding = (number >= last) & (least < 0.5) & (full | ((best > -0.5) & (erase | (least <= best))))
        alone = deciding & full & (np.add.reduceat(deciding, tiles.starts, dtype=np.int64)[tiles.of] == 1)
        return deciding, alone

    def fill(self, tiles: Tiles) -> None:
        """Compute all cells of tiles."""
        if len(tiles.tile) > LEAF_PAIRS and len(tiles.row) > 1:
            for half in tiles.halves():
                self.fill(half)
            return
        check_interruption()
        shapes, cells = self.shapes, np.arange(LEAF)
        rows, columns = (tiles.row[:, None] + cells)[:, :, None], (tiles.column[:, None] + cells)[:, None, :]
        groups = Groups.by(tiles.tile, shapes.shape[tiles.capsule])
        tile, shape = tiles.tile[groups.starts], shapes.shape[tiles.capsule[groups.starts]]
        inside = self.inside(shape[:, None, None], rows[tile], columns[tile])
        x, y = self.x[columns][tiles.tile], self.y[rows][tiles.tile]
        levels = shapes.shape_levels(tiles.capsule, groups.starts, x, y, self.width, inside)
        self.cells[rows, columns] = combined(
            self.cells[rows, columns], smoothstep(0.5 - levels), tile, shapes.run[shape], shapes.erase[shape]
        )

    def inside(self, shape: np.ndarray, row: np.ndarray, column: np.ndarray) -> np.ndarray | None:
        """Whether cells are inside polygons; None for strokes."""
        return None if self.crossings is None else self.crossings.inside(shape, row, column)


def padded(places: np.ndarray, size: int) -> np.ndarray:
    """Rising places [n] of cells, continued evenly to a multiple of `size`."""
    step = places[-1] - places[-2] if len(places) > 1 else np.float32(0)
    more = np.arange(1, -len(places) % size + 1, dtype=np.float32)
    return np.concatenate([places, places[-1] + more * step])


def combined(cells: np.ndarray, cover: np.ndarray, tile: np.ndarray, run: np.ndarray, erase: np.ndarray):
    """Cells [n,h,w] of tiles after the coverages [G,h,w] of shapes, sorted by tile and order, were painted or erased."""
    runs = Groups.by(tile, run)
    painted = np.maximum.reduceat(cover, runs.starts, axis=0)
    left = np.multiply.reduceat(1 - cover, runs.starts, axis=0) if erase.any() else painted
    tile, erase = tile[runs.starts], erase[runs.starts]
    tiles = Groups.by(tile)
    turn = np.arange(len(tile)) - tiles.starts[tiles.of]
    for k in range(turn.max() + 1):
        paints, erases = (turn == k) & ~erase, (turn == k) & erase
        cells[tile[paints]] = np.maximum(cells[tile[paints]], painted[paints])
        cells[tile[erases]] *= left[erases]
    return cells


def combine_shapes(
    layers: Sequence[np.ndarray],
    widths: Sequence[float],
    shapes: Strokes | Polygons,
    x: np.ndarray,
    y: np.ndarray,
) -> None:
    """Paint or erase shapes in their order in layers [H,W] of cells at x [W] and y [H], each with its edge width."""
    for top in range(0, len(y) if len(x) else 0, STRIP):
        strip = Strip(shapes, x, y[top : top + STRIP])
        for layer, width in zip(layers, widths, strict=True):
            strip.combine(layer[top : top + STRIP], width)
