"""Paths: centripetal Catmull-Rom curves through painted points, traversed at constant speed.

Coordinates are in *units*: the short side of the picture is 1, so that lengths and angles are those of the picture.
"""

from __future__ import annotations

import numpy as np

from .easing import final_speed, monotone_curve

SAMPLES_PER_SEGMENT = 64


class Curve:
    """A path as a function from eased progress (0..1) to position.

    The speed is constant unless `times` gives the progress at which each point is reached. Progress outside 0..1, from
    an easing that overshoots, continues the curve in a straight line.
    """

    def __init__(
        self, points: np.ndarray, corners: tuple[int, ...] = (), times: tuple[float, ...] | None = None
    ):
        points = np.asarray(points, dtype=np.float64)
        moved = np.linalg.norm(np.diff(points, axis=0), axis=1) > 1e-9
        index = np.concatenate([[0], np.cumsum(moved)])  # for each point, its index among the distinct ones
        distinct = points[np.concatenate([[True], moved])]
        self.samples = sampled_spline(distinct, {int(index[corner]) for corner in corners})
        lengths = np.linalg.norm(np.diff(self.samples, axis=0), axis=1)
        self.arc = np.concatenate([[0.0], np.cumsum(lengths)])
        self.length = float(self.arc[-1])
        self.schedule = None
        if times is not None and self.length > 0:
            self.schedule = (np.asarray(times), self.arc[index * SAMPLES_PER_SEGMENT] / self.length)

    @property
    def start(self) -> np.ndarray:
        """The position [2] at progress 0."""
        return self.samples[0]

    def position(self, progress: np.ndarray) -> np.ndarray:
        """Positions [n,2] in units at eased progress [n]."""
        if self.length == 0:
            return np.broadcast_to(self.samples[0], (len(progress), 2))
        if self.schedule is not None:
            schedule, beyond = self.schedule, np.maximum(progress - 1, 0)
            progress = monotone_curve(*schedule, np.clip(progress, 0, 1))
            if beyond.any():
                progress = progress + beyond * final_speed(lambda s: monotone_curve(*schedule, s))
        along = progress * self.length
        inside = np.stack([np.interp(along, self.arc, self.samples[:, axis]) for axis in (0, 1)], axis=1)
        before, after = np.minimum(along, 0)[:, None], np.maximum(along - self.length, 0)[:, None]
        return inside + before * direction(self.samples[:2]) + after * direction(self.samples[-2:])


def direction(pair: np.ndarray) -> np.ndarray:
    """Unit vector from the first of two points to the second."""
    step = pair[1] - pair[0]
    return step / max(float(np.linalg.norm(step)), 1e-12)


def sampled_spline(points: np.ndarray, corners: set[int]) -> np.ndarray:
    """Samples [(n-1)*64+1, 2] of the centripetal Catmull-Rom spline through points [n,2].

    Knots are spaced by the square root of the distance (Yuksel et al., "Parameterization and applications of
    Catmull-Rom curves", 2011), which never makes loops between points. At the ends and at corners the tangent is that
    of the straight line to the neighbour. Two points give a straight line.
    """
    count = len(points)
    if count == 1:
        return points
    knots = np.sqrt(np.linalg.norm(np.diff(points, axis=0), axis=1))[:, None]
    speed = np.diff(points, axis=0) / knots
    leaving, arriving = np.empty_like(points), np.empty_like(points)
    leaving[:-1], arriving[1:] = speed, speed
    if count > 2:
        # Derivative of the quadratic through three neighbours.
        smooth = speed[:-1] - (points[2:] - points[:-2]) / (knots[:-1] + knots[1:]) + speed[1:]
        for i in range(1, count - 1):
            if i not in corners:
                leaving[i] = arriving[i] = smooth[i - 1]
    u = (np.arange(SAMPLES_PER_SEGMENT) / SAMPLES_PER_SEGMENT)[None, :, None]
    p, q = points[:-1, None], points[1:, None]
    tangent_p, tangent_q = (leaving[:-1] * knots)[:, None], (arriving[1:] * knots)[:, None]
    segments = (
        p * (1 + 2 * u) * (1 - u) ** 2
        + q * u * u * (3 - 2 * u)
        + tangent_p * u * (1 - u) ** 2
        - tangent_q * u * u * (1 - u)
    )
    return np.concatenate([segments.reshape(-1, 2), points[-1:]])
