"""Conversion of a network's prediction (velocity, noise or x0, on any of three noising paths) to a prediction of x0."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

PREDICTIONS = ("velocity", "noise", "x0")

Denoiser = Callable[[Tensor, Tensor], Tensor]
"""`denoise(x [B,...], sigma [B]) -> x0 [B,...]`: the expected clean sample, given the noisy sample `x`."""


@dataclass(frozen=True)
class Path:
    """A noising path x = alpha(sigma) x0 + sigma noise.

    `alpha(sigma)` is the factor of the signal. `rates(sigma)` are the derivatives (alpha', sigma') along the path: a
    network with velocity prediction predicts alpha' x0 + sigma' noise.
    """

    name: str
    alpha: Callable[[Tensor], Tensor]
    rates: Callable[[Tensor], tuple[Tensor, Tensor]]

    def noisy_sample(self, x0: Tensor, noise: Tensor, sigma: Tensor) -> Tensor:
        """The noisy sample [B,...] of x0 [B,...] and unit `noise` [B,...] at the noise levels `sigma` [B]."""
        sigma = _per_sample(sigma, x0)
        return self.alpha(sigma) * x0 + sigma * noise


FLOW = Path("flow", lambda s: 1.0 - s, lambda s: (-torch.ones_like(s), torch.ones_like(s)))
"""Rectified flow (arXiv 2209.03003): alpha = 1 - sigma, a straight line from data to noise; velocity = noise - x0."""

VARIANCE_EXPLODING = Path(
    "variance_exploding", torch.ones_like, lambda s: (torch.zeros_like(s), torch.ones_like(s))
)
"""The coordinates of k-diffusion (arXiv 2206.00364): alpha = 1, and sigma falls from tens or hundreds to 0."""

VARIANCE_PRESERVING = Path(
    "variance_preserving",
    lambda s: (1.0 - s * s).clamp_min(0.0).sqrt(),
    lambda s: (-s, (1.0 - s * s).clamp_min(0.0).sqrt()),
)
"""The coordinates of DDPM: alpha^2 + sigma^2 = 1; velocity = alpha noise - sigma x0 (arXiv 2202.00512)."""

PATHS = {path.name: path for path in (FLOW, VARIANCE_EXPLODING, VARIANCE_PRESERVING)}


def to_x0(prediction: Tensor, x: Tensor, sigma: Tensor, kind: str = "velocity", path: Path = FLOW) -> Tensor:
    """The clean sample x0 [B,...] that follows from a prediction [B,...] at the noisy sample `x` [B,...] and `sigma` [B].

    `kind` is one of `PREDICTIONS`. For a velocity v = alpha' x0 + sigma' noise, eliminating the noise from it and from
    x = alpha x0 + sigma noise gives x0 = (sigma' x - sigma v) / (sigma' alpha - sigma alpha').
    Raises ValueError for an unknown `kind`, and for a noise prediction where alpha is 0.
    """
    if kind == "x0":
        return prediction
    sigma = _per_sample(sigma, x)
    alpha = path.alpha(sigma)
    if kind == "velocity":
        alpha_rate, sigma_rate = path.rates(sigma)
        return (sigma_rate * x - sigma * prediction) / (sigma_rate * alpha - sigma * alpha_rate)
    if kind == "noise":
        if bool((alpha <= 0).any()):
            raise ValueError(
                f"a noise prediction does not determine the picture at sigma {float(sigma.max()):.6g}, where there is "
                "only noise: begin the schedule a little lower"
            )
        return (x - sigma * prediction) / alpha
    raise ValueError(f"there is no prediction {kind!r}; choose one of {', '.join(PREDICTIONS)}")


def denoiser(model: Denoiser, kind: str = "velocity", path: Path = FLOW) -> Denoiser:
    """A denoiser in rectified-flow coordinates, made from a network `model(x [B,...], sigma [B]) -> prediction`.

    A network that was trained on another path is evaluated at the point of that path with the same signal-to-noise
    ratio, where x differs by a factor only. Sigma 1 of the flow has no such point on the variance-exploding path, and
    there a noise prediction does not determine x0: schedules for those networks must begin below 1.
    Raises ValueError for an unknown `kind`.
    """
    if kind not in PREDICTIONS:
        raise ValueError(f"there is no prediction {kind!r}; choose one of {', '.join(PREDICTIONS)}")

    def denoise(x: Tensor, sigma: Tensor) -> Tensor:
        scale, own_sigma = _own_point(sigma, path)
        x = x * _per_sample(scale, x)
        return to_x0(model(x, own_sigma), x, own_sigma, kind, path)

    return denoise


def _own_point(sigma: Tensor, path: Path) -> tuple[Tensor, Tensor]:
    """The factor of x, and the sigma of `path`, with the signal-to-noise ratio that the flow has at `sigma` [B]."""
    if path is FLOW:
        return torch.ones_like(sigma), sigma
    if path is VARIANCE_PRESERVING:
        length = torch.hypot(1.0 - sigma, sigma)
        return 1.0 / length, sigma / length
    if path is VARIANCE_EXPLODING:
        if bool((sigma >= 1).any()):
            raise ValueError(
                "sigma 1 of the flow is infinite noise for a variance-exploding network: begin below 1"
            )
        return 1.0 / (1.0 - sigma), sigma / (1.0 - sigma)
    raise ValueError(f"there is no noising path {path.name!r}; choose one of {', '.join(PATHS)}")


def _per_sample(values: Tensor, x: Tensor) -> Tensor:
    """Values [B] as [B,1,1,...], so that they multiply x [B,...]."""
    return values.reshape(-1, *([1] * (x.ndim - 1)))
