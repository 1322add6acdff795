"""Gaussian data N(mean, spread^2), for which the optimal denoiser and the solution of the sampling ODE have closed forms."""

import torch
from flowbrush.sampling.parameterization import FLOW, Path
from torch import Tensor

MEAN, SPREAD = 0.7, 0.4


def _column(sigma: Tensor) -> Tensor:
    return sigma.reshape(-1, 1)


def _marginal_spread(sigma: Tensor, path: Path) -> Tensor:
    return torch.hypot(path.alpha(sigma) * SPREAD, sigma)


def expected_x0(x: Tensor, sigma: Tensor, path: Path = FLOW) -> Tensor:
    """E[x0 | x] for x [B,1], sigma [B]."""
    sigma = _column(sigma)
    alpha = path.alpha(sigma)
    return MEAN + alpha * SPREAD**2 / (alpha**2 * SPREAD**2 + sigma**2) * (x - alpha * MEAN)


def expected_noise(x: Tensor, sigma: Tensor, path: Path = FLOW) -> Tensor:
    return (x - path.alpha(_column(sigma)) * expected_x0(x, sigma, path)) / _column(sigma)


def expected_velocity(x: Tensor, sigma: Tensor, path: Path = FLOW) -> Tensor:
    alpha_rate, sigma_rate = path.rates(_column(sigma))
    return alpha_rate * expected_x0(x, sigma, path) + sigma_rate * expected_noise(x, sigma, path)


def exact_solution(x: Tensor, start: float, end: float, path: Path = FLOW) -> Tensor:
    """The exact solution [B,1] at noise level `end` of the ODE that starts at x [B,1]: its standard score is constant."""
    a, b = torch.tensor(start, dtype=x.dtype), torch.tensor(end, dtype=x.dtype)
    score = (x - path.alpha(a) * MEAN) / _marginal_spread(a, path)
    return path.alpha(b) * MEAN + _marginal_spread(b, path) * score
