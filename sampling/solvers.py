"""Solvers of the sampling ODE, all of one shape: `solver(denoise, x, sigmas, *, path, callback, noise, ...) -> x`.

`denoise(x [B,...], sigma [B]) -> x0` is the network. `x` is noisy at the level `sigmas[0]`; the result is at the level
`sigmas[-1]`, 0 for a finished sample. Coordinates are x = alpha x0 + sigma noise with alpha = 1 - sigma (`FLOW`) or
alpha = 1 (`VARIANCE_EXPLODING`, k-diffusion's); in both dx/dsigma = (x - x0) / sigma. `callback` gets a `Step` once
a step, right after the network was asked; whatever it raises ends the sampling. `noise(sigma, sigma_next)` gives unit
noise to the solvers in `STOCHASTIC`.
"""

import math
from typing import Protocol

import torch
from torch import Tensor

from .grid import Callback, Grid
from .noise import StepNoise
from .parameterization import FLOW, Denoiser, Path


class Solver(Protocol):
    def __call__(
        self,
        denoise: Denoiser,
        x: Tensor,
        sigmas: Tensor,
        *,
        path: Path = FLOW,
        callback: Callback | None = None,
        noise: StepNoise | None = None,
    ) -> Tensor: ...


def euler(
    denoise: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    *,
    path: Path = FLOW,
    callback: Callback | None = None,
    noise: StepNoise | None = None,
) -> Tensor:
    """Euler's method, order 1: follow the straight line to x0. One network call a step."""
    grid = Grid(sigmas, path)
    for i in range(grid.steps):
        x0 = grid.ask(denoise, x, i)
        grid.tell(callback, i, x, x0)
        x = grid.ratio(i) * x + grid.gain(i) * x0
    return x


def heun(
    denoise: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    *,
    path: Path = FLOW,
    callback: Callback | None = None,
    noise: StepNoise | None = None,
) -> Tensor:
    """Heun's method, order 2 (arXiv 2206.00364, Algorithm 1 without churn). Two network calls a step, one in the last."""
    grid = Grid(sigmas, path)
    for i in range(grid.steps):
        x0 = grid.ask(denoise, x, i)
        grid.tell(callback, i, x, x0)
        sigma, following = grid.sigma[i], grid.sigma[i + 1]
        slope = (x - x0) / sigma
        ahead = x + (following - sigma) * slope
        if following > 0.0:
            slope_ahead = (ahead - grid.ask(denoise, ahead, i + 1)) / following
            ahead = x + (following - sigma) * 0.5 * (slope + slope_ahead)
        x = ahead
    return x


def dpmpp_2m(
    denoise: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    *,
    path: Path = FLOW,
    callback: Callback | None = None,
    noise: StepNoise | None = None,
) -> Tensor:
    """DPM-Solver++(2M), order 2 (arXiv 2211.01095, Algorithm 2). One network call a step.

    x0 is carried to the middle of the step by the line through its last two values over log-SNR. The first step,
    the one after pure noise and the one to zero have no such line and are of order 1.
    """
    grid = Grid(sigmas, path)
    previous: Tensor | None = None
    for i in range(grid.steps):
        x0 = grid.ask(denoise, x, i)
        grid.tell(callback, i, x, x0)
        middle = x0
        if previous is not None and grid.sigma[i + 1] > 0.0 and grid.alpha[i - 1] > 0.0:
            step_before = grid.log_snr(i) - grid.log_snr(i - 1)
            step_ahead = grid.log_snr(i + 1) - grid.log_snr(i)
            middle = x0 + (step_ahead / (2.0 * step_before)) * (x0 - previous)
        x = grid.ratio(i) * x + grid.gain(i) * middle
        previous = x0
    return x


def unipc(
    denoise: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    *,
    path: Path = FLOW,
    callback: Callback | None = None,
    noise: StepNoise | None = None,
    order: int = 2,
) -> Tensor:
    """UniPC, multistep, x0 form, B2 (arXiv 2302.04867, Algorithms 5 to 8). One network call a step.

    Each value of x0 is used twice: to correct the step that led to it, and to predict the next one. `order` (1 to 3)
    is the predictor's; the corrector is one better.
    """
    if order not in (1, 2, 3):
        raise ValueError(f"`order` is {order}; UniPC is offered with 1, 2 or 3")
    grid = Grid(sigmas, path)
    known: list[tuple[int, Tensor]] = []  # (index, x0) of the steps before, newest first
    start = x
    for i in range(grid.steps):
        x0 = grid.ask(denoise, x, i)
        if known:
            x = _unipc_step(grid, i - 1, start, known, order, arrived=x0)
        grid.tell(callback, i, x, x0)
        known = [(i, x0), *known][:order]
        start = x
        x = _unipc_step(grid, i, start, known, order)
    return x


