"""Hole filling: pixels that nothing lands on take smooth colours from their surroundings.

Pull-push (Gortler et al., "The Lumigraph", SIGGRAPH 1996, section 3.4.2): average the known pixels down a pyramid,
then go back up; each level shows where the next finer one has no known pixel.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

# Where the mean source weight around a hole is below this, all known pixels contribute alike.
_FEW_SOURCES = 0.1


@torch.no_grad()
def pull_push(image: Tensor, coverage: Tensor, source: Tensor | None = None) -> Tensor:
    """Fill the uncovered part of `image` smoothly from its surroundings.

    image: [B,C,H,W]. coverage: [B,H,W] in 0..1, how much of each pixel is known; pixels of coverage 1 do not change.
    source: [B,H,W] in 0..1, how much each known pixel contributes to holes (default: 1 everywhere). A small weight for
    the foreground fills the holes behind it from the background.
    Returns [B,C,H,W]; zeros when no pixel is known. Raises ValueError for sizes that do not match and for NaN.
    """
    if image.ndim != 4 or coverage.shape != image[:, 0].shape:
        raise ValueError(
            f"pull_push needs an image [B,C,H,W] and a coverage [B,H,W], got {list(image.shape)}"
            f" and {list(coverage.shape)}."
        )
    if source is not None and source.shape != coverage.shape:
        raise ValueError(
            f"The source weights of pull_push are {list(source.shape)}, but its coverage is {list(coverage.shape)};"
            " both must be [B,H,W] of the image."
        )
    if not bool(torch.isfinite(coverage.sum())):
        raise ValueError("The coverage of pull_push contains NaN or infinite values; it must be from 0 to 1.")
    known = coverage.unsqueeze(1).to(image.dtype).clamp(0, 1)
    if bool((known >= 1).all()):
        return image.clone()
    if source is None:
        return torch.lerp(_smooth_fill(image, known), image, known)
    source_weight = source.unsqueeze(1).to(image.dtype).clamp(0, 1)
    near = _smooth_fill(torch.cat([image, source_weight], 1), known)
    # Where hardly any neighbour is a source, fill from all known neighbours instead.
    has_sources = (near[:, -1:] / _FEW_SOURCES).clamp(0, 1)
    surroundings = torch.lerp(near[:, :-1], _smooth_fill(image, known, source_weight), has_sources)
    return torch.lerp(surroundings, image, known)


def _smooth_fill(image: Tensor, known: Tensor, source_weight: Tensor | None = None) -> Tensor:
    """The image where pixels are known and have weight, and the pyramid's coarser levels elsewhere, [B,C,H,W]."""
    source_weight = torch.ones_like(known) if source_weight is None else source_weight
    levels = []
    while max(image.shape[-2:]) > 1:
        levels.append((image, known * source_weight))
        image, known, source_weight = _pull(image, known, source_weight)
    filled = image * (known > 0)
    for fine, weight in reversed(levels):
        up = F.interpolate(filled, size=fine.shape[-2:], mode="bilinear", align_corners=False)
        filled = torch.lerp(up, fine, weight)
    return filled


def _pull(image: Tensor, known: Tensor, source_weight: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The next coarser level: weighted means of 2x2 pixels.

    Coverage adds up and saturates at 1. The source weight is a mean over the known pixels, so that pixels of small
    weight keep a small weight on every level.
    """
    window = {"kernel_size": 2, "ceil_mode": True, "count_include_pad": False}
    weight = known * source_weight
    mean_known, mean_weight = F.avg_pool2d(known, **window), F.avg_pool2d(weight, **window)
    mean = F.avg_pool2d(image * weight, **window) / mean_weight.clamp_min(1e-12)
    return mean, (4 * mean_known).clamp(0, 1), mean_weight / mean_known.clamp_min(1e-12)
