"""The object under a click: a region that is found in a picture from a few points, without a model.

How large the object is cannot be told from a point, so that the picture is cut by colour several times, each time within a
larger distance of the points, with GrabCut (Rother, Kolmogorov and Blake, "GrabCut: Interactive Foreground Extraction
using Iterated Graph Cuts", SIGGRAPH 2004). The cut that follows the picture's own edges best is taken: one that ends where
the search was bounded has not found the object's outline.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from torch import Tensor

from ..interruption import check_interruption
from .matte import blurred_bytes, foreground, without_specks

Point = tuple[float, float]
"""x and y in fractions of the picture, from its top left."""

SIDE = 224  # px: longer side of the copy of the picture in which objects are searched
MASK_SIDE = 512  # px: longer side of the copy of a mask that is outlined
MOST_POINTS = 2000
_REACH = (
    0.06,
    0.12,
    0.22,
    0.36,
    0.55,
)  # fractions of the short side: distances within which the object may lie
_CERTAIN = 0.015  # fraction of the short side: radius around a point that belongs to the object, or does not
_LIKELY = 0.6  # part of the reach within which the first colour model takes the object to be
_ITERATIONS = 4
_SMALLEST, _LARGEST = 0.0005, 0.75  # fractions of the picture that a found object may cover
_SPECK = 0.02  # fraction of the largest part of a mask: smaller parts are not outlined
_STRONG = 90  # percentile of the picture's colour gradient that counts as a full edge
_SIZE_BONUS = 0.08  # exponent: how much a larger object is preferred to one of its parts
_TOLERANCE = 0.5  # px of the reduced copy: how far an outline may be from the cut


@torch.no_grad()
def selected_object(
    picture: Tensor, added: Sequence[Point], removed: Sequence[Point] = ()
) -> list[list[Point]] | None:
    """The outlines of the object at the points `added` and not at `removed`; None where nothing stands out there.

    picture: [H,W,3] in 0..1. Each outline is a closed polygon; a hole of the object is not one of them. Equal arguments give
    equal outlines. It can be cancelled. Raises ValueError for another shape, for no point and for more than MOST_POINTS.
    """
    if picture.ndim != 3 or picture.shape[-1] != 3:
        raise ValueError(f"the picture has shape {list(picture.shape)}; it must be [H,W,3]")
    if not len(added) >= 1 or len(added) + len(removed) > MOST_POINTS:
        raise ValueError(
            f"there are {len(added)} points on the object and {len(removed)} beside it; there must be at least one on it, "
            f"and at most {MOST_POINTS} in all"
        )
    height, width = picture.shape[:2]
    scale = min(1.0, SIDE / max(height, width))
    size = max(8, round(width * scale)), max(8, round(height * scale))
    small = cv2.resize(picture.float().cpu().numpy(), size, interpolation=cv2.INTER_AREA)
    cut = _best_cut(blurred_bytes(small), added, removed)
    return None if cut is None else _outlines(cut)


@torch.no_grad()
def outlines_of_mask(mask: Tensor) -> list[list[Point]]:
    """The outlines of a mask [H,W] in 0..1 that another model has made, without parts that are specks; none if it is empty.

    Raises ValueError for another shape.
    """
    if mask.ndim != 2:
        raise ValueError(f"the mask has shape {list(mask.shape)}; it must be [H,W]")
    height, width = mask.shape
    scale = min(1.0, MASK_SIDE / max(height, width))
    size = max(8, round(width * scale)), max(8, round(height * scale))
    cut = (cv2.resize(mask.float().cpu().numpy(), size, interpolation=cv2.INTER_AREA) > 0.5).astype(np.uint8)
    _, labels, found, _ = cv2.connectedComponentsWithStats(cut)
    areas = found[1:, cv2.CC_STAT_AREA]
    if not len(areas):
        return []
    kept = np.flatnonzero(areas >= max(_SMALLEST * cut.size, _SPECK * areas.max())) + 1
    return _outlines(np.isin(labels, kept))


def _best_cut(pixels: np.ndarray, added: Sequence[Point], removed: Sequence[Point]) -> np.ndarray | None:
    """The cut [h,w] bool of a picture [h,w,3] (bytes) that follows its edges best."""
    shape = pixels.shape[:2]
    short = min(shape)
    certain = _discs(shape, added, _CERTAIN * short)
    outside = _discs(shape, removed, _CERTAIN * short) & ~certain
    edges = _edges(pixels)
    best, best_score, before = None, 0.0, None
    for reach in _REACH:
        check_interruption()
        near = _discs(shape, added, reach * short)
        labels = np.full(shape, cv2.GC_BGD, np.uint8)
        labels[near] = cv2.GC_PR_BGD
        labels[_discs(shape, added, _LIKELY * reach * short)] = cv2.GC_PR_FGD
        if before is not None:
            labels[before & near] = cv2.GC_PR_FGD
        labels[certain] = cv2.GC_FGD
        labels[outside] = cv2.GC_BGD
        chosen = foreground(pixels, labels, _ITERATIONS)
        if chosen is None:
            continue
        cut = without_specks(chosen, certain)
        if not _SMALLEST <= cut.mean() <= _LARGEST:
            continue
        score = _score(cut, near, edges)
        if score > best_score:
            best, best_score = cut, score
        before = cut
    return best


def _discs(shape: tuple[int, ...], points: Sequence[Point], radius: float) -> np.ndarray:
    """The pixels [h,w] bool within a radius of at least 2 px of any of the points."""
    mask = np.zeros(shape[:2], np.uint8)
    for x, y in points:
        at = int(x * (shape[1] - 1) + 0.5), int(y * (shape[0] - 1) + 0.5)
        cv2.circle(mask, at, max(2, round(radius)), 1, cv2.FILLED)
    return mask > 0


def _edges(pixels: np.ndarray) -> np.ndarray:
    """How much of an edge there is at each pixel [h,w], 0..1, by the gradient of CIELAB colours."""
    lab = cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB)
    steps = [cv2.Sobel(lab, cv2.CV_32F, *order, ksize=3) for order in ((1, 0), (0, 1))]
    gradient = np.sqrt(sum((step**2).sum(-1) for step in steps))
    strong = max(float(np.percentile(gradient, _STRONG)), 1e-6)
    return np.minimum(cv2.dilate(gradient, np.ones((3, 3), np.uint8)) / strong, 1)


def _score(cut: np.ndarray, near: np.ndarray, edges: np.ndarray) -> float:
    """How well a cut follows the picture's edges, less what of its outline is only the bound of the search."""
    outline = cut & ~(cv2.erode(cut.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)
    if not outline.any():
        return 0.0
    room = cv2.distanceTransform(near.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    bounded = float((room[outline] <= 2).mean())
    return float(edges[outline].mean()) * (1 - bounded) ** 2 * float(cut.mean()) ** _SIZE_BONUS


def _outlines(cut: np.ndarray) -> list[list[Point]]:
    """The outer outlines of a cut [h,w], in fractions of the picture, through the middle between its pixels and others."""
    height, width = cut.shape
    fine = cv2.resize(cut.astype(np.float32), (4 * width, 4 * height), interpolation=cv2.INTER_LINEAR) > 0.5
    found, _ = cv2.findContours(fine.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outlines = []
    for contour in found:
        points = cv2.approxPolyDP(contour, 4 * _TOLERANCE, True)[:, 0]
        if len(points) >= 3:
            outlines.append(
                [(float((x + 0.5) / (4 * width)), float((y + 0.5) / (4 * height))) for x, y in points]
            )
    return outlines
