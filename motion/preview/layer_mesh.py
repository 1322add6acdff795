"""Layer meshes: a motion field as a set of moving meshes, one for each layer and one for the unpainted part.

A player cuts the picture into the layers' shares and draws each share warped by its mesh, back to front. A mesh is a grid of
vertices with their positions at each time, which combine the layer's motion and the cameras; the vertices of a frozen
layer do not move. The mesh of a layer that bends lies over the layer's part of the picture, with its lines close together where
it bends most (`mesh_nodes`); others lie over the whole picture. At a crisp edge of a region the motion is discontinuous, so a
mesh continues there as if the layer covered what is beside it. At a wide edge the field blends two motions; the meshes on
both sides blend them in the same way, so that the two shares fade into each other without a seam.
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
from .mesh_nodes import PROBED, SMOOTHLY, MeshNodes, even_nodes, graded_nodes

AFFINE_CELLS, DEPTH_CELLS = 2, 40  # along the short side
FEWEST_VERTICES, MOST_VERTICES = 600, 16_000
DEPTH_VERTICES = 6000  # where a depth map bends the mesh too: its steps would take any number of vertices
# Greatest distance in units of a place between the vertices from where the field takes it.
TOLERANCE = 0.1 / 512
MARGIN = 0.012  # units around a layer's region that its mesh covers too, for what is softened or completed at its edge
PROBED_FRAMES = 9  # of the clip, in which it is measured how far a motion bends


class FieldMeshes:
    """Meshes and shares of the painted layers of a field.

    covers: the coverage of each layer on `grid`. most: the largest number of vertices of a mesh.
    Raises ValueError for a field with layers that are not painted.
    """

    def __init__(self, field: MotionField, grid: Grid, covers: Sequence[Coverage], most: int = MOST_VERTICES):
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
        self, index: int, times: np.ndarray, nodes: MeshNodes | None = None, number: int = 0
    ) -> np.ndarray:
        """Vertex positions of a layer's mesh at clip times [N], float32 [N,rows+1,columns+1,2] in 0..1 coordinates.

        nodes: those of the mesh, by default `nodes(index, number)`. number: which copy of the layer, see `opacities`.
        """
        return self._at(index, times, nodes or self.nodes(index, number), number)

    def nodes(self, index: int, number: int = 0) -> MeshNodes:
        """Where the vertices of a layer's mesh are at time 0: as many as its motion needs for TOLERANCE."""
        layer = None if index == UNPAINTED else self.layers[index]
        frozen = layer is not None and layer.freeze
        bends = layer is not None and layer.moves and layer.deforms(self.grid.aspect)
        mixed = bool(self._wide_beside(index))
        if not (bends or mixed or (self.field.cameras and not frozen)):
            return even_nodes(AFFINE_CELLS, AFFINE_CELLS)
        extent = np.array(self.grid.extent, np.float32)
        times = self.field.times
        probed = times[
            np.unique(np.linspace(len(times) - 1, 0, PROBED_FRAMES, endpoint=False).round().astype(int))
        ]

        def evaluate(nodes: MeshNodes) -> np.ndarray:
            return self._at(index, probed, nodes, number) * extent

        depth = not frozen and any(camera.inverse_depth is not None for camera in self.field.cameras)
        if depth and not (bends or mixed):
            side = min(DEPTH_CELLS, (self.most / (extent[0] * extent[1])) ** 0.5)
            return even_nodes(round(side * extent[1]), round(side * extent[0]))
        box = self._part(index) if bends and not mixed else (0.0, 0.0, 1.0, 1.0)
        most = min(self.most, DEPTH_VERTICES) if depth else self.most
        fine = PROBED if bends or mixed else SMOOTHLY
        return graded_nodes(evaluate, box, self.grid.extent, TOLERANCE, most, fine)

    def _part(self, index: int) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the part of the picture that a layer covers, with a margin."""
        cover, (width, height) = self.covers[index].soft > 0, self.grid.extent
        sides = []
        for axis, unit in ((1, width), (0, height)):
            at, size = np.flatnonzero(cover.any(1 - axis)), cover.shape[axis]
            if not len(at):
                return 0.0, 0.0, 1.0, 1.0
            low, high = at[0] / size, (at[-1] + 1) / size
            sides.append((max(0.0, low - MARGIN / unit), min(1.0, high + MARGIN / unit)))
        (left, right), (top, bottom) = sides
        return left, top, right, bottom

    def is_shared(self, index: int) -> bool:
        """Whether a layer's mesh is that of the unpainted part: both blend the motions of all wide-edged layers."""
        return index == UNPAINTED or self.wide[index]

    def _wide_beside(self, index: int) -> list[int]:
        """Indices of the wide-edged layers that a mesh blends with its own motion.

        For a layer with a crisp edge these are the ones in front of it.
        """
        crisp = index != UNPAINTED and not self.wide[index]
        return [number for number in range(index + 1 if crisp else 0, len(self.wide)) if self.wide[number]]

    def _at(self, index: int, times: np.ndarray, nodes: MeshNodes, copy: int = 0) -> np.ndarray:
        """Positions [N,rows+1,columns+1,2] of the vertices of a mesh in that of a layer."""
        across, down = (torch.from_numpy(side).float() for side in nodes)
        y, x = torch.meshgrid(down, across, indexing="ij")
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
        return out.reshape(len(times), *x.shape, 2).numpy()
