"""Moving least squares: a smooth deformation that moves several control points exactly and is as rigid as possible.

Schaefer, McPhail and Warren, "Image deformation using moving least squares" (SIGGRAPH 2006): section 2.2 (similarity)
and 2.3 (rigid). For fixed control points the similarity deformation is linear in their new positions, so its weights are
computed once for every point and all frames follow from one matrix product.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F

from ...interruption import check_interruption

NEARLY_ZERO = 1e-9
# With more control points than this, the deformation is computed on a lattice and interpolated, as the paper proposes
# in section 4.
MANY_CONTROLS = 64
# Points for each node of the lattice, and the fewest points for which a lattice is worth while.
_POINTS_PER_NODE, _FEWEST_POINTS = 16, 4096
_AT_ONCE = 1 << 22  # pairs of a point and a control point, to bound memory


def displacement_of_many(
    points: torch.Tensor,
    controls: torch.Tensor,
    moved: torch.Tensor,
    fit: str,
    stiffness: torch.Tensor | None = None,
) -> torch.Tensor:
    """Displacement [T,2,P] of `points` [P,2] when `controls` [K,2] go to `moved` [T,K,2], for any number of either.

    stiffness: [K], by which the weight of each control point is multiplied (default: 1).
    The result is exact for up to MANY_CONTROLS. For more it is interpolated between the nodes of a lattice, four times
    coarser than the points, and time and memory grow with points times controls over 16.
    """
    if len(controls) <= MANY_CONTROLS or len(points) < _FEWEST_POINTS:
        parts = points.split(max(1, _AT_ONCE // len(controls)))
        return _in_parts(parts, controls, moved, fit, stiffness)
    low, high = points.amin(0), points.amax(0)
    size = (high - low).clamp_min(1e-6)
    step = math.sqrt(float(size.prod()) * _POINTS_PER_NODE / len(points))
    columns, rows = (max(2, math.ceil(float(side) / step) + 1) for side in size)
    y, x = torch.meshgrid(torch.linspace(0, 1, rows), torch.linspace(0, 1, columns), indexing="ij")
    nodes = low + torch.stack([x, y], -1).reshape(-1, 2).to(points) * size
    parts = nodes.split(max(1, _AT_ONCE // len(controls)))
    lattice = _in_parts(parts, controls, moved, fit, stiffness)
    at = ((points - low) / size * 2 - 1)[None, None].float()
    return torch.cat(
        [
            F.grid_sample(frame.reshape(1, 2, rows, columns), at, align_corners=True)[0, :, 0][None]
            for frame in lattice
        ]
    )


def _in_parts(
    parts: Sequence[torch.Tensor],
    controls: torch.Tensor,
    moved: torch.Tensor,
    fit: str,
    stiffness: torch.Tensor | None,
) -> torch.Tensor:
    """The exact displacement [T,2,P] of points in parts [p,2]; it can be cancelled between them."""
    found = []
    for part in parts:
        check_interruption()
        found.append(MovingLeastSquares(part, controls, fit, stiffness).displacement(moved))
    return torch.cat(found, dim=2)


class MovingLeastSquares:
    """Deformation weights of `points` [P,2] for control points that start at `controls` [K,2], with their `stiffness` [K]."""

    def __init__(
        self, points: torch.Tensor, controls: torch.Tensor, fit: str, stiffness: torch.Tensor | None = None
    ):
        self.fit = fit
        points, controls = points.double(), controls.double()
        offset = controls[None] - points[:, None]  # [P,K,2]
        weight = 1 / (offset.square().sum(-1) + NEARLY_ZERO)
        if stiffness is not None:
            weight = weight * stiffness.to(weight)
        weight = weight / weight.sum(1, keepdim=True)  # [P,K]
        centre = weight @ controls
        arm = controls[None] - centre[:, None]  # [P,K,2]
        reach = points - centre  # [P,2]
        spread = (weight * arm.square().sum(-1)).sum(1, keepdim=True)
        usable = spread > NEARLY_ZERO  # when all controls coincide, the deformation is a translation
        scale = weight / torch.where(usable, spread, torch.ones_like(spread)) * usable
        # f(v) - q* = sum_k scale_k [cos_k, -sin_k; sin_k, cos_k] (q_k - q*), the similarity that rotates arm_k to reach
        cosine = scale * (arm * reach[:, None]).sum(-1)
        sine = scale * (arm[..., 0] * reach[:, None, 1] - arm[..., 1] * reach[:, None, 0])
        # sum_k scale_k arm_k = 0, so q* cancels and the formula needs only the q_k
        self.weight, self.cosine, self.sine = weight.float(), cosine.float(), sine.float()
        self.centre, self.reach, self.usable = centre.float(), reach.float(), usable[:, 0]

    def displacement(self, moved: torch.Tensor) -> torch.Tensor:
        """Displacement [T,2,P] in units when the controls are at `moved` [T,K,2]."""
        moved = moved.float()
        x, y = moved[..., 0], moved[..., 1]
        mean_x, mean_y = x @ self.weight.T, y @ self.weight.T
        rotated_x = x @ self.cosine.T - y @ self.sine.T
        rotated_y = x @ self.sine.T + y @ self.cosine.T
        if self.fit == "rigid":
            length = self.reach.norm(dim=-1)
            length_now = torch.hypot(rotated_x, rotated_y)
            factor = length / length_now.clamp_min(NEARLY_ZERO)
            rotated_x, rotated_y = rotated_x * factor, rotated_y * factor
            degenerate = (length_now <= NEARLY_ZERO) | ~self.usable
        else:
            degenerate = (~self.usable).expand_as(rotated_x)
        if degenerate.any():
            rotated_x = torch.where(degenerate, self.reach[:, 0], rotated_x)
            rotated_y = torch.where(degenerate, self.reach[:, 1], rotated_y)
        rest = self.centre + self.reach
        return torch.stack([mean_x + rotated_x - rest[:, 0], mean_y + rotated_y - rest[:, 1]], dim=1)
