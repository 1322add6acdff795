"""Moving least squares: a smooth deformation that moves several control points exactly and is as rigid as possible.

Schaefer, McPhail and Warren, "Image deformation using moving least squares" (SIGGRAPH 2006): section 2.2 (similarity)
and 2.3 (rigid). For fixed control points the similarity deformation is linear in their new positions, so its weights are
computed once for every point and all frames follow from one matrix product.
"""

from __future__ import annotations

import torch

NEARLY_ZERO = 1e-9


class MovingLeastSquares:
    """Deformation weights of `points` [P,2] for control points that start at `controls` [K,2]."""

    def __init__(self, points: torch.Tensor, controls: torch.Tensor, fit: str):
        self.fit = fit
        points, controls = points.double(), controls.double()
        offset = controls[None] - points[:, None]  # [P,K,2]
        weight = 1 / (offset.square().sum(-1) + NEARLY_ZERO)
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
