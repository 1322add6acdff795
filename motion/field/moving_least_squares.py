"""Moving least squares: a smooth deformation that carries several points exactly, as rigidly as they allow.

Schaefer, McPhail and Warren, "Image deformation using moving least squares" (SIGGRAPH 2006): section 2.2 (similarity)
and 2.3 (rigid). For fixed starting points the similarity deformation is linear in where the points go, so its weights
at every place are computed once and all frames follow by one matrix product.
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
        usable = spread > NEARLY_ZERO  # all controls in one place: no turning, only translation
        scale = weight / torch.where(usable, spread, torch.ones_like(spread)) * usable
        # f(v) - q* = sum_k scale_k [cos_k, -sin_k; sin_k, cos_k] (q_k - q*), the similarity that turns arm_k to reach
        cosine = scale * (arm * reach[:, None]).sum(-1)
        sine = scale * (arm[..., 0] * reach[:, None, 1] - arm[..., 1] * reach[:, None, 0])
        # sum_k scale_k arm_k = 0, so q* drops out and the q_k can be used as they are
        self.weight, self.cosine, self.sine = weight.float(), cosine.float(), sine.float()
        self.centre, self.reach, self.usable = centre.float(), reach.float(), usable[:, 0]

    def displacement(self, moved: torch.Tensor) -> torch.Tensor:
        """Displacement [T,2,P] when the controls have gone to `moved` [T,K,2]."""
        moved = moved.float()
        x, y = moved[..., 0], moved[..., 1]
        mean_x, mean_y = x @ self.weight.T, y @ self.weight.T
        turned_x = x @ self.cosine.T - y @ self.sine.T
        turned_y = x @ self.sine.T + y @ self.cosine.T
        if self.fit == "rigid":
            length = self.reach.norm(dim=-1)
            stretch = torch.hypot(turned_x, turned_y)
            factor = length / stretch.clamp_min(NEARLY_ZERO)
            turned_x, turned_y = turned_x * factor, turned_y * factor
            lost = (stretch <= NEARLY_ZERO) | ~self.usable
        else:
            lost = (~self.usable).expand_as(turned_x)
        if lost.any():
            turned_x = torch.where(lost, self.reach[:, 0], turned_x)
            turned_y = torch.where(lost, self.reach[:, 1], turned_y)
        home = self.centre + self.reach
        return torch.stack([mean_x + turned_x - home[:, 0], mean_y + turned_y - home[:, 1]], dim=1)
