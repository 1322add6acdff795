"""Solvers of the sampling ODE, all with the signature `solver(denoise, x, sigmas, *, path, callback, noise, ...) -> x`.

`denoise(x [B,...], sigma [B]) -> x0 [B,...]` is the network. The given `x` has the noise level `sigmas[0]`; the result
has `sigmas[-1]`, 0 for a finished sample. On the path x = alpha x0 + sigma noise, with alpha = 1 - sigma (`FLOW`) or
alpha = 1 (`VARIANCE_EXPLODING`), the ODE is dx/dsigma = (x - x0) / sigma.

`callback` is called with a `Step` once in each step, after the network; an exception that it raises ends the sampling.
`noise(sigma, sigma_next)` returns unit noise, and is required by the solvers in `STOCHASTIC`.
"""

import math
from typing import Protocol

import torch
from torch import Tensor

from .grid import Callback, Grid
from .noise import StepNoise
from .parameterization import FLOW, Denoiser, Path


class Solver(Protocol):
    """The signature of every solver."""

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
    """Euler's method, order 1: a step along the straight line towards x0. One network call per step."""
    grid = Grid(sigmas, path)
    for i in range(grid.steps):
        x0 = grid.predict_x0(denoise, x, i)
        grid.report(callback, i, x, x0)
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
    """Heun's method, order 2 (arXiv 2206.00364, Algorithm 1, without added noise). Two network calls per step, one in a
    last step to 0."""
    grid = Grid(sigmas, path)
    for i in range(grid.steps):
        x0 = grid.predict_x0(denoise, x, i)
        grid.report(callback, i, x, x0)
        sigma, following = grid.sigma[i], grid.sigma[i + 1]
        slope = (x - x0) / sigma
        ahead = x + (following - sigma) * slope
        if following > 0.0:
            slope_ahead = (ahead - grid.predict_x0(denoise, ahead, i + 1)) / following
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
    """DPM-Solver++(2M), order 2 (arXiv 2211.01095, Algorithm 2). One network call per step.

    x0 is extrapolated to the middle of the step, linearly in log-SNR, from its last two values. The first step, the one
    after it if sampling begins at pure noise, and a last step to 0 are of order 1, as log-SNR is not finite there.
    """
    grid = Grid(sigmas, path)
    previous: Tensor | None = None
    for i in range(grid.steps):
        x0 = grid.predict_x0(denoise, x, i)
        grid.report(callback, i, x, x0)
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
    """UniPC, multistep, with x0 prediction and B2 (arXiv 2302.04867, Algorithms 5 to 8). One network call per step.

    Each x0 is used twice: to correct the step that led to it and to predict the next one. `order` (1 to 3) is that of
    the predictor; the corrector's is higher by one. Raises ValueError for another order.
    """
    if order not in (1, 2, 3):
        raise ValueError(f"`order` is {order}; UniPC has orders 1, 2 and 3")
    grid = Grid(sigmas, path)
    known: list[tuple[int, Tensor]] = []  # (index, x0) of the steps before, newest first
    start = x
    for i in range(grid.steps):
        x0 = grid.predict_x0(denoise, x, i)
        if known:
            x = _unipc_step(grid, i - 1, start, known, order, x0_at_end=x0)
        grid.report(callback, i, x, x0)
        known = [(i, x0), *known][:order]
        start = x
        x = _unipc_step(grid, i, start, known, order)
    return x


def _unipc_step(
    grid: Grid,
    i: int,
    x: Tensor,
    known: list[tuple[int, Tensor]],
    order: int,
    x0_at_end: Tensor | None = None,
) -> Tensor:
    """The step from sigma_i to sigma_{i+1}: the corrector if x0 at the end of the step is given, else the predictor.

    `known` are (index, x0) of the latest steps, newest first.
    """
    newest = known[0][1]
    straight = grid.ratio(i) * x + grid.gain(i) * newest
    if grid.sigma[i + 1] == 0.0:
        return straight
    at, ahead = grid.log_snr(i), grid.log_snr(i + 1)
    # An x0 at pure noise is infinitely far away in log-SNR, so no finite difference can use it.
    past = [(j, x0) for j, x0 in known[1:order] if math.isfinite(grid.log_snr(j))]
    if not math.isfinite(at):
        past = []
    positions = [(grid.log_snr(j) - at) / (ahead - at) for j, _ in past]
    differences = [(x0 - newest) / r for (_, x0), r in zip(past, positions, strict=True)]
    if x0_at_end is not None:
        positions, differences = [*positions, 1.0], [*differences, x0_at_end - newest]
    for weight, difference in zip(_unipc_weights(positions, ahead - at), differences, strict=True):
        straight = straight + (grid.gain(i) * weight) * difference
    return straight


def _unipc_weights(positions: list[float], h: float) -> list[float]:
    """Weights of the differences at `positions`, in units of the step `h` in log-SNR: Equation 9, with B2(h) = e^h - 1
    evaluated at -h."""
    count = len(positions)
    if count == 0:
        return []
    if count == 1:
        return [0.5]  # Section 3.3: with one difference, this value has the full order for any h.
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
    """DDIM with added noise, order 1 (arXiv 2010.02502, Equations 12 and 16). One network call per step.

    `eta` is the share of the noise that DDPM would replace by new noise in each step: 0 is Euler's method, 1 is DDPM.
    Raises ValueError for an `eta` outside 0..1, and if `noise` is missing while `eta` is above 0.
    """
    if not 0.0 <= eta <= 1.0:
        raise ValueError(f"`eta` is {eta}; it must be between 0 (no added noise) and 1")
    if eta > 0.0 and noise is None:
        raise ValueError(
            f"ddim with `eta` {eta} adds noise at each step: give `noise`, for example step_noise(x, seed)"
        )
    grid = Grid(sigmas, path)
    for i in range(grid.steps):
        x0 = grid.predict_x0(denoise, x, i)
        grid.report(callback, i, x, x0)
        following = grid.sigma[i + 1]
        # e^-h, the factor by which the step reduces the noise-to-signal ratio
        decay = grid.alpha[i] * grid.ratio(i) / grid.alpha[i + 1]
        added = eta * following * math.sqrt(max(1.0 - decay * decay, 0.0))
        if added == 0.0 or noise is None:
            x = grid.ratio(i) * x + grid.gain(i) * x0
            continue
        old = math.sqrt(max(following * following - added * added, 0.0)) / grid.sigma[i]
        x = old * x + (grid.alpha[i + 1] - old * grid.alpha[i]) * x0 + added * noise(grid.sigma[i], following)
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
    """Multistep consistency sampling (arXiv 2303.01469, Algorithm 1; arXiv 2310.04378): each step goes to x0 and adds new
    noise up to the next level. One network call per step.

    It suits networks that were distilled for 1 to 8 steps. Raises ValueError if `noise` is missing but needed.
    """
    grid = Grid(sigmas, path)
    if noise is None and sum(level > 0.0 for level in grid.sigma) > 1:
        raise ValueError(
            "lcm adds noise at each step but the last: give `noise`, for example step_noise(x, seed)"
        )
    for i in range(grid.steps):
        x0 = grid.predict_x0(denoise, x, i)
        grid.report(callback, i, x, x0)
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
"""The solvers that add noise at each step, and so need `noise`."""
