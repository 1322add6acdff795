"""The grid of noise levels that a solver steps along, and the report that it makes at each of them."""

import math
from collections.abc import Callable
from typing import TypedDict

import torch
from torch import Tensor

from .parameterization import FLOW, VARIANCE_EXPLODING, Denoiser, Path
from .schedule import checked_sigmas


class Step(TypedDict):
    """The report on one step that a callback receives.

    `i` counts from 0 to `steps` - 1; the step leads from noise level `sigma` to `sigma_next`. `x` [B,...] is the noisy
    sample before the step and `denoised` [B,...] the network's prediction of the clean one.
    """

    i: int
    steps: int
    sigma: float
    sigma_next: float
    x: Tensor
    denoised: Tensor


Callback = Callable[[Step], object]


class Grid:
    """The noise levels of one run, with the coefficients of each step.

    Everything is a Python float: double precision, and no coefficient has to be fetched from a GPU. Raises ValueError
    for a path that solvers do not run on and for levels that are outside it or do not fall.
    """

    def __init__(self, sigmas: Tensor, path: Path):
        if path is not FLOW and path is not VARIANCE_EXPLODING:
            raise ValueError(
                f"solvers do not run on the path {path.name!r}: wrap the network with `denoiser`, which converts it to flow"
            )
        self.sigma = checked_sigmas(sigmas)
        if path is FLOW and self.sigma[0] > 1.0:
            raise ValueError(
                f"`sigmas` begins at {self.sigma[0]:.6g}; rectified flow has noise levels of at most 1"
            )
        self.alpha = [1.0 - s if path is FLOW else 1.0 for s in self.sigma]
        self.steps = len(self.sigma) - 1

    def log_snr(self, i: int) -> float:
        """lambda = log(alpha / sigma): -inf at pure noise, +inf at the clean sample."""
        alpha, sigma = self.alpha[i], self.sigma[i]
        if sigma == 0.0:
            return math.inf
        return math.log(alpha / sigma) if alpha > 0.0 else -math.inf

    def ratio(self, i: int) -> float:
        """The factor sigma_{i+1} / sigma_i, by which step i scales x."""
        return self.sigma[i + 1] / self.sigma[i]

    def gain(self, i: int) -> float:
        """The weight of x0 in step i: alpha_{i+1} (1 - e^-h), in a form that is finite at both ends."""
        return self.alpha[i + 1] - self.alpha[i] * self.ratio(i)

    def predict_x0(self, denoise: Denoiser, x: Tensor, i: int) -> Tensor:
        """The network's prediction of x0 [B,...] from `x` [B,...] at noise level i; sigma is passed in float32 or wider."""
        dtype = torch.promote_types(x.dtype, torch.float32)
        return denoise(x, x.new_full((len(x),), self.sigma[i], dtype=dtype))

    def report(self, callback: Callback | None, i: int, x: Tensor, x0: Tensor) -> None:
        """Call `callback`, if there is one, with the report on step i."""
        if callback is not None:
            step = Step(
                i=i, steps=self.steps, sigma=self.sigma[i], sigma_next=self.sigma[i + 1], x=x, denoised=x0
            )
            callback(step)
