"""Filling holes: what nothing lands on takes the colours around it.

Pull-push (Gortler et al., "The Lumigraph", SIGGRAPH 1996, section 3.4.2): average the known pixels down a pyramid,
then come back up and let each level show where the finer one knows nothing.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

# Below this mean willingness to lend, a hole is filled from all its surroundings alike.
_FEW_LENDERS = 0.1


@torch.no_grad()
def pull_push(image: Tensor, coverage: Tensor, source: Tensor | None = None) -> Tensor:
    """Fill the uncovered part of `image` smoothly from its surroundings.

    image: [B,C,H,W]. coverage: [B,H,W] in 0..1, how much of each pixel is known; covered pixels stay as they are.
    source: [B,H,W] in 0..1, how much each known pixel may lend to holes (default: all of it). Give what is in front
    a small weight and the hole behind it is filled from the background.
    Returns [B,C,H,W]. An image without any known pixel comes back as zeros. Raises ValueError on sizes or NaN.
    """
    if image.ndim != 4 or coverage.shape != image[:, 0].shape:
        raise ValueError(
            f"pull_push needs an image [B,C,H,W] and a coverage [B,H,W], got {list(image.shape)}"
            f" and {list(coverage.shape)}."
        )
    if source is not None and source.shape != coverage.shape:
        raise ValueError(
            f"The source weights {list(source.shape)} differ from coverage {list(coverage.shape)}."
        )
    if not bool(torch.isfinite(coverage.sum())):
        raise ValueError("The coverage of pull_push holds NaN or infinite values.")
    known = coverage.unsqueeze(1).to(image.dtype).clamp(0, 1)
    if bool((known >= 1).all()):
        return image.clone()
    if source is None:
        return torch.lerp(_smooth_fill(image, known), image, known)
    lends = source.unsqueeze(1).to(image.dtype).clamp(0, 1)
    near = _smooth_fill(torch.cat([image, lends], 1), known)
    # Where hardly anything around may lend, what is there must do.
    has_lender = (near[:, -1:] / _FEW_LENDERS).clamp(0, 1)
    surroundings = torch.lerp(near[:, :-1], _smooth_fill(image, known, lends), has_lender)
    return torch.lerp(surroundings, image, known)


def _smooth_fill(image: Tensor, known: Tensor, lends: Tensor | None = None) -> Tensor:
    """The pyramid's picture of everything: exact where pixels are known and lend, from coarser levels elsewhere."""
    lends = torch.ones_like(known) if lends is None else lends
    levels = []
    while max(image.shape[-2:]) > 1:
        levels.append((image, known * lends))
        image, known, lends = _pull(image, known, lends)
    filled = image * (known > 0)
    for fine, weight in reversed(levels):
        up = F.interpolate(filled, size=fine.shape[-2:], mode="bilinear", align_corners=False)
        filled = torch.lerp(up, fine, weight)
    return filled


def _pull(image: Tensor, known: Tensor, lends: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Half the size: weighted mean of 2x2 pixels. What is known adds up until it saturates at 1; what may be lent
    is a mean over the known pixels, so that a pixel which lends little does not grow into a lender."""
    window = {"kernel_size": 2, "ceil_mode": True, "count_include_pad": False}
    weight = known * lends
    mean_known, mean_weight = F.avg_pool2d(known, **window), F.avg_pool2d(weight, **window)
    mean = F.avg_pool2d(image * weight, **window) / mean_weight.clamp_min(1e-12)
    return mean, (4 * mean_known).clamp(0, 1), mean_weight / mean_known.clamp_min(1e-12)
