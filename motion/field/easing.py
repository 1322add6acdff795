"""Timing: the progress of a motion at any time of the clip, and its easing.

All functions take and return float64 arrays and can be evaluated at any time, not only at whole frames.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

NAMED: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "linear": lambda s: s,
    "ease_in": lambda s: s * s,
    "ease_out": lambda s: s * (2 - s),
    "ease_in_out": lambda s: s * s * (3 - 2 * s),
}

_STEP = 1e-3  # of 0..1, over which the speed at the end is measured


def progress(times: np.ndarray, start: float, end: float, loop: str) -> np.ndarray:
    """Progress in 0..1 of a motion that runs from `start` to `end`, at clip times 0..1.

    Before `start` the progress is 0. After `end` it depends on `loop`: with `none` it stays at 1, with `repeat` it
    starts again at 0, with `pingpong` it runs back and forth. At the end of each round of `repeat` the progress is 1,
    so that the last frame of the clip shows the end of the motion.
    """
    rounds = np.maximum((times - start) / (end - start), 0.0)
    if loop == "repeat":
        return np.where(rounds > 0, rounds - np.ceil(rounds - 1e-9) + 1, 0.0).clip(0, 1)
    if loop == "pingpong":
        return 1 - np.abs(1 - rounds % 2)
    return np.minimum(rounds, 1.0)


def seamless_progress(times: np.ndarray, start: float, end: float, loop: str) -> np.ndarray:
    """Progress in 0..1 of a motion in a seamless loop: it is 0 at clip time 0 and at clip time 1.

    With `none` the motion goes to its end and back like a pendulum, (1 - cos 2 pi s) / 2 of the span from `start` to `end`.
    `repeat` and `pingpong` fill the time after `start` with the whole number of rounds nearest to what their span asks for.
    """
    if loop == "none":
        return (1 - np.cos(2 * np.pi * np.clip((times - start) / (end - start), 0, 1))) / 2
    rounds = whole_rounds((1 - start) / (end - start) / (2 if loop == "pingpong" else 1))
    at = np.clip((times - start) / (1 - start), 0, 1) * rounds
    at = np.where(np.abs(at - np.round(at)) < 1e-9, np.round(at), at)
    return at % 1 if loop == "repeat" else 1 - np.abs(1 - 2 * at % 2)


def whole_rounds(wanted: float) -> int:
    """The whole number, at least 1, that is nearest to a wanted number of rounds."""
    return max(1, int(wanted + 0.5))


def smooth_share(share: np.ndarray) -> np.ndarray:
    """3s^2 - 2s^3 of a share, clamped to 0..1."""
    s = np.clip(share, 0, 1)
    return s * s * (3 - 2 * s)


def ease(kind: str | tuple, s: np.ndarray) -> np.ndarray:
    """Eased progress of s in 0..1: a named easing, a CSS Bezier (x1, y1, x2, y2), or a curve of (time, value) points.

    ease_in is s^2, ease_out 1-(1-s)^2, and ease_in_out 3s^2-2s^3.
    """
    if isinstance(kind, str):
        return NAMED[kind](s)
    if isinstance(kind[0], tuple):
        times, values = np.asarray(kind, dtype=np.float64).T
        return monotone_curve(times, values, s)
    x1, y1, x2, y2 = kind
    return cubic_bezier(x1, y1, x2, y2, s)


def final_speed(curve: Callable[[np.ndarray], np.ndarray]) -> float:
    """The slope at 1 of a function of 0..1, from the left."""
    before, end = curve(np.array([1 - _STEP, 1.0]))
    return float(end - before) / _STEP


def cubic_bezier(x1: float, y1: float, x2: float, y2: float, s: np.ndarray) -> np.ndarray:
    """CSS cubic-bezier timing: the y of the curve from (0,0) to (1,1) at the point where x is s, by bisection."""

    def along(a: float, b: float, u: np.ndarray) -> np.ndarray:
        return u * (3 * a * (1 - u) ** 2 + u * (3 * b * (1 - u) + u))

    low, high = np.zeros_like(s), np.ones_like(s)
    for _ in range(40):
        middle = (low + high) / 2
        below = along(x1, x2, middle) < s
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.where(s <= 0, 0.0, np.where(s >= 1, 1.0, along(y1, y2, (low + high) / 2)))


def monotone_curve(times: np.ndarray, values: np.ndarray, s: np.ndarray) -> np.ndarray:
    """Monotone cubic interpolation of (times, values) at s: no overshoot between points, flat between equal values.

    Fritsch and Carlson, "Monotone piecewise cubic interpolation" (1980), with Butland's harmonic-mean slopes.
    """
    steps = np.diff(times)
    secants = np.diff(values) / steps
    slopes = np.zeros_like(values)
    slopes[0], slopes[-1] = secants[0], secants[-1]
    left, right = secants[:-1], secants[1:]
    same_sign = left * right > 0
    w1, w2 = 2 * steps[1:] + steps[:-1], steps[1:] + 2 * steps[:-1]
    denominator = np.where(same_sign, w1 * right + w2 * left, 1.0)
    slopes[1:-1] = np.where(same_sign, (w1 + w2) * left * right / denominator, 0.0)
    i = np.clip(np.searchsorted(times, s, side="right") - 1, 0, len(steps) - 1)
    h = steps[i]
    u = np.clip((s - times[i]) / h, 0, 1)
    return (
        values[i] * (1 + 2 * u) * (1 - u) ** 2
        + values[i + 1] * u * u * (3 - 2 * u)
        + h * u * (1 - u) * (slopes[i] * (1 - u) - slopes[i + 1] * u)
    )
