"""A layer of a motion that goes on from where it is in a later frame."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ...rendering.motion_inverse import inverse_on_nodes
from ..field.camera import CameraMotion, sample_points
from ..field.field import MotionField
from ..field.layers import FieldLayer
from ..field.moving_layers import UNPAINTED, MovingLayers, drawn_copy
from ..field.region import Coverage, Grid
from .part import Part

_SIDE = (
    512  # cells along the short side for which the place of each point is found to `motion_inverse.TOLERANCE`
)


class ContinuedLayer:
    """Layer `number` of a field in a part of its time, for the picture that shows the layer where the part begins.

    The layer has moved there, so a point y of the new picture is the point x of the original one that has moved to y. Its
    displacement is D(x, t) - D(x, start), seen through the camera's view where the part begins.
    """

    def __init__(self, field: MotionField, number: int, part: Part):
        self.field = MotionField(field.frames, field.layers, (), field.aspect, field.loops)
        self.camera = field.cameras[0] if field.cameras and not field.layers[number].freeze else None
        self.number, self.part = number, part
        layer = self.field.layers[number]
        self.layer: FieldLayer = drawn_copy(layer, 0)
        self.name: str = getattr(layer, "name", "")
        self.order, self.strength, self.freeze = layer.order, layer.strength, layer.freeze
        self.moves, self.edge_width, self.snap = layer.moves, layer.edge_width, layer.snap
        self._found: dict[float, _Origins] = {}

    def coverage(self, grid: Grid) -> Coverage:
        """The layer's coverage where the part begins."""
        cover = self.layer.coverage(grid)
        if self.freeze:
            return cover
        centres = torch.from_numpy(np.stack(np.meshgrid(grid.x, grid.y), axis=-1).reshape(-1, 2))
        origin = self.origins(grid.aspect).of(centres) / centres.new_tensor(grid.extent)
        size = (grid.height, grid.width)
        exact, soft = (
            sample_points(torch.from_numpy(part), origin).reshape(size).numpy()
            for part in (cover.exact, cover.soft)
        )
        return Coverage(exact, soft)

    def origins(self, aspect: float) -> _Origins:
        """Where each point of the new picture was in the original one; kept for the last aspect."""
        if aspect not in self._found:
            self._found = {aspect: self._find(aspect)}
        return self._found[aspect]

    def _find(self, aspect: float) -> _Origins:
        rows, columns = round(_SIDE * max(1.0, 1 / aspect)), round(_SIDE * max(1.0, aspect))
        grid = Grid(rows, columns, aspect)
        layers = MovingLayers(self.field, grid)
        crisp = any(layer.index == self.number for layer in layers.layers)
        index = self.number if crisp else UNPAINTED
        view = _AtStart(layers, self.camera, grid, self.part.first)
        nodes, _ = inverse_on_nodes(view, index, [self.part.first], (rows, columns))
        return _Origins(nodes[0] * torch.tensor(grid.extent), grid)

    def coefficients(self, times: np.ndarray, aspect: float) -> Tensor:
        """Nothing [T,0]: the displacement is not separable."""
        return torch.zeros(len(times), 0)

    def basis(self, points: Tensor, aspect: float) -> Tensor:
        """Nothing [0,2,P]: the displacement is not separable."""
        return points.new_zeros(0, 2, len(points))

    def bends(self, aspect: float) -> bool:
        return self.moves

    def deforms(self, aspect: float) -> bool:
        """Whether the motion may bend straight lines."""
        return True

    def bend(self, times: np.ndarray, points: Tensor, grid: Grid) -> Tensor:
        """The displacement [T,2,P] in units at points [P,2] in units of the new picture."""
        origin = self.origins(grid.aspect).of(points)
        at = np.concatenate([[self.part.first], self.part.times(times)])
        moved = self.layer.coefficients(at, grid.aspect).to(points) @ self.layer.basis(
            origin, grid.aspect
        ).flatten(1)
        moved = moved.reshape(len(at), 2, len(points))
        if self.layer.bends(grid.aspect):
            moved = moved + self.layer.bend(at, origin, grid)
        if self.camera is not None:
            depth = self.camera.inverse_depth_of(origin / origin.new_tensor(grid.extent))
            moved = _seen(self.camera, self.part.first, moved + origin.T, grid, depth)
        return moved[1:] - moved[:1]

    def activity(self, grid: Grid) -> float:
        """1 when the layer moves, else 0."""
        return float(self.moves)

    def visibility(self, times: np.ndarray, grid: Grid) -> Tensor | None:
        return self.layer.visibility(np.minimum(self.part.times(times), 1), grid)

    def update_digest(self, digest) -> None:
        self.part.update_digest(digest)
        digest.update(str(self.number).encode())
        for layer in self.field.layers:
            layer.update_digest(digest)
        if self.camera is not None:
            self.camera.update_digest(digest)


class _AtStart:
    """Layers without a camera, as the camera shows them at one clip time; a motion for `inverse_on_nodes`."""

    def __init__(self, layers: MovingLayers, camera: CameraMotion | None, grid: Grid, time: float):
        self.layers, self.camera, self.grid, self.time = layers, camera, grid, time

    def positions(self, index: int, times: Sequence[float] | np.ndarray, places: Tensor) -> Tensor:
        """Positions [N,P,2], in fractions of width and height; see `MovingLayers.positions`."""
        moved = self.layers.positions(index, times, places)
        if self.camera is None:
            return moved
        extent = torch.tensor(self.grid.extent)
        depth = self.camera.inverse_depth_of(places)
        seen = _seen(self.camera, self.time, (moved * extent).transpose(1, 2), self.grid, depth)
        return seen.transpose(1, 2) / extent


class _Origins:
    """For points of a picture, the points that moved there, from those for an even grid of nodes [rows,columns,2] over it.

    They are interpolated linearly; outside the picture the best affine map goes on.
    """

    def __init__(self, nodes: Tensor, grid: Grid):
        rows, columns = nodes.shape[:2]
        self.extent = torch.tensor(grid.extent)
        y, x = torch.meshgrid(torch.linspace(0, 1, rows), torch.linspace(0, 1, columns), indexing="ij")
        design = torch.stack([x, y, torch.ones_like(x)], -1).reshape(-1, 3).double()
        values = nodes.reshape(-1, 2).double()
        self.affine = torch.linalg.lstsq(design, values).solution
        self.rest = (values - design @ self.affine).float().reshape(rows, columns, 2).permute(2, 0, 1)[None]
        self.affine = self.affine.float()

    def of(self, points: Tensor) -> Tensor:
        """The origins [P,2] of points [P,2], all in units."""
        at = points / self.extent.to(points)
        rest = F.grid_sample(
            self.rest.to(points), (at * 2 - 1)[None, None], padding_mode="border", align_corners=True
        )
        affine = self.affine.to(points)
        return at @ affine[:2] + affine[2] + rest[0, :, 0].T


def _seen(
    camera: CameraMotion, time: float, points: Tensor, grid: Grid, inverse_depth: Tensor | None
) -> Tensor:
    """Points [T,2,P] in units as a camera shows them at one clip time."""
    x, y = camera.view(np.full(len(points), time), points[:, 0], points[:, 1], grid, inverse_depth)
    return torch.stack([x, y], dim=1)
