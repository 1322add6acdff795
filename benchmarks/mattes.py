"""Mattes of roughly painted objects, beside their true alpha: mean absolute error before and after snapping.

Each scene is an object of a procedural shape and texture in front of another texture, with an anti-aliased edge. What is
painted lies 5 or 10 px off its edge, in turn: too large, too small, or shifted as a whole. In the rows `matte_parts`, the object
has a second part of another texture that hangs on it by thin stems, like the basket of a balloon, and is painted too large; `kept`
is the share of that part, stems included, that the matte holds.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

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


def scene_of_parts(seed: int, size: int = SIZE) -> tuple[Tensor, Tensor, Tensor]:
    """A picture as from `matte_scene` of a disc with a box on two stems, the alpha [H,W] of all, and that of box and stems."""
    behind, front, other = (
        pictures_of_seeds(Draws([seed + first]), size)[0] for first in (29000, 39000, 49000)
    )
    random = np.random.default_rng(seed)
    at = (torch.arange(size * _FINE) + 0.5) / (size * _FINE) * 2 - 1
    y, x = torch.meshgrid(at, at, indexing="ij")
    angle, radius = random.uniform(0, 2 * np.pi), random.uniform(0.3, 0.4)
    u, v = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle) + 0.25
    half, gap = random.uniform(0.07, 0.12), random.uniform(0.08, 0.14)
    disc = u.square() + v.square() < radius**2
    box = (u.abs() < half) & ((v - radius - gap - half).abs() < half)
    stems = ((u.abs() - 0.8 * half).abs() < 0.012) & (v > 0) & (v < radius + gap + half) & ~disc
    alphas = []
    for inside in (disc, box | stems):
        smooth = cv2.GaussianBlur(inside.float().numpy(), (0, 0), 0.8 * _FINE)
        alphas.append(torch.from_numpy(cv2.resize(smooth, (size, size), interpolation=cv2.INTER_AREA)))
    picture = torch.lerp(torch.lerp(behind, other, alphas[1]), front, alphas[0])
    return picture.permute(1, 2, 0).contiguous(), (alphas[0] + alphas[1]).clamp(0, 1), alphas[1]


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
    """One row for each distance of the painted outline from the true one, of whole objects and of those with a second part."""
    for off in (5, 10):
        found = [_snapped(*matte_scene(seed), off, seed) for seed in range(count)]
        yield {"name": f"matte_{off}px", **_figures(found)}
    for off in (5, 10):
        found, kept = [], []
        for seed in range(0, 3 * count, 3):
            picture, alpha, part = scene_of_parts(seed)
            found.append(_snapped(picture, alpha, off, seed))
            kept.append(float((found[-1].matte * part).sum() / part.sum()))
        yield {
            "name": f"matte_parts_{off}px",
            **_figures(found),
            "kept": round(statistics.fmean(kept), 3),
            "least_kept": round(min(kept), 3),
        }


class _Snapped(NamedTuple):
    """The matte [H,W] of a roughly painted object, whether an object was found, both errors, and the seconds that it took."""

    matte: Tensor
    found: bool
    painted: float
    snapped: float
    seconds: float


def _snapped(picture: Tensor, alpha: Tensor, off: int, seed: int) -> _Snapped:
    region = painted_roughly(alpha, off, seed)
    start = time.perf_counter()
    matte = snapped_matte(picture, region)
    seconds = time.perf_counter() - start
    shown = region if matte is None else matte
    before, after = (float((each - alpha).abs().mean()) for each in (region, shown))
    return _Snapped(shown, matte is not None, before, after, seconds)


def _figures(found: list[_Snapped]) -> dict[str, Any]:
    return {
        "scenes": len(found),
        "found": sum(each.found for each in found),
        "painted": round(statistics.fmean(each.painted for each in found), 4),
        "snapped": round(statistics.fmean(each.snapped for each in found), 4),
        "seconds": round(statistics.median(each.seconds for each in found), 3),
    }
