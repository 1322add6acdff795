"""Mattes of roughly painted objects, beside their true alpha: mean absolute error before and after snapping.

Each scene is an object of a procedural shape and texture in front of another texture, with an anti-aliased edge. What is
painted lies 5 or 10 px off its edge, in turn: too large, too small, or shifted as a whole.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor

from ..rendering.matte import snapped_matte
from ..synthetic.draws import Draws
from ..synthetic.outlines import NUMBERS, SHAPES, depth
from ..synthetic.textures import pictures_of_seeds

SIZE = 256  # px, sides of the scenes
_FINE = 4  # samples across a pixel, for the alpha of an edge
_SHAPES = [
    SHAPES.index(name) for name in ("circle", "square", "star", "blob", "cross", "heart", "moon", "leaf")
]


def matte_scene(seed: int, size: int = SIZE) -> tuple[Tensor, Tensor]:
    """A picture [H,W,3] in 0..1 of an object over a background, and the object's alpha [H,W]."""
    behind, front = (pictures_of_seeds(Draws([seed + first]), size)[0] for first in (9000, 19000))
    random = np.random.default_rng(seed)
    at = (torch.arange(size * _FINE) + 0.5) / (size * _FINE) * 2 - 1
    y, x = torch.meshgrid(at, at, indexing="ij")
    radius, angle = random.uniform(0.35, 0.55), random.uniform(0, 2 * np.pi)
    left, top = random.uniform(-0.3, 0.3, 2)
    u = ((x - left) * np.cos(angle) + (y - top) * np.sin(angle)) / radius
    v = ((y - top) * np.cos(angle) - (x - left) * np.sin(angle)) / radius
    own = torch.from_numpy(random.uniform(-1, 1, (1, NUMBERS))).float()
    inside = depth(u[None].float(), v[None].float(), [_SHAPES[seed % len(_SHAPES)]], own)[0] > 0
    smooth = cv2.GaussianBlur(inside.float().numpy(), (0, 0), 0.8 * _FINE)
    alpha = torch.from_numpy(cv2.resize(smooth, (size, size), interpolation=cv2.INTER_AREA))
    return torch.lerp(behind, front, alpha).permute(1, 2, 0).contiguous(), alpha


def painted_roughly(alpha: Tensor, off: int, seed: int) -> Tensor:
    """A region [H,W] of 0 and 1 whose outline is `off` px from that of an object: outside, inside, or shifted."""
    solid = alpha.numpy() > 0.5
    away = cv2.distanceTransform((~solid).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    away -= cv2.distanceTransform(solid.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    region = away <= off
    if seed % 3 == 1 and (away <= -off).sum() > 0.2 * solid.sum():
        region = away <= -off
    elif seed % 3 == 2:
        angle = np.random.default_rng(seed).uniform(0, 2 * np.pi)
        region = np.roll(solid, (round(off * np.sin(angle)), round(off * np.cos(angle))), (0, 1))
    return torch.from_numpy(region).float()


def matte_rows(count: int) -> Iterator[dict[str, Any]]:
    """One row for each distance of the painted outline from the true one."""
    for off in (5, 10):
        painted, snapped, seconds, found = [], [], [], 0
        for seed in range(count):
            picture, alpha = matte_scene(seed)
            region = painted_roughly(alpha, off, seed)
            start = time.perf_counter()
            matte = snapped_matte(picture, region)
            seconds.append(time.perf_counter() - start)
            found += matte is not None
            painted.append(float((region - alpha).abs().mean()))
            snapped.append(float(((region if matte is None else matte) - alpha).abs().mean()))
        yield {
            "name": f"matte_{off}px",
            "scenes": count,
            "found": found,
            "painted": round(statistics.fmean(painted), 4),
            "snapped": round(statistics.fmean(snapped), 4),
            "seconds": round(statistics.median(seconds), 3),
        }
