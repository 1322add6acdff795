"""Layer meshes: a motion field as a set of moving meshes, one for each layer and one for the unpainted part.

A player cuts the picture into the layers' shares and draws each share warped by its mesh, back to front. A mesh is an
even grid of vertices over the picture with their positions at each time, which combine the layer's motion and the
cameras; the vertices of a frozen layer do not move. At a crisp edge of a region the motion is discontinuous, so every
mesh continues beyond its region as if the layer covered the whole picture. At a wide edge the field blends two motions;
the meshes on both sides blend them in the same way, so that the two shares fade into each other without a seam.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import torch

from ..field.camera import sample_points
from ..field.field import MotionField
from ..field.layers import BrushLayer
from ..field.moving_layers import UNPAINTED, drawn_copy, fades_out
from ..field.region import Coverage, Grid

AFFINE_CELLS, CAMERA_CELLS, BENDING_CELLS, MIXED_CELLS, MOST_CELLS = 2, 16, 24, 40, 80  # along the short side
LONGEST = 128  # cells along the long side
TOLERANCE = 0.1 / 512  # units; greatest distance of a cell's centre from the mean of its corners
PROBED_TIMES = np.linspace(0.2, 1.0, 5)


class FieldMeshes:
    """Meshes and shares of the painted layers of a field.

    covers: the coverage of each layer on `grid`. most: the largest number of cells of a mesh along the short side.
    Raises ValueError for a field with layers that are not painted.
    """

    def __init__(self, field: MotionField, grid: Grid, covers: Sequence[Coverage], most: int = MOST_CELLS):
        self.field = field
        self.grid = grid
        self.covers = covers
        self.most = most
        self.layers = [layer for layer in field.layers if isinstance(layer, BrushLayer)]
        if len(self.layers) != len(field.layers):
            raise ValueError(
                "a field with layers measured from a video has no layer meshes; only painted layers have"
            )
        self.wide = [fades_out(layer, grid.aspect) for layer in self.layers]
        self._exact = {
            index: torch.from_numpy(covers[index].exact) for index, wide in enumerate(self.wide) if wide
        }

    @property
    def drawing_order(self) -> list[int]:
        """Indices of the field's layers from back to front, with UNPAINTED between those behind and those in front."""
        behind = sum(layer.order < 0 for layer in self.layers)
        return [*range(behind), UNPAINTED, *range(behind, len(self.layers))]

    @cached_property
    def shares(self) -> dict[int, np.ndarray]:
        """The share of the picture that each entry of the drawing order owns, uint8 [h,w]; all shares sum to 255."""
        shares, size = {}, (self.grid.height, self.grid.width)
        left, whole = np.ones(size, np.float32), np.full(size, 255, np.uint8)
        for index in reversed(range(len(self.layers))):
            left = left * (1 - self.covers[index].soft)
            rest = np.rint(left * 255).astype(np.uint8)
            shares[index], whole = whole - rest, rest
        shares[UNPAINTED] = whole
        return shares

    def jumps(self, index: int) -> bool:
        """Whether the motion jumps back to its start during the clip, so that frames must not be interpolated."""
        layers = [self.layers[number] for number in self.contributing_layers(index)]
        return any(
            layer.cross_fades or (layer.moves and layer.layer.motion.loop == "repeat") for layer in layers
        )

    def opacities(self, index: int, times: np.ndarray) -> list[np.ndarray | None]:
        """The weight [N] at clip times [N] of each copy that is drawn of a layer, in drawing order; None for a layer without copies."""
        layer = None if index == UNPAINTED else self.layers[index]
        if layer is None or not layer.cross_fades:
            return [None]
        fade = layer.fade(times)
        return [1 - fade, fade]

    def contributing_layers(self, index: int) -> list[int]:
        """Indices of the layers whose motion a mesh contains: its own layer and the wide-edged layers blended with it."""
        return sorted({*self._wide_beside(index), *([] if index == UNPAINTED else [index])})

    def positions(
        self, index: int, times: np.ndarray, box: Sequence[float] = (0, 0, 1, 1), number: int = 0
    ) -> np.ndarray:
        """Vertex positions of a layer's mesh at clip times [N], float32 [N,rows+1,columns+1,2] in 0..1 coordinates.

        box: left, top, right and bottom of the part of the picture in which the mesh must be accurate. number: which copy of
        the layer, see `opacities`.
        """
        return self._at(index, times, *self.cells(index, box), number)

    def cells(self, index: int, box: Sequence[float] = (0, 0, 1, 1)) -> tuple[int, int]:
        """Rows and columns of a layer's mesh, as many as its motion needs for TOLERANCE inside the box."""
        layer = None if index == UNPAINTED else self.layers[index]
        frozen = layer is not None and layer.freeze
        if self._wide_beside(index):
            return self._square(MIXED_CELLS)
        cells = AFFINE_CELLS
        if layer is not None and layer.moves and layer.deforms(self.grid.aspect):
            cells = BENDING_CELLS
        if self.field.cameras and not frozen:
            cells = max(cells, CAMERA_CELLS)
            if any(camera.inverse_depth is not None for camera in self.field.cameras):
                return self._square(MIXED_CELLS)
        if cells == AFFINE_CELLS:
            return cells, cells
        while cells < self.most and self._error(index, cells, box) > TOLERANCE:
            cells = min(cells * 3 // 2, self.most)
        return self._square(cells)

    def _wide_beside(self, index: int) -> list[int]:
        """Indices of the wide-edged layers that a mesh blends with its own motion.

        For a layer with a crisp edge these are the ones in front of it.
        """
        crisp = index != UNPAINTED and not self.wide[index]
        return [number for number in range(index + 1 if crisp else 0, len(self.wide)) if self.wide[number]]

    def _square(self, cells: int) -> tuple[int, int]:
        """Rows and columns of nearly square cells, `cells` of them along the short side."""
        width, height = self.grid.extent
        cells = min(cells, self.most)
        return min(round(cells * height), LONGEST), min(round(cells * width), LONGEST)

    def _error(self, index: int, cells: int, box: Sequence[float]) -> float:
        """The largest distance in units of points between vertices from their position in a mesh of `cells` cells."""
        rows, columns = self._square(cells)
        fine = self._at(index, PROBED_TIMES, 2 * rows, 2 * columns)
        here = fine[:, 1::2, 1::2]
        corners = fine[:, :-1:2, :-1:2], fine[:, 2::2, 2::2], fine[:, :-1:2, 2::2], fine[:, 2::2, :-1:2]
        extent = np.array(self.grid.extent, np.float32)
        worst = np.zeros(here.shape[1:3], np.float32)
        for one, other in (corners[:2], corners[2:]):  # a cell is split along either diagonal
            away = np.linalg.norm((here - (one + other) / 2) * extent, axis=-1)
            np.maximum(worst, away.max(0), out=worst)
        left, top = np.floor(box[0] * columns), np.floor(box[1] * rows)
        right, bottom = np.ceil(box[2] * columns), np.ceil(box[3] * rows)
        seen = worst[int(top) : int(bottom), int(left) : int(right)]
        return float(seen.max()) if seen.size else 0.0

    def _at(self, index: int, times: np.ndarray, rows: int, columns: int, copy: int = 0) -> np.ndarray:
        """Positions [N,rows+1,columns+1,2] of the vertices of an even grid in the mesh of a layer."""
        y, x = torch.meshgrid(
            torch.linspace(0, 1, rows + 1), torch.linspace(0, 1, columns + 1), indexing="ij"
        )
        places = torch.stack([x, y], dim=-1).reshape(-1, 2)
        extent = torch.tensor(self.grid.extent)
        owned, left = [], torch.ones(len(places))
        for number in reversed(range(len(self.layers))):
            if self.wide[number]:
                covered = sample_points(self._exact[number], places)
            elif number == index:
                covered = torch.ones(len(places))
            else:
                continue
            owned.append((drawn_copy(self.layers[number], copy), covered * left))
            left = left * (1 - covered)
        depths = [camera.inverse_depth_of(places) for camera in self.field.cameras]
        out = torch.empty(len(times), len(places), 2)
        for some, displaced in self.field.displacement_chunks(
            times, self.grid, places * extent, owned, depths
        ):
            out[some] = displaced.transpose(1, 2) / extent + places
        return out.reshape(len(times), rows + 1, columns + 1, 2).numpy()
