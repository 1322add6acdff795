"""The noise levels that a solver walks along, and what it tells at each of them."""

import math
from collections.abc import Callable
from typing import TypedDict

import torch
from torch import Tensor

from .parameterization import FLOW, VARIANCE_EXPLODING, Denoiser, Path
from .schedule import checked_sigmas


class Step(TypedDict):
    """What a callback is told: the step's index of how many, its noise levels, the sample and the expected result."""

    i: int
    steps: int
    sigma: float
    sigma_next: float
    x: Tensor
    denoised: Tensor


Callback = Callable[[Step], object]


class Grid:
    """The noise levels of one run in double precision, so that no coefficient loses digits or waits for a GPU."""

    def __init__(self, sigmas: Tensor, path: Path):
        if path is not FLOW and path is not VARIANCE_EXPLODING:
            raise ValueError(
                f"solvers do not run on the path {path.name!r}; wrap the network with `denoiser` first"
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
        return self.sigma[i + 1] / self.sigma[i]

    def gain(self, i: int) -> float:
        """How much of x0 one step adds: alpha' (1 - e^-h), written so that it is finite at both ends."""
        return self.alpha[i + 1] - self.alpha[i] * self.ratio(i)

    def ask(self, denoise: Denoiser, x: Tensor, i: int) -> Tensor:
        dtype = torch.promote_types(x.dtype, torch.float32)
        return denoise(x, x.new_full((len(x),), self.sigma[i], dtype=dtype))

    def tell(self, callback: Callback | None, i: int, x: Tensor, x0: Tensor) -> None:
        if callback is not None:
            step = Step(
                i=i, steps=self.steps, sigma=self.sigma[i], sigma_next=self.sigma[i + 1], x=x, denoised=x0
            )
            callback(step)