def _unipc_step(
    grid: Grid, i: int, x: Tensor, known: list[tuple[int, Tensor]], order: int, arrived: Tensor | None = None
) -> Tensor:
    """From sigma_i to sigma_{i+1}: the prediction, or with x0 `arrived` at its end the correction."""
    newest = known[0][1]
    straight = grid.ratio(i) * x + grid.gain(i) * newest
    if grid.sigma[i + 1] == 0.0:
        return straight
    at, ahead = grid.log_snr(i), grid.log_snr(i + 1)
    # a value at pure noise is infinitely far away in log-SNR and says nothing about the slope
    past = [(j, x0) for j, x0 in known[1:order] if math.isfinite(grid.log_snr(j))]
    if not math.isfinite(at):
        past = []
    positions = [(grid.log_snr(j) - at) / (ahead - at) for j, _ in past]
    differences = [(x0 - newest) / r for (_, x0), r in zip(past, positions, strict=True)]
    if arrived is not None:
        positions, differences = [*positions, 1.0], [*differences, arrived - newest]
    for weight, difference in zip(_unipc_weights(positions, ahead - at), differences, strict=True):
        straight = straight + (grid.gain(i) * weight) * difference
    return straight


def _unipc_weights(positions: list[float], h: float) -> list[float]:
    """The weights of the differences at `positions` (in steps of `h` from now): Eq. 9, with B(h) = e^h - 1 on -h."""
    count = len(positions)
    if count == 0:
        return []
    if count == 1:
        return [0.5]  # section 3.3: the value for which the order does not depend on h
    phi = math.expm1(-h) / -h - 1.0
    wanted = []
    for k in range(1, count + 1):
        wanted.append(phi * math.factorial(k) / math.expm1(-h))
        phi = phi / -h - 1.0 / math.factorial(k + 1)
    powers = torch.tensor([[r**k for r in positions] for k in range(count)], dtype=torch.float64)
    return torch.linalg.solve(powers, torch.tensor(wanted, dtype=torch.float64)).tolist()


def ddim(
    denoise: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    *,
    path: Path = FLOW,
    callback: Callback | None = None,
    noise: StepNoise | None = None,
    eta: float = 1.0,
) -> Tensor:
    """DDIM with fresh noise, order 1 (arXiv 2010.02502, Eq. 12 and 16). One network call a step.

    `eta` 0 adds none and is Euler's method; 1 replaces as much old noise by new as a DDPM would.
    """
    if not 0.0 <= eta <= 1.0:
        raise ValueError(f"`eta` is {eta}; it must be between 0 (no fresh noise) and 1")
    if eta > 0.0 and noise is None:
        raise ValueError(
            "ddim with `eta` above 0 adds noise at every step: give it `noise`, such as step_noise(x, seed)"
        )
    grid = Grid(sigmas, path)
    for i in range(grid.steps):
        x0 = grid.ask(denoise, x, i)
        grid.tell(callback, i, x, x0)
        following = grid.sigma[i + 1]
        # e^-h = alpha sigma' / (alpha' sigma): how much of the noise-to-signal ratio the step keeps
        kept = grid.alpha[i] * grid.ratio(i) / grid.alpha[i + 1]
        fresh = eta * following * math.sqrt(max(1.0 - kept * kept, 0.0))
        if fresh == 0.0 or noise is None:
            x = grid.ratio(i) * x + grid.gain(i) * x0
            continue
        old = math.sqrt(max(following * following - fresh * fresh, 0.0)) / grid.sigma[i]
        x = old * x + (grid.alpha[i + 1] - old * grid.alpha[i]) * x0 + fresh * noise(grid.sigma[i], following)
    return x


def lcm(
    denoise: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    *,
    path: Path = FLOW,
    callback: Callback | None = None,
    noise: StepNoise | None = None,
) -> Tensor:
    """Multistep consistency sampling (arXiv 2303.01469, Algorithm 1; arXiv 2310.04378): jump to x0, add new noise.

    For networks that were distilled to answer in one call; 1 to 8 steps.
    """
    grid = Grid(sigmas, path)
    if noise is None and sum(level > 0.0 for level in grid.sigma) > 1:
        raise ValueError(
            "lcm adds noise at every step but the last: give it `noise`, such as step_noise(x, seed)"
        )
    for i in range(grid.steps):
        x0 = grid.ask(denoise, x, i)
        grid.tell(callback, i, x, x0)
        following = grid.sigma[i + 1]
        x = grid.alpha[i + 1] * x0
        if following > 0.0 and noise is not None:
            x = x + following * noise(grid.sigma[i], following)
    return x


SOLVERS: dict[str, Solver] = {
    "euler": euler,
    "heun": heun,
    "dpmpp_2m": dpmpp_2m,
    "unipc": unipc,
    "ddim": ddim,
    "lcm": lcm,
}

STOCHASTIC = frozenset({"ddim", "lcm"})
"""Solvers that add noise on the way."""
