"""Mattes: a roughly painted region is moved to the edges of the object that it covers.

The region is first cut out of the picture by colour with GrabCut (Rother, Kolmogorov and Blake, "GrabCut: Interactive
Foreground Extraction using Iterated Graph Cuts", SIGGRAPH 2004): far inside the painted region everything belongs to the
object, far outside nothing does, and in a band around its outline the colours decide. The hard edge then becomes a soft
one by a guided filter (He, Sun and Tang, "Guided Image Filtering", PAMI 2013, equations 11 to 16), which is computed at the
size of the cut and applied to the full picture (He and Sun, "Fast Guided Filter", 2015).
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor

from .recent import Recent, array_digest

REACH = 0.06  # fraction of the short side: how far from the painted outline an edge is searched
AREA = 320 * 320  # number of pixels to which the surroundings of a larger region are reduced
_INSIDE = (
    0.6  # fraction of the greatest distance from the outline; what lies deeper always belongs to the object
)
_ITERATIONS = 5
_RADIUS, _EPSILON = 4, 1e-4  # px of the reduced picture, and squared colour: of the guided filter
_SOFT = 4  # px of the reduced picture on each side of the cut in which the matte is soft
_TAIL = 0.1  # part of the filter's range at both ends that becomes 0 or 1
_SPECK = 0.005  # fraction of the object's area; smaller holes in the cut are closed
_STRANGE = 9.0  # distance in 8-bit CIELAB from which a colour is another one
_COMPARED = 1500  # colours around a place that are compared
_FLAT = 0.012  # mean colour step across the cut below which the picture has no edge there
_AGREEMENT = (
    0.35  # intersection over union with the painted region below which the cut has found something else
)
_CACHED = 24  # mattes; those of a 1080p picture take 8 MB each

_recent: Recent[Tensor | None] = Recent(_CACHED)
_NOTHING = torch.empty(0)


@torch.no_grad()
def snapped_matte(picture: Tensor, painted: Tensor) -> Tensor | None:
    """The soft matte [H,W] in 0..1 of the object that a region covers roughly; None where no such object is found.

    picture: [H,W,3] in 0..1. painted: [H,W] in 0..1, the region. An outline that is up to `REACH` away from the object's
    edge is moved to it. Equal arguments give equal bytes. Raises ValueError for other shapes.
    """
    if picture.ndim != 3 or picture.shape[-1] != 3 or painted.shape != picture.shape[:2]:
        raise ValueError(
            f"the picture has shape {list(picture.shape)} and the region {list(painted.shape)}; they must be [H,W,3] and [H,W]"
        )
    image = np.ascontiguousarray(picture.detach().float().cpu().numpy())
    solid = np.ascontiguousarray(painted.detach().cpu().numpy() > 0.5)
    key = array_digest(image, solid)
    found = _recent.get(key)
    if found is None:
        matte = _snapped(image, solid)
        found = _NOTHING if matte is None else torch.from_numpy(matte)
        _recent.put(key, found)
    return found if found.numel() else None


def _snapped(image: np.ndarray, solid: np.ndarray) -> np.ndarray | None:
    if solid.all() or not solid.any():
        return None
    reach = REACH * min(solid.shape)
    box = _box_around(solid, round(3 * reach) + 2)
    part, region = image[box], solid[box]
    scale = min(1.0, (AREA / region.size) ** 0.5)
    size = max(8, round(region.shape[1] * scale)), max(8, round(region.shape[0] * scale))
    small = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    rough = cv2.resize(region.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.5
    cut = _cut(small, rough, reach * scale)
    if cut is None:
        return None
    matte = np.zeros(solid.shape, np.float32)
    matte[box] = _softened(part, small, cut)
    return matte


def _box_around(solid: np.ndarray, margin: int) -> tuple[slice, slice]:
    """The rows and columns of the set pixels and a margin around them, inside the array."""
    found = (np.flatnonzero(solid.any(axis)) for axis in (1, 0))
    rows, columns = (slice(max(0, int(at[0]) - margin), int(at[-1]) + margin + 1) for at in found)
    return rows, columns


def _cut(image: np.ndarray, rough: np.ndarray, reach: float) -> np.ndarray | None:
    """The object [h,w] bool at a rough region of a picture [h,w,3]; None where none can be told from its surroundings."""
    inside = cv2.distanceTransform(rough.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    outside = cv2.distanceTransform((~rough).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    if not rough.any() or not (outside > reach).any():
        return None
    labels = np.full(rough.shape, cv2.GC_BGD, np.uint8)
    labels[outside <= reach] = cv2.GC_PR_BGD
    labels[rough] = cv2.GC_PR_FGD
    certain = inside > min(2 * reach, _INSIDE * float(inside.max()))
    labels[certain] = cv2.GC_FGD
    pixels = blurred_bytes(image)
    chosen = foreground(pixels, labels, _ITERATIONS)
    if chosen is None:
        return None
    strange = _strangeness(pixels, rough, outside, round(2 * reach))
    cut = _with_other_parts(without_specks(chosen, certain), chosen, rough, strange)
    agreement = (cut & rough).sum() / max(1, (cut | rough).sum())
    return cut if agreement >= _AGREEMENT and _step_across(image, cut) >= _FLAT else None


def _strangeness(pixels: np.ndarray, rough: np.ndarray, outside: np.ndarray, side: int) -> np.ndarray:
    """For each painted pixel [h,w], how far its colour is from any colour around the region; 0 elsewhere.

    pixels: [h,w,3] uint8. outside: [h,w], the distance to the region. side: px in which colours are compared. The unit is that
    of 8-bit CIELAB.
    """
    colours = cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB).astype(np.float32)
    side, found = max(8, side), np.zeros(rough.shape, np.float32)
    for top in range(0, rough.shape[0], side):
        for left in range(0, rough.shape[1], side):
            tile = slice(top, top + side), slice(left, left + side)
            around = tuple(slice(max(0, at - side), at + 2 * side) for at in (top, left))
            wanted, known = colours[tile][rough[tile]], colours[around][outside[around] > 1]
            if len(wanted) and len(known):
                known = torch.from_numpy(known[:: max(1, len(known) // _COMPARED)])
                found[tile][rough[tile]] = torch.cdist(torch.from_numpy(wanted), known).amin(1).numpy()
    return found


def _with_other_parts(
    cut: np.ndarray, chosen: np.ndarray, rough: np.ndarray, strange: np.ndarray
) -> np.ndarray:
    """A cut with the other parts of the object that were painted, such as the basket of a balloon.

    They lie apart in the pixels that GrabCut has `chosen`, or are too different from the rest of the object to be chosen, but
    their colours are nowhere around the region: they are `strange`. So are the thin things that hold such a part.
    """
    kernel = np.ones((5, 5), np.uint8)
    # Pixels at the very edge of the cut are blends of both sides, and so unlike either.
    free = rough & (cv2.dilate(cut.astype(np.uint8), kernel) == 0)
    candidates = free & (chosen | (strange > _STRANGE / 2))
    candidates = cv2.morphologyEx(candidates.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    found: Any = cv2.connectedComponentsWithStats(candidates)
    count, pieces, sizes, _ = found
    parts = np.zeros_like(cut)
    for number in range(1, count):
        if sizes[number, cv2.CC_STAT_AREA] >= _SPECK * cut.sum():
            piece = pieces == number
            if np.median(strange[piece]) > _STRANGE:
                parts |= piece
    if not parts.any():
        return cut
    # The edges of the parts, and what leads from them to the rest.
    near = cv2.dilate(parts.astype(np.uint8), kernel) > 0
    parts |= near & chosen
    thin = rough & ~cut & ~parts & (strange > _STRANGE / 3)
    count, pieces = cv2.connectedComponents(thin.astype(np.uint8), connectivity=8)
    from_cut, from_parts = (
        np.unique(pieces[cv2.dilate(one.astype(np.uint8), kernel) > 0]) for one in (cut, parts)
    )
    links = np.intersect1d(from_cut, from_parts)
    return cut | parts | np.isin(pieces, links[links > 0])


def blurred_bytes(image: np.ndarray) -> np.ndarray:
    """A picture [h,w,3] in 0..1 as bytes, slightly blurred, so that its grain does not lead `foreground`."""
    return (cv2.GaussianBlur(image, (0, 0), 0.6) * 255).round().clip(0, 255).astype(np.uint8)


def foreground(pixels: np.ndarray, labels: np.ndarray, iterations: int) -> np.ndarray | None:
    """The object [h,w] bool that GrabCut cuts out of a picture [h,w,3] (bytes); None where it finds no colour models.

    labels: [h,w], what is known of each pixel, in OpenCV's numbers; they are changed.
    """
    cv2.setRNGSeed(0)  # GrabCut starts its colour models at random
    models = np.zeros((1, 65)), np.zeros((1, 65))
    try:
        cv2.grabCut(pixels, labels, (0, 0, 0, 0), *models, iterations, cv2.GC_INIT_WITH_MASK)
    except cv2.error:  # there are too few pixels for the colour models
        return None
    return (labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)


def without_specks(cut: np.ndarray, certain: np.ndarray) -> np.ndarray:
    """A cut without the pieces that lie apart from what certainly belongs to the object, and without small holes."""
    _, pieces = cv2.connectedComponents(cut.astype(np.uint8))
    kept = np.isin(pieces, np.unique(pieces[cut & certain])) & cut
    count, holes, sizes, _ = cv2.connectedComponentsWithStats((~kept).astype(np.uint8))
    small = [number for number in range(1, count) if sizes[number, cv2.CC_STAT_AREA] < _SPECK * kept.sum()]
    return kept | np.isin(holes, small)


def _step_across(image: np.ndarray, cut: np.ndarray) -> float:
    """The mean difference of colour between pixels two apart on both sides of the outline of a cut."""
    steps = []
    for axis in (0, 1):
        first, second = (np.take(cut, range(start, cut.shape[axis] - 2 + start), axis) for start in (0, 2))
        apart = np.take(image, range(2, cut.shape[axis]), axis) - np.take(
            image, range(cut.shape[axis] - 2), axis
        )
        steps.append(np.abs(apart).mean(-1)[first != second])
    values = np.concatenate(steps)
    return float(values.mean()) if len(values) else 0.0


def _softened(image: np.ndarray, small: np.ndarray, cut: np.ndarray) -> np.ndarray:
    """The matte [H,W] of a picture [H,W,3] from the cut [h,w] of its reduced copy [h,w,3]."""
    size = image.shape[1::-1]
    slope, offset = _guided(small, cut.astype(np.float32))
    values = (cv2.resize(slope, size) * image).sum(-1) + cv2.resize(offset, size)
    values = ((values - _TAIL) / (1 - 2 * _TAIL)).clip(0, 1)
    # Away from the cut the filter would only repeat the picture's texture.
    away = cv2.distanceTransform(cut.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    away = away - cv2.distanceTransform((~cut).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    away = cv2.resize(away, size)
    return np.where(np.abs(away) <= _SOFT, values, away > 0).astype(np.float32)


def _guided(guide: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The guided filter's linear model of values [h,w] in a guide [h,w,3]: slopes [h,w,3] and offsets [h,w]."""
    pairs = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))
    mean, mean_values = _box_mean(guide), _box_mean(values)
    shared = _box_mean(guide * values[..., None]) - mean * mean_values[..., None]
    covariance = np.empty((*values.shape, 3, 3), np.float32)
    for i, j in pairs:
        product = _box_mean(guide[..., i] * guide[..., j]) - mean[..., i] * mean[..., j]
        covariance[..., i, j] = covariance[..., j, i] = product
    covariance += _EPSILON * np.eye(3, dtype=np.float32)
    slope = np.linalg.solve(covariance, shared[..., None])[..., 0]
    offset = mean_values - (slope * mean).sum(-1)
    return _box_mean(slope), _box_mean(offset)


def _box_mean(values: np.ndarray) -> np.ndarray:
    side = 2 * _RADIUS + 1
    return cv2.blur(values, (side, side), borderType=cv2.BORDER_REFLECT)
