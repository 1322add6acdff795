"""Noise-level schedules for rectified flow, where x_sigma = (1 - sigma) x0 + sigma noise and sigma runs from 1 to 0."""

import math
from itertools import pairwise

import torch
from torch import Tensor

_RHO = 7.0  # Karras et al. 2022 (arXiv 2206.00364), Table 1
_SMALLEST = 0.002  # the last level before 0, for the spacings that never reach 0 themselves


# Each spacing maps an even grid u from 0 to 1 to unshifted times that fall from 1 to 0.


def _linear(u: Tensor) -> Tensor:
    """Equal steps."""
    return 1.0 - u


def _cosine(u: Tensor) -> Tensor:
    """Short steps at both ends and long ones in the middle."""
    return 0.5 * (1.0 + torch.cos(math.pi * u))


def _karras(u: Tensor) -> Tensor:
    """Steps that shorten towards 0 (arXiv 2206.00364, Eq. 5, rho = 7), with 0 as the last level."""
    smallest = _SMALLEST ** (1.0 / _RHO)
    return _end_at_zero((1.0 + _reach_one_early(u) * (smallest - 1.0)) ** _RHO)


def _log_snr(u: Tensor) -> Tensor:
    """Equal steps of log((1 - sigma) / sigma), in which exponential integrators (DPM-Solver++, UniPC) work."""
    bound = math.log((1.0 - _SMALLEST) / _SMALLEST)
    levels = torch.sigmoid(bound * (1.0 - 2.0 * _reach_one_early(u)))
    levels[0] = 1.0
    return _end_at_zero(levels)


def _reach_one_early(u: Tensor) -> Tensor:
    """The grid rescaled so that its next-to-last point is 1; `_end_at_zero` replaces the last one."""
    return u * ((len(u) - 1) / max(len(u) - 2, 1))


def _end_at_zero(levels: Tensor) -> Tensor:
    return torch.cat([levels[:-1], levels.new_zeros(1)])


SCHEDULES = {"linear": _linear, "cosine": _cosine, "karras": _karras, "log_snr": _log_snr}


def shift_times(time: Tensor, shift: float) -> Tensor:
    """Times in 0..1 moved towards noise: sigma = shift t / (1 + (shift - 1) t), arXiv 2403.03206, Eq. 23.

    A `shift` of 1 changes nothing; 3 to 8 is usual for videos, since the more pixels show the same thing, the more noise
    it takes to hide it. Raises ValueError unless `shift` is above 0.
    """
    if not (math.isfinite(shift) and shift > 0):
        raise ValueError(f"`shift` is {shift}; it must be a number above 0, and 1 means no shift")
    return shift * time / (1.0 + (shift - 1.0) * time)


def rectified_flow_sigmas(
    steps: int, shift: float = 1.0, denoise: float = 1.0, kind: str = "linear"
) -> Tensor:
    """Noise levels float32 [steps + 1] that fall strictly from `denoise`, shifted, to 0.

    Args:
        steps: the number of steps, at least 1.
        shift: the shift towards noise, see `shift_times`.
        denoise: the unshifted time to begin at, above 0 and at most 1: 1 is pure noise, 0.5 is half way.
        kind: the spacing of the unshifted times, one of `SCHEDULES`.
    Raises ValueError for any other value.
    """
    if steps < 1:
        raise ValueError(f"`steps` is {steps}; a schedule has at least 1 step")
    if not 0.0 < denoise <= 1.0:
        raise ValueError(f"`denoise` is {denoise}; it must be above 0 and at most 1")
    if kind not in SCHEDULES:
        raise ValueError(f"there is no schedule {kind!r}; choose one of {', '.join(SCHEDULES)}")
    grid = torch.linspace(0.0, 1.0, steps + 1, dtype=torch.float64)
    sigmas = shift_times(denoise * SCHEDULES[kind](grid), shift).float()
    checked_sigmas(sigmas)
    return sigmas


def checked_sigmas(sigmas: Tensor) -> list[float]:
    """The noise levels `sigmas` [steps + 1] as Python floats, after a check that a solver can step along them.

    Raises ValueError unless there are at least two, all are finite and not negative, and each is below the one before.
    """
    if sigmas.ndim != 1 or len(sigmas) < 2:
        raise ValueError(
            f"`sigmas` has shape {list(sigmas.shape)}; it must be a list of at least two noise levels"
        )
    levels = [float(level) for level in sigmas.double().tolist()]
    if not all(math.isfinite(level) and level >= 0.0 for level in levels):
        raise ValueError("`sigmas` contains a value that is negative, infinite or not a number")
    for index, (level, following) in enumerate(pairwise(levels)):
        if following >= level:
            raise ValueError(
                f"`sigmas` must fall at every step, but step {index} goes from {level:.6g} to {following:.6g}: "
                "ask for fewer steps or another schedule"
            )
    return levels
