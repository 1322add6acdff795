"""The structural similarity index of two pictures."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

_SIGMA, _WINDOW = 1.5, 11
_C1, _C2 = 0.01**2, 0.03**2


def ssim(a: Tensor, b: Tensor) -> float:
    """Mean structural similarity of two pictures [H,W,3] in 0..1, over the three channels.

    Source: Wang et al., "Image Quality Assessment: From Error Visibility to Structural Similarity", IEEE TIP 2004, equation
    13, with Gaussian windows of 11 pixels and sigma 1.5, complete windows only. Raises ValueError for smaller pictures.
    """
    if a.shape != b.shape or a.ndim != 3 or min(a.shape[:2]) < _WINDOW:
        raise ValueError(
            f"the pictures have the shapes {list(a.shape)} and {list(b.shape)}; needed is one size [H,W,3] of at least "
            f"{_WINDOW} px"
        )
    at = torch.arange(_WINDOW, dtype=torch.float64) - _WINDOW // 2
    bell = torch.exp(-at.square() / (2 * _SIGMA**2))
    bell = bell / bell.sum()

    def mean(x: Tensor) -> Tensor:
        return F.conv2d(F.conv2d(x, bell.view(1, 1, 1, -1)), bell.view(1, 1, -1, 1))

    x, y = (picture.permute(2, 0, 1)[:, None].double() for picture in (a, b))
    mx, my = mean(x), mean(y)
    vx, vy, covariance = mean(x * x) - mx * mx, mean(y * y) - my * my, mean(x * y) - mx * my
    index = ((2 * mx * my + _C1) * (2 * covariance + _C2)) / ((mx**2 + my**2 + _C1) * (vx + vy + _C2))
    return float(index.mean())
