"""A camera move that goes on from a later frame, whose picture is the new first frame."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from ..field.camera import CameraMotion, sample_points
from ..field.field import MotionField
from ..field.region import Grid
from .part import Part

_DEPTH_SIDE = 256  # cells along the short side of a depth map that is carried to the new first frame
_STILL = 1e-9


class ContinuedCamera(CameraMotion):
    """The view of `camera` in a part of its time, of the picture that it shows where the part begins.

    A point of that picture is projected back to the plane, or to its depth, of the original first frame, and from there to the
    view at the asked time. Poses are relative to the view where the part begins, in the original unit of depth.
    """

    def __init__(self, field: MotionField, camera: CameraMotion, part: Part):
        super().__init__(camera.camera)
        self.inner, self.part = camera, part
        if camera.nearness is not None and camera.inverse_depth is not None:
            self.nearness, self.inverse_depth = _carried_depth(field, camera, part.first)

    @property
    def is_still(self) -> bool:
        """True when the view never changes in this part."""
        own = np.linspace(0, 1, 33)
        grid = Grid(1, 1, 1.0)
        focal, centre = self.lens(own, grid)
        turn, offset, zoom = self.inner.poses(self.part.times(own), grid)
        values = [turn.reshape(len(own), -1), offset, zoom[:, None], focal, centre]
        return float(np.ptp(np.concatenate(values, 1), axis=0).max()) < _STILL

    def view(
        self,
        times: np.ndarray,
        x: torch.Tensor,
        y: torch.Tensor,
        grid: Grid,
        inverse_depth: torch.Tensor | None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """See `CameraMotion.view`."""
        x, y = self.inner.unview(self.part.first, x, y, grid, inverse_depth)
        return self.inner.view(self.part.times(times), x, y, grid, inverse_depth)

    def unview(
        self, time: float, x: torch.Tensor, y: torch.Tensor, grid: Grid, inverse_depth: torch.Tensor | None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """See `CameraMotion.unview`."""
        at = float(self.part.times([time])[0])
        x, y = self.inner.unview(at, x, y, grid, inverse_depth)
        first = np.array([self.part.first])
        rows = (x.reshape(-1, x.shape[-1]), y.reshape(-1, y.shape[-1]))
        seen = self.inner.view(first.repeat(len(rows[0])), *rows, grid, inverse_depth)
        return seen[0].reshape(x.shape), seen[1].reshape(y.shape)

    def focal_length(self, grid: Grid) -> float:
        """Focal length in units where the part begins."""
        _, _, zoom = self.inner.poses(np.array([self.part.first]), grid)
        return self.inner.focal_length(grid) * float(zoom[0])

    def lens(self, times: np.ndarray, grid: Grid) -> tuple[np.ndarray, np.ndarray]:
        """See `CameraMotion.lens`."""
        return self.inner.lens(self.part.times(times), grid)

    def poses(self, times: np.ndarray, grid: Grid) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """See `CameraMotion.poses`."""
        both = self.inner.poses(np.concatenate([[self.part.first], self.part.times(times)]), grid)
        turn, offset, zoom = both
        position = np.einsum("tji,tj->ti", turn, offset)
        moved = np.einsum("tij,tj->ti", turn[1:], position[1:] - position[0])
        return turn[1:] @ turn[0].T, moved, zoom[1:] / zoom[0]

    def update_digest(self, digest) -> None:
        self.part.update_digest(digest)
        self.inner.update_digest(digest)


def _carried_depth(
    field: MotionField, camera: CameraMotion, time: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """The nearness [h,w] and the inverse depth [h,w] of what the camera shows at a clip time of the field.

    Of several points that move to one place the nearest is seen; what comes into view is as far as the farthest neighbour.
    """
    assert camera.nearness is not None and camera.inverse_depth is not None
    height, width = camera.nearness.shape
    aspect = field.aspect or width / height
    rows, columns = round(_DEPTH_SIDE * max(1.0, 1 / aspect)), round(_DEPTH_SIDE * max(1.0, aspect))
    centres = Grid(rows, columns, aspect)
    extent = torch.tensor(centres.extent)
    places = torch.from_numpy(np.stack(np.meshgrid(centres.x, centres.y), axis=-1).reshape(-1, 2)) / extent
    nearness = sample_points(camera.nearness, places)
    moved = field.displacement_at([time], rows, columns)[0].reshape(-1, 2)
    cells = torch.stack(torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")[::-1], -1)
    x, y = (cells.reshape(-1, 2) + moved).round().long().unbind(1)
    seen = (x >= 0) & (x < columns) & (y >= 0) & (y < rows)
    carried = torch.full((rows * columns,), -1.0)
    carried.scatter_reduce_(0, (y * columns + x)[seen], nearness[seen], "amax")
    carried = _filled_from_the_farthest(carried.reshape(rows, columns))
    lowest, highest = camera.nearness.min(), camera.nearness.max()
    slope = (camera.inverse_depth.max() - camera.inverse_depth.min()) / (highest - lowest).clamp_min(1e-6)
    return carried, camera.inverse_depth.min() + (carried - lowest) * slope


def _filled_from_the_farthest(values: torch.Tensor) -> torch.Tensor:
    """The values [h,w] with each cell below 0 filled by the smallest value of its neighbours, from the outside inwards."""
    empty = values < 0
    while bool(empty.any()) and not bool(empty.all()):
        known = torch.where(empty, torch.inf, values)[None, None]
        smallest = -F.max_pool2d(-known, 3, 1, 1)[0, 0]
        values = torch.where(empty & smallest.isfinite(), smallest, values)
        empty = values < 0
    return values.clamp_min(0)
