"""A camera given by a pose in every frame, as other tools export it, instead of keyframes."""

from __future__ import annotations

import numpy as np
import torch

from ..document.document import Camera
from .camera import CameraMotion
from .region import Grid

# A camera that moves less than this (unit depths, radians, fractions of the focal length) counts as still.
_STILL = 1e-5


class CameraTrajectory(CameraMotion):
    """A camera's view over time from poses at evenly spaced frames.

    `rotation` [T,3,3] turns the camera's axes into those of the first camera (x right, y down, z forward), `position`
    [T,3] is in unit depths, `focal` [T,2] and `centre` [T,2] are in widths and heights of the picture (pixels need not
    be square). `depth` is as for `CameraMotion`. Raises ValueError when the first pose is not the identity.
    """

    def __init__(
        self,
        rotation: np.ndarray,
        position: np.ndarray,
        focal: np.ndarray,
        centre: np.ndarray,
        depth: torch.Tensor | None = None,
    ):
        super().__init__(Camera(), depth)
        if np.abs(rotation[0] - np.eye(3)).max() > 1e-4 or np.abs(position[0]).max() > 1e-4:
            raise ValueError(
                "the first pose of a camera trajectory must be the identity; make all poses relative to frame 0"
            )
        self.rotation, self.position = np.asarray(rotation, float), np.asarray(position, float)
        self.focal, self.centre = np.asarray(focal, float), np.asarray(centre, float)

    @property
    def is_still(self) -> bool:
        lens = np.concatenate([self.focal / self.focal[0] - 1, self.centre - self.centre[0]])
        moves = np.abs(self.rotation - np.eye(3)).max(), np.abs(self.position).max(), np.abs(lens).max()
        return max(moves) < _STILL

    def focal_length(self, grid: Grid) -> float:
        """Focal length of frame 0 in units, along the picture's width."""
        return float(self.focal[0, 0]) * grid.extent[0]

    def poses(self, times: np.ndarray, grid: Grid) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """See `CameraMotion.poses`. Between frames, rotation matrices are interpolated and projected back to rotations."""
        left, _, right = np.linalg.svd(self._at(self.rotation, times))
        turn = (left @ right).transpose(0, 2, 1)
        position, focal = self._at(self.position, times), self._at(self.focal, times)
        return turn, np.einsum("tij,tj->ti", turn, position), focal[:, 0] / self.focal[0, 0]

    def lens(self, times: np.ndarray, grid: Grid) -> tuple[np.ndarray, np.ndarray]:
        """See `CameraMotion.lens`."""
        return self._at(self.focal, times), self._at(self.centre, times)

    def view(
        self,
        times: np.ndarray,
        x: torch.Tensor,
        y: torch.Tensor,
        grid: Grid,
        inverse_depth: torch.Tensor | None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """See `CameraMotion.view`, whose result is scaled to this camera's pixel aspect and moved to its principal point."""
        wide, high = grid.extent
        first, _, (centre_x, centre_y) = self._pixels(np.zeros(1), grid)
        _, pixel_aspect, centre = self._pixels(times, grid)
        pixel_aspect, to_x, to_y = (torch.from_numpy(part).to(x)[:, None] for part in (pixel_aspect, *centre))
        x, y = super().view(
            times, x - centre_x[0] + wide / 2, (y - centre_y[0]) / first + high / 2, grid, inverse_depth
        )
        return x - wide / 2 + to_x, (y - high / 2) * pixel_aspect + to_y

    def unview(
        self, time: float, x: torch.Tensor, y: torch.Tensor, grid: Grid, inverse_depth: torch.Tensor | None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """See `CameraMotion.unview`."""
        wide, high = grid.extent
        first, _, (centre_x, centre_y) = self._pixels(np.zeros(1), grid)
        _, pixel_aspect, (at_x, at_y) = self._pixels(np.array([time]), grid)
        x, y = super().unview(
            time,
            x + wide / 2 - at_x[0],
            (y - at_y[0]) / pixel_aspect[0] + high / 2,
            grid,
            inverse_depth,
        )
        return x - wide / 2 + centre_x[0], (y - high / 2) * first + centre_y[0]

    def _pixels(
        self, times: np.ndarray, grid: Grid
    ) -> tuple[float, np.ndarray, tuple[np.ndarray, np.ndarray]]:
        """The pixel aspect of frame 0, and at clip times [T] the pixel aspect and the principal point x, y in units."""
        wide, high = grid.extent
        focal, centre = self.lens(times, grid)
        first = float(self.focal[0, 1] * high / (self.focal[0, 0] * wide))
        aspect = focal[:, 1] * high / (focal[:, 0] * wide)
        return first, aspect, (centre[:, 0] * wide, centre[:, 1] * high)

    def update_digest(self, digest) -> None:
        for part in (self.rotation, self.position, self.focal, self.centre):
            digest.update(np.ascontiguousarray(part).tobytes())
        self._update_with_depth(digest)

    def _at(self, values: np.ndarray, times: np.ndarray) -> np.ndarray:
        """Values [T,...] of all frames, interpolated linearly at clip times; after time 1 the last step goes on."""
        place = np.asarray(times, float) * (len(values) - 1)
        before = np.clip(np.floor(place + 1e-9).astype(int), 0, max(len(values) - 2, 0))
        mix = np.maximum(place - before, 0).reshape(-1, *[1] * (values.ndim - 1))
        after = np.minimum(before + 1, len(values) - 1)
        return values[before] * (1 - mix) + values[after] * mix
