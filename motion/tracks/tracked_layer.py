"""A layer that moves by a similarity transform measured in every frame."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ..field.field import MotionField
from ..field.layers import NOTICEABLE, interpolate_in_time
from ..field.mask_values import masks_in_unit_range
from ..field.region import Coverage, Grid, resample_image
from .mask_tracking import ShapeTrack


class TrackedLayer:
    """The region `mask` [h,w] of the first frame, moved by the poses of a `ShapeTrack`, linear between frames."""

    freeze = False
    strength = 1.0
    edge_width = 0.0
    snap = False

    def __init__(self, mask: Tensor, track: ShapeTrack, order: int = 0):
        self.mask = masks_in_unit_range(mask).values.cpu()
        self.track = track
        self.order = order

    @property
    def moves(self) -> bool:
        """True when the shape moves noticeably in any frame."""
        return bool(np.abs(self.track.pose).max() > NOTICEABLE)

    def coverage(self, grid: Grid) -> Coverage:
        return Coverage(resample_image(self.mask, grid, False), resample_image(self.mask, grid, True))

    def coefficients(self, times: np.ndarray, aspect: float) -> Tensor:
        """The time factors [T,4]: the shift, and rotation and scale as a complex number minus 1."""
        dx, dy, growth, turn = self._at(self.track.pose, times).T
        size = np.exp(growth)
        columns = [dx, dy, size * np.cos(turn) - 1, size * np.sin(turn)]
        return torch.tensor(np.stack(columns, 1), dtype=torch.float32)

    def basis(self, points: Tensor, aspect: float) -> Tensor:
        """The space factors [4,2,P] for points [P,2] in units."""
        x, y = (points - points.new_tensor(self.track.pivot)).unbind(1)
        shift = torch.eye(2, device=points.device)[..., None].expand(2, 2, len(points))
        return torch.cat([shift, torch.stack([x, y, -y, x]).reshape(2, 2, -1)])

    def bends(self, aspect: float) -> bool:
        return False

    def bend(self, times: np.ndarray, points: Tensor, grid: Grid) -> Tensor:
        """Zero, as a similarity is fully separable into `coefficients` and `basis`."""
        return points.new_zeros(len(times), 2, len(points))

    def deforms(self, aspect: float) -> bool:
        return False

    def activity(self, grid: Grid) -> float:
        return float(self.moves)

    def visibility(self, times: np.ndarray, grid: Grid) -> Tensor | None:
        """Visibility [T,P]: 0 in frames whose mask was empty."""
        if self.track.visible.all():
            return None
        visible = (
            torch.from_numpy(self._at(self.track.visible[:, None].astype(float), times)).float().clamp(0, 1)
        )
        return visible.expand(-1, grid.height * grid.width)

    def update_digest(self, digest) -> None:
        for part in (self.mask.contiguous().numpy(), self.track.pose, self.track.visible, self.track.pivot):
            digest.update(np.ascontiguousarray(part).tobytes())

    def _at(self, values: np.ndarray, times: np.ndarray) -> np.ndarray:
        """Values [T,K] interpolated linearly at clip times; after time 1 the last step goes on."""
        return interpolate_in_time(torch.from_numpy(values), times).numpy()


def field_from_masks(masks: Tensor, track: ShapeTrack) -> MotionField:
    """The field in which the first of masks [T,H,W] moves by `track`; everything outside is unconstrained."""
    height, width = masks.shape[1:]
    return MotionField(len(masks), [TrackedLayer(masks[0], track)], aspect=width / height)
