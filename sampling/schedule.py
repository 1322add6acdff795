"""Noise-level schedules for rectified flow, where x_sigma = (1 - sigma) x0 + sigma noise and sigma runs from 1 to 0."""

import math
from itertools import pairwise

import torch
from torch import Tensor

_RHO = 7.0  # Karras et al. 2022 (arXiv 2206.00364), Table 1
_SMALLEST = 0.002  # the last noise level above zero of the schedules that are infinite at zero


def _linear(u: Tensor) -> Tensor:
    return 1.0 - u


def _cosine(u: Tensor) -> Tensor:
    """Short steps at both ends, long ones in the middle."""
    return 0.5 * (1.0 + torch.cos(math.pi * u))


def _karras(u: Tensor) -> Tensor:
    """Steps that shorten towards zero (arXiv 2206.00364, Eq. 5, rho = 7), then zero itself."""
    smallest = _SMALLEST ** (1.0 / _RHO)
    return _then_zero((1.0 + _stretched(u) * (smallest - 1.0)) ** _RHO)


def _log_snr(u: Tensor) -> Tensor:
    """Equal steps of log((1 - sigma) / sigma), the natural grid of the exponential integrators."""
    bound = math.log((1.0 - _SMALLEST) / _SMALLEST)
    levels = torch.sigmoid(bound * (1.0 - 2.0 * _stretched(u)))
    levels[0] = 1.0
    return _then_zero(levels)


def _stretched(u: Tensor) -> Tensor:
    """The same grid with its next-to-last point moved to 1, which leaves the last place for zero."""
    return u * ((len(u) - 1) / max(len(u) - 2, 1))


def _then_zero(levels: Tensor) -> Tensor:
    return torch.cat([levels[:-1], levels.new_zeros(1)])


SCHEDULES = {"linear": _linear, "cosine": _cosine, "karras": _karras, "log_snr": _log_snr}


def shifted(time: Tensor, shift: float) -> Tensor:
    """Moves times in 0..1 towards noise: sigma = shift t / (1 + (shift - 1) t), arXiv 2403.03206, Eq. 23.

    `shift` 1 changes nothing; 3 to 8 suits large videos, which need more noise to lose their shape.
    """
    if not (math.isfinite(shift) and shift > 0):
        raise ValueError(f"`shift` is {shift}; it must be a number above 0, and 1 means no shift")
    return shift * time / (1.0 + (shift - 1.0) * time)


def rectified_flow_sigmas(
    steps: int, shift: float = 1.0, denoise: float = 1.0, kind: str = "linear"
) -> Tensor:
    """Noise levels float32 [steps + 1], strictly falling from `denoise` (shifted) to 0.

    Args:
        steps: how many steps the solver takes, at least 1.
        shift: see `shifted`.
        denoise: where to begin, in 0..1 of unshifted time: 1 begins at pure noise, 0.5 half way.
        kind: one of `SCHEDULES`, the spacing of the unshifted times.
    Raises: ValueError for values outside these.
    """
    if steps < 1:
        raise ValueError(f"`steps` is {steps}; a schedule has at least 1 step")
    if not 0.0 < denoise <= 1.0:
        raise ValueError(f"`denoise` is {denoise}; it must be above 0 and at most 1")
    if kind not in SCHEDULES:
        raise ValueError(f"there is no schedule {kind!r}; choose one of {', '.join(SCHEDULES)}")
    grid = torch.linspace(0.0, 1.0, steps + 1, dtype=torch.float64)
    sigmas = shifted(denoise * SCHEDULES[kind](grid), shift).float()
    checked_sigmas(sigmas)
    return sigmas


def checked_sigmas(sigmas: Tensor) -> list[float]:
    """The noise levels as Python floats, after making sure that a solver can follow them.

    Raises: ValueError unless there are at least two, all finite and not negative, each below the one before.
    """
    if sigmas.ndim != 1 or len(sigmas) < 2:
        raise ValueError(
            f"`sigmas` has shape {list(sigmas.shape)}; it must be one row of at least two noise levels"
        )
    levels = [float(level) for level in sigmas.double().tolist()]
    if not all(math.isfinite(level) and level >= 0.0 for level in levels):
        raise ValueError("`sigmas` holds a value that is negative, infinite or not a number")
    for index, (level, following) in enumerate(pairwise(levels)):
        if following >= level:
            raise ValueError(
                f"`sigmas` must fall at every step, but step {index} goes from {level:.6g} to {following:.6g}: "
                "ask for fewer steps or another schedule"
            )
    return levels
