"""Outlines with fewer points: those of tablets and lassos have many more than a grid can show."""

from __future__ import annotations

import numpy as np


def outline_indices(points: np.ndarray, tolerance: float) -> np.ndarray:
    """Indices [k], rising, of the points [n,d] whose polyline stays within `tolerance` of all points.

    Douglas and Peucker, "Algorithms for the reduction of the number of points required to represent a digitized line"
    (1973): the point farthest from the chord is kept, and both parts are treated in the same way. All parts of a level
    are treated together, so the time grows with n times the number of levels.
    """
    count = len(points)
    points = np.asarray(points, dtype=np.float64)
    kept = np.zeros(count, dtype=bool)
    kept[[0, count - 1]] = True
    active = np.ones(count, dtype=bool)  # points of parts that may still have to be divided
    while True:
        ends = np.flatnonzero(kept)
        part = np.searchsorted(ends, np.arange(count), side="right") - 1
        part[-1] = len(ends) - 2
        start, stop = points[ends[part]], points[ends[part + 1]]
        along = stop - start
        length = (along**2).sum(1)
        share = ((points - start) * along).sum(1) / np.where(length > 0, length, 1)
        nearest = start + np.clip(share, 0, 1)[:, None] * along
        distance = np.sqrt(((points - nearest) ** 2).sum(1))
        distance[kept | ~active] = 0
        farthest = np.maximum.reduceat(distance, ends[:-1])
        divided = farthest > tolerance
        if not divided.any():
            return ends
        active &= divided[part]
        chosen = np.flatnonzero((distance == farthest[part]) & divided[part] & active & ~kept)
        first = np.unique(part[chosen], return_index=True)[1]
        kept[chosen[first]] = True
